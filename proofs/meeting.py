"""A message that meets a condition, found without any search; it need not find one."""

from policy.evaluator import evaluate
from policy.facts import EnumType, Facts, Value, Vocabulary
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    ModeAtLeast,
    Not,
    Obliged,
    OneOf,
    Or,
    TextTest,
)
from proofs.domain import Test

__all__ = ["meeting"]


def meeting(condition: Condition, vocabulary: Vocabulary) -> Facts | None:
    """A message for which `condition`, which reads facts alone, is true; None if none is seen.

    Each test in turn is made to come out as wanted, of alternatives the first. Where tests get in
    each other's way nothing is found, although there may be a message.
    """
    values = dict(vocabulary.ordinary())
    _bring_about(condition, True, values, vocabulary)
    facts = Facts(vocabulary, values)
    return facts if evaluate(condition, facts) is True else None


def _bring_about(
    condition: Condition, wanted: bool, values: dict[str, Value], vocabulary: Vocabulary
) -> None:
    match condition:
        case And(parts) | Or(parts):
            every = isinstance(condition, And) is wanted
            for part in parts if every else parts[:1]:
                _bring_about(part, wanted, values, vocabulary)
        case Not(part):
            _bring_about(part, not wanted, values, vocabulary)
        case ModeAtLeast() | Obliged():
            pass
        case IsTrue() | OneOf() | Has() | AtLeast() | TextTest() as test:
            now = values[test.fact]
            if evaluate(test, {test.fact: now}) is not wanted:
                values[test.fact] = _value(test, wanted, now, vocabulary)


def _value(test: Test, wanted: bool, now: Value, vocabulary: Vocabulary) -> Value:
    match test:
        case IsTrue():
            return wanted
        case OneOf(fact, chosen):
            kind = vocabulary[fact].type
            assert isinstance(kind, EnumType)
            return next((v for v in kind.values if (v in chosen) is wanted), kind.values[0])
        case Has(member=member):
            members = now if isinstance(now, frozenset) else frozenset()
            return members | {member} if wanted else members - {member}
        case AtLeast(bound=bound):
            return bound if wanted else bound - 1
        case TextTest(literal=literal):
            return literal if wanted else ""
