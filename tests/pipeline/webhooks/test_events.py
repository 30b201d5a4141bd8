from pathlib import Path

from pipeline.webhooks.events import EVENT_OF_STEP, EVENTS
from policy.lifecycle import FINAL, TABLE, State

REPORTED = {"accept", "delivered", "bounce", "complaint"}


def test_every_step_that_is_told_exists() -> None:
    assert set(EVENT_OF_STEP) - REPORTED <= {transition.name for transition in TABLE}


def test_every_end_of_a_message_is_told() -> None:
    ends = {
        transition.name
        for transition in TABLE
        if transition.target in FINAL | {State.HELD} and transition.sources - {transition.target}
    }
    assert {name for name in ends - set(EVENT_OF_STEP) if "erase" not in name} == set()


def test_the_events_that_published_clients_offer_are_among_them() -> None:
    assert {
        "message.received", "message.sent", "message.delivered", "message.bounced",
        "message.complained", "oversight.pending", "oversight.approved", "oversight.rejected",
    } <= set(EVENTS)  # fmt: skip


def test_the_documentation_names_every_event() -> None:
    text = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
    assert {name for name in EVENTS if f"`{name}`" not in text} == set()
