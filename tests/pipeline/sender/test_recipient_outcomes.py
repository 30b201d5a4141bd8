import pytest

from pipeline.sender.recipient_outcomes import outcomes_of
from policy.lifecycle import State


def people(*outcomes: str, copies: tuple[str, ...] = ()) -> list[dict[str, str]]:
    return [
        *({"role": "to", "outcome": one} for one in outcomes),
        *({"role": "copy", "outcome": one} for one in copies),
    ]


@pytest.mark.parametrize(
    ("state", "outcomes", "words"),
    [
        (State.QUEUED, ["pending", "pending"], ""),
        (State.CANCELLED, ["pending"], ""),
        (State.SENT, ["sent", "sent"], "taken for 2 of 2 recipients"),
        (State.SENT, ["sent", "failed", "sent"], "taken for 2 of 3 recipients, refused for 1"),
        (State.FAILED, ["failed"], "taken for none of 1 recipient, refused for 1"),
        (
            State.DEFERRED, ["sent", "pending"],
            "taken for 1 of 2 recipients, still to be handed over for 1",
        ),
        (
            State.EXPIRED, ["sent", "pending", "failed", "unknown"],
            "taken for 1 of 4 recipients, refused for 1, in doubt for 1, not handed over for 1",
        ),
    ],
)  # fmt: skip
def test_what_became_of_each_is_counted_in_words(
    state: State, outcomes: list[str], words: str
) -> None:
    found = outcomes_of(people(*outcomes, copies=("sent", "failed")))
    assert found.words(state) == words
    assert found.recipients == len(outcomes)
    assert found.sent + found.failed + found.unknown + found.pending == found.recipients


@pytest.mark.parametrize(
    ("state", "outcomes", "differ"),
    [
        (State.SENT, ["sent", "sent"], False),
        (State.SENT, ["sent", "failed"], True),
        (State.FAILED, ["failed"], False),
        (State.FAILED, ["sent", "failed"], True),
        (State.UNKNOWN, ["unknown", "sent"], True),
        (State.CANCELLED, ["pending"], False),
        (State.CANCELLED, ["sent"], True),
    ],
)
def test_a_state_that_is_not_true_of_everybody_is_known(
    state: State, outcomes: list[str], differ: bool
) -> None:
    assert outcomes_of(people(*outcomes)).differ(state) is differ
