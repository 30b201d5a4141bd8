import json
from pathlib import Path

import pytest

from policy.rules import Policy
from proofs.certificate import CertificateError, certificate_for
from proofs.evidence import clauses_for, literals_of
from proofs.recheck import recheck
from proofs.second_opinion import OpinionsDifferError, second_opinion
from proofs.verdicts import Outcome, Verdict, Verdicts
from proofs.verification import verify
from tests.proofs.shop import SHOP, policy_of, shop_policy


@pytest.fixture(scope="module")
def policy() -> Policy:
    return shop_policy()


@pytest.fixture
def folder(policy: Policy, tmp_path: Path, certified: dict[str, str]) -> Path:
    for name, text in certified.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture(scope="module")
def certified(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    made = tmp_path_factory.mktemp("certificate")
    certificate_for(policy).write(made)
    return {path.name: path.read_text() for path in made.iterdir()}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_certificate_is_replayed_without_a_solver(policy: Policy, folder: Path) -> None:
    assert recheck(policy, folder) == ()


def test_a_step_of_the_proof_that_is_taken_out_is_missed(policy: Policy, folder: Path) -> None:
    lines = (folder / "policy.lrat").read_text().splitlines()
    (folder / "policy.lrat").write_text("\n".join(lines[1:]) + "\n")
    objections = recheck(policy, folder)
    assert "policy.lrat is not the file that was certified" in objections
    assert any("policy.lrat" in one and "certified" not in one for one in objections)


def test_a_proof_about_another_policy_is_refused(folder: Path) -> None:
    freer = SHOP.read_text("utf-8").replace("recipient.messages_24h >= 10", "recipient.suppressed")
    objections = recheck(policy_of(freer), folder)
    assert "policy.cnf does not say what the policy says" in objections


def test_clauses_that_were_altered_are_refused(policy: Policy, folder: Path) -> None:
    literal = literals_of(policy, clauses_for(policy))["fraud_gated"]
    edit(folder / "policy.cnf", f"{literal} ", "1 ")
    assert "policy.cnf does not say what the policy says" in recheck(policy, folder)


def test_the_message_of_a_promise_is_decided_again(policy: Policy, folder: Path) -> None:
    data = json.loads((folder / "certificate.json").read_text())
    (name,) = data["examples"]
    data["examples"][name]["kind"] = "marketing"
    (folder / "certificate.json").write_text(json.dumps(data))
    assert recheck(policy, folder) == (f"the message of the promise `{name}` does not keep it",)


@pytest.mark.parametrize("name", ["certificate.json", "policy.cnf", "policy.lrat"])
def test_a_file_that_is_missing_is_named(policy: Policy, folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CertificateError, match=name):
        recheck(policy, folder)


def test_garbage_for_a_proof_is_an_objection(policy: Policy, folder: Path) -> None:
    for text in ("1 2 3\n", "a b\n", "1\n", "9999999 -1 0 0\n"):
        (folder / "policy.lrat").write_text(text)
        assert recheck(policy, folder)


def test_a_verdict_that_the_second_solver_does_not_share_is_an_error(policy: Policy) -> None:
    verdicts = verify(policy)
    first, *rest = verdicts.items
    lie = Verdict(first.claim, Outcome.REFUTED)
    with pytest.raises(OpinionsDifferError, match=first.claim.id):
        second_opinion(policy, Verdicts("", "", (lie, *rest)))
