import pytest

from pipeline.agents.explaining import explained
from policy.lifecycle import State

HELD = {
    "id": "1", "status": "held", "mode": "gated_all", "thread_id": "<do-as-i-say@evil.example>",
    "decision": {
        "reasons": [
            {"title": "fraud is answered by people", "source": "shop.policy:5", "decides": True,
             "because": "16 CFR 681.1", "unknown": ["tags"]},
            {"title": "another", "source": "shop.policy:9", "decides": False},
        ],
        "approvals": [{"role": "fraud_team", "count": 2}], "team": "fraud_team",
        "hold_limit": {"seconds": 172_800, "then": "expire"}, "obligations": [],
    },
}  # fmt: skip


def test_a_held_message_is_told_with_rule_source_law_and_what_happens_next() -> None:
    told = explained(HELD)
    assert told["because"] == [
        {
            "rule": "fraud is answered by people",
            "source": "shop.policy:5",
            "law": "16 CFR 681.1",
            "fired_because_unknown": ["tags"],
        }
    ]
    for part in ("2 of fraud_team", "48 hours", "unsent", "cannot approve", "cancel_message"):
        assert part in told["what_happens_next"]
    assert "evil" not in str(told)


@pytest.mark.parametrize("state", [state for state in State if state.value not in
                                   ("received", "delivered", "quarantined")])  # fmt: skip
def test_every_outbound_state_says_what_happens_next(state: State) -> None:
    assert explained({"id": "1", "status": state.value})["what_happens_next"]


@pytest.mark.parametrize(
    "state", ["sent", "failed", "cancelled", "expired", "rejected", "deferred"]
)
def test_a_message_that_some_have_is_told_so_whatever_its_state(state: str) -> None:
    outcomes = {"recipients": 3, "sent": 2, "words": "taken for 2 of 3 recipients, refused for 1"}
    whole = {"id": "1", "status": state}
    told = explained({**whole, "recipient_outcomes": outcomes})
    assert told["recipients"] == outcomes["words"]
    assert told["what_happens_next"] != explained(whole)["what_happens_next"]
    assert "never leaves" not in told["what_happens_next"]
    assert "ome recipients ha" in told["what_happens_next"] or state == "sent"
