from pathlib import Path

import pytest

from policy.rules import Policy
from proofs.mending import mend
from proofs.verification import verify
from tests.proofs.shop import policy_of, small

BROKEN = Path(__file__).parent / "broken"


def advice(policy: Policy, claim: str) -> str | None:
    verdict = next(v for v in verify(policy).refuted if v.claim.id == claim)
    found = mend(policy, verdict)
    if found is None:
        return None
    assert claim not in {v.claim.id for v in verify(found.policy).refuted}
    return found.advice


@pytest.mark.parametrize(
    ("name", "claim", "expected"),
    [
        (
            "fraud_unless_transactional",
            "fraud_gated",
            "leave out `unless kind is transactional` in “fraud is answered by people”",
        ),
        (
            "fraud_watched_not_gated",
            "fraud_gated",
            "write `require gated_send` for “fraud is answered by people”",
        ),
        (
            "fraud_two_when_lines",
            "fraud_gated",
            "write `or` for `and` in “fraud is answered by people”",
        ),
        (
            "card_gated_not_blocked",
            "card_number_stays",
            "write `block` for “a card number is looked at”",
        ),
        (
            "newsletter_without_end",
            "advertising_can_be_ended",
            'add `require "..." when kind is marketing` and `with unsubscribe`',
        ),
        (
            "threshold_off_by_one",
            'invariant "large refunds need a person"',
            "write `refund_amount >= 200.00` for `refund_amount > 200.00` in “large refund”",
        ),
        ("card_pack_dropped", "card_number_stays", "use the pack `pci_dss` as well"),
        (
            "holds_everything",
            'promise "we still answer"',
            "ask less of require “everything is read”, which is what stands in the way",
        ),
        ("gated_allow", "lost_fact_never_freer", "take away allow “wholesale orders”"),
    ],
)
def test_the_smallest_change_that_closes_the_hole(name: str, claim: str, expected: str) -> None:
    policy = policy_of((BROKEN / f"{name}.policy").read_text("utf-8"))
    assert advice(policy, claim) == expected


def test_a_broken_promise_has_no_small_mend() -> None:
    policy = small('promise "p": some message when kind is reply gets mode <= monitored')
    assert advice(policy, 'promise "p"') is None
