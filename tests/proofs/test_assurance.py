"""The chain from a policy to the service: every rule of a pack counts, no other text is served."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.sender.proved import NotServedError
from pipeline.sender.proving import proved_policy
from policy.rules import Policy
from proofs.certificate import Certificate
from proofs.questions import Counterexample, breaks
from proofs.verification import verify
from tests.proofs.shop import SHOP, shop_policy
from tests.proofs.test_signature import written

SERVE = "import sys; from pipeline.cli.main import main; sys.exit(main())"


def gatepost(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own, in an empty `folder`."""
    return subprocess.run(
        [sys.executable, "-c", SERVE, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=60,
        check=False,
    )


def without(policy: Policy, title: str) -> Policy:
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.title != title))


@pytest.mark.parametrize(
    "title", [rule.title for rule in shop_policy().rules if rule.pack == "fraud"]
)
def test_the_fraud_claim_falls_without_any_one_rule_of_the_fraud_pack(title: str) -> None:
    weaker = without(shop_policy(), title)
    refuted = {verdict.claim.id: verdict for verdict in verify(weaker).refuted}
    verdict = refuted["fraud_gated"]
    assert verdict.witness is not None
    found = Counterexample(verdict.witness.facts, verdict.witness.after)
    assert breaks(weaker, verdict.claim.question, found)
    assert not breaks(shop_policy(), verdict.claim.question, found)


def test_the_commands_of_the_assurance_chain_and_an_altered_policy_is_not_served(
    tmp_path: Path,
) -> None:
    shop, proof = tmp_path / "shop.policy", tmp_path / "proof"
    shop.write_text(SHOP.read_text("utf-8"), "utf-8")
    key, public = written(tmp_path, "compliance")
    _, foreign = written(tmp_path, "foreign")
    made = gatepost(
        "policy", "verify", shop, "--certificate", proof, "--sign-with", key, folder=tmp_path
    )
    assert made.returncode == 0, made.stderr
    assert "claims hold for every message" in made.stdout
    again = gatepost("policy", "recheck", proof, shop, "--public-key", public, folder=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "replayed without a solver; signed by" in again.stdout
    assert proved_policy([shop], proof, public).certificate == Certificate.read(proof).name
    for given, why in ((proof, "not by the key"), (None, "give --certificate")):
        with pytest.raises(NotServedError, match=why):
            proved_policy([shop], given, foreign)

    altered = SHOP.read_text("utf-8").replace("refund_amount > 200.00", "refund_amount > 201.00")
    assert altered != SHOP.read_text("utf-8")
    shop.write_text(altered, "utf-8")
    refused = gatepost(
        "serve", "--policy", shop, "--certificate", proof, "--smtp", "127.0.0.1:9",
        "--smtp-tls", "off", "--store", tmp_path / "store.db", "--without-classifier",
        folder=tmp_path,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "does not cover the policy: it is about another policy" in refused.stderr
    assert not (tmp_path / "store.db").exists()  # refused before anything is touched
    assert gatepost("policy", "recheck", proof, shop, folder=tmp_path).returncode == 1


def test_the_slips_that_no_example_catches_are_told(tmp_path: Path) -> None:
    told = gatepost("policy", "test", SHOP, "--mutants", "--json", folder=tmp_path)
    assert told.returncode == 0, told.stderr
    mutants = json.loads(told.stdout)["mutants"]
    assert {one["caught"] for one in mutants} == {True, False}
    assert all(one["file"].endswith("shop.policy") for one in mutants)  # not those of packs
