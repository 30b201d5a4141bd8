from hypothesis import given, settings

from policy.evaluator import evaluate
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    Not,
    OneOf,
    Or,
    TextOperator,
    TextTest,
)
from proofs.meeting import meeting
from tests.policy.strategies import NOWHERE, SMALL, conditions


@given(conditions(SMALL))
@settings(max_examples=60, deadline=None)
def test_a_message_that_is_given_meets_the_condition(condition: Condition) -> None:
    found = meeting(condition, SMALL)
    assert found is None or evaluate(condition, found) is True


def test_every_kind_of_test_is_met_and_missed() -> None:
    tests: tuple[Condition, ...] = (
        IsTrue("recipient.suppressed", NOWHERE),
        OneOf("kind", frozenset({"marketing"}), NOWHERE),
        Has("flags", "vip", NOWHERE),
        AtLeast("left", 2, NOWHERE),
        TextTest("subject", TextOperator.CONTAINS, "word", NOWHERE),
    )
    assert meeting(And(tests, NOWHERE), SMALL) is not None
    assert meeting(Not(Or(tests, NOWHERE), NOWHERE), SMALL) is not None
    assert meeting(AtLeast("left", 4, NOWHERE), SMALL) is None  # more than there can be


def test_nothing_meets_a_contradiction() -> None:
    reply = OneOf("kind", frozenset({"reply"}), NOWHERE)
    assert meeting(And((reply, Not(reply, NOWHERE)), NOWHERE), SMALL) is None
    assert meeting(Not(And((), NOWHERE), NOWHERE), SMALL) is None
