"""Conditions, values and decisions of the core in the words of the language."""

from collections.abc import Iterable

from policy.facts import Fact, NumberType, Value, Vocabulary
from policy.literals import shown
from policy.modes import Event, Mode
from policy.rules import (
    And,
    Approval,
    AtLeast,
    Condition,
    CopyTo,
    Has,
    HoldLimit,
    IsTrue,
    ModeAtLeast,
    Not,
    Obligation,
    Obliged,
    OneOf,
    Or,
    RouteTo,
    TextTest,
    UndoWindow,
    Wording,
)

__all__ = [
    "condition_words", "duration_words", "mode_words", "obligation_words", "value_words",
]  # fmt: skip

_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


_BECOMES = {
    Event.SEND: {
        Mode.AUTONOMOUS: "it is sent",
        Mode.MONITORED: "it is sent, and a copy goes to the people who watch",
        Mode.GATED_SEND: "it waits until a person approves it",
        Mode.GATED_ALL: "it waits until a person approves it",
        Mode.BLOCKED: "it is never sent",
    },
    Event.RECEIVE: {
        Mode.AUTONOMOUS: "the agent sees it",
        Mode.MONITORED: "the agent sees it",
        Mode.GATED_SEND: "the agent sees it",
        Mode.GATED_ALL: "it waits until a person lets the agent see it",
        Mode.BLOCKED: "it is put in quarantine",
    },
}


def mode_words(mode: Mode, event: Event) -> str:
    """What becomes of a message under `mode`."""
    return _BECOMES[event][mode]


def value_words(fact: Fact, value: Value | None) -> str:
    """A value as an example gives it; None is `unknown`."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(fact.type, NumberType) and isinstance(value, int):
        return shown(fact.type, value)
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(value)) + "}"
    return str(value) if hasattr(fact.type, "values") else f'"{value}"'


def condition_words(condition: Condition, vocabulary: Vocabulary) -> str:
    """A condition as a policy file would say it."""
    match condition:
        case And(()):
            return "always"
        case Or(()):
            return "never"
        case And((one,)) | Or((one,)) | Not(Not(one)):
            return condition_words(one, vocabulary)
        case And(parts):
            return _equal(parts, vocabulary) or _joined("and", parts, vocabulary)
        case Or((Not(left), right)) if _of_decision(right):
            return f"{_inner(left, vocabulary)} implies {_inner(right, vocabulary)}"
        case Or(parts):
            return _same_set(parts) or _joined("or", parts, vocabulary)
        case AtLeast(fact, bound):
            return _compared(fact, bound, (">", ">="), vocabulary)
        case Not(AtLeast(fact, bound)):
            return _compared(fact, bound, ("<=", "<"), vocabulary)
        case OneOf(fact, values):
            return f"{fact} {'is' if len(values) == 1 else 'in'} {_any(values)}"
        case Not(OneOf(fact, values)):
            return f"{fact} {'is not' if len(values) == 1 else 'not in'} {_any(values)}"
        case Not(ModeAtLeast(mode)):
            return f"mode < {mode.label}"
        case Not(part):
            return f"not {_inner(part, vocabulary)}"
        case IsTrue(fact):
            return fact
        case Has(fact, member):
            return f"{fact} has {member}"
        case TextTest(fact, operator, literal):
            return f'{fact} {operator.value} "{literal}"'
        case ModeAtLeast(mode):
            return f"mode >= {mode.label}"
        case Obliged(name):
            return f"obligations has {name.value}"


def obligation_words(obligation: Obligation) -> str:
    """An obligation as a line of a rule says it."""
    match obligation:
        case Approval(role, 1):
            return f"by {role}"
        case Approval(role, count):
            return f"by {count} of {role}"
        case Wording(name):
            words = name.value.replace("_", " ")
            return words if words.startswith("redact") else f"with {name.value}"
        case CopyTo("oversight"):
            return "copy to oversight"
        case CopyTo(address):
            return f'copy to "{address}"'
        case RouteTo(team):
            return f"route to {team}"
        case HoldLimit(seconds, then):
            return f"hold for at most {duration_words(seconds)} then {then}"
        case UndoWindow(seconds):
            return f"undo within {duration_words(seconds)}"


def duration_words(seconds: int) -> str:
    """A duration in the greatest unit that divides it."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"


def _amount(fact: str, bound: int, vocabulary: Vocabulary) -> str:
    kind = vocabulary[fact].type
    assert isinstance(kind, NumberType), "only numbers are compared"
    return shown(kind, bound)


def _any(values: Iterable[str]) -> str:
    names = sorted(values)
    return names[0] if len(names) == 1 else "{" + ", ".join(names) + "}"


def _compared(fact: str, bound: int, words: tuple[str, str], vocabulary: Vocabulary) -> str:
    """A comparison with `bound`, or with the step below it where that is the rounder number."""
    below = len(str(bound - 1)) - len(str(bound - 1).rstrip("0"))
    if below > len(str(bound)) - len(str(bound).rstrip("0")):
        return f"{fact} {words[0]} {_amount(fact, bound - 1, vocabulary)}"
    return f"{fact} {words[1]} {_amount(fact, bound, vocabulary)}"


def _equal(parts: tuple[Condition, ...], vocabulary: Vocabulary) -> str | None:
    """`x >= a and x < a + 1` said as `x is a`; the same for the mode."""
    match parts:
        case (AtLeast(fact, low), Not(AtLeast(other, high))) if (fact, low + 1) == (other, high):
            return f"{fact} is {_amount(fact, low, vocabulary)}"
        case (ModeAtLeast(Mode.BLOCKED), Not(Or(()))):
            return "mode is blocked"
        case (ModeAtLeast(freest), Not(ModeAtLeast(stricter))) if freest + 1 == stricter:
            return f"mode is {freest.label}"
    return None


def _same_set(parts: tuple[Condition, ...]) -> str | None:
    """`x has a or x has b` said as `x has any of {a, b}`."""
    tests = [part for part in parts if isinstance(part, Has)]
    names = {test.fact for test in tests}
    if len(tests) < len(parts) or len(names) != 1:
        return None
    return f"{names.pop()} has any of {{{', '.join(test.member for test in tests)}}}"


def _of_decision(condition: Condition) -> bool:
    """Whether the condition speaks of the decision, as the right side of an invariant does."""
    match condition:
        case And(parts) | Or(parts):
            return any(_of_decision(part) for part in parts)
        case Not(part):
            return _of_decision(part)
    return isinstance(condition, ModeAtLeast | Obliged)


def _joined(word: str, parts: Iterable[Condition], vocabulary: Vocabulary) -> str:
    return f" {word} ".join(_inner(part, vocabulary, word) for part in parts)


def _inner(part: Condition, vocabulary: Vocabulary, around: str = "") -> str:
    """A part of a longer condition, in parentheses where it needs them."""
    words = condition_words(part, vocabulary)
    match part:
        case And(parts) | Or(parts) if len(parts) == 1:
            return _inner(parts[0], vocabulary, around)
        case Not(Not(one)):
            return _inner(one, vocabulary, around)
        case And() if around == "and":
            return words
        case Not():
            return words  # `not` binds closest, and its own part has parentheses
    joins = (" and ", " or ", " implies ")
    return f"({words})" if any(join in words for join in joins) else words
