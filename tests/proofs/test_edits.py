"""Realistic edits: the bad ones are refuted, the harmless ones are proved equivalent."""

from pathlib import Path

import pytest

from policy.loading import load
from policy.rules import Policy
from policy.syntax import Source
from proofs.certificate import certificate_of
from proofs.difference import difference
from proofs.questions import Counterexample, Sometimes, breaks
from proofs.verification import verify

HERE = Path(__file__).parent
BROKEN = sorted((HERE / "broken").glob("*.policy"))
HARMLESS = sorted(path for path in (HERE / "harmless").glob("*.policy") if path.stem != "base")


def policy_in(path: Path) -> Policy:
    loaded = load(Source(path.name, path.read_text("utf-8")))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


def test_there_are_enough_of_both() -> None:
    assert len(BROKEN) >= 30
    assert len(HARMLESS) >= 30


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_policy_is_refuted_with_the_right_claim_and_a_message(path: Path) -> None:
    first = path.read_text("utf-8").splitlines()[0]
    expected = first.removeprefix("# refuted: ")
    policy = policy_in(path)
    verdicts = verify(policy)
    refuted = {verdict.claim.id: verdict for verdict in verdicts.refuted}
    assert expected in refuted
    assert len(refuted) <= 3  # an edit breaks the claims of its own subject, not the others
    for verdict in refuted.values():
        question = verdict.claim.question
        if isinstance(question, Sometimes):
            assert verdict.witness is None
            continue
        witness = verdict.witness
        assert witness is not None
        assert breaks(policy, question, Counterexample(witness.facts, witness.after))
        assert len(witness.remarkable()) <= 4
    certificate = certificate_of(policy, verdicts)  # the second solver agrees, or this raises
    assert not certificate.covers(policy)


@pytest.mark.parametrize("path", HARMLESS, ids=lambda path: path.stem)
def test_a_harmless_rewrite_is_proved_equivalent(path: Path) -> None:
    base, rewritten = policy_in(HERE / "harmless" / "base.policy"), policy_in(path)
    assert difference(base, rewritten).changes == ()
    assert verify(rewritten).proved
