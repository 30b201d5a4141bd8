"""The rules of a small policy written out as one Python function, for the live path.

For some dozens of rules a few comparisons are cheaper than the look-ups and wide masks of
`policy.compiler`, and a message never met before costs no more than one that comes again. The
function speaks only of messages of which every fact that the rules read is known, so that there
is neither Kleene's third value nor an order of rules to think of; all others go the general way.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from policy.conjunctions import FactTest, tests
from policy.evaluator import Decision
from policy.facts import Facts, Value
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
    TextOperator,
    TextTest,
)

__all__ = ["MOST_CONJUNCTIONS", "decide_function"]

MOST_CONJUNCTIONS = 64
"""The size from which on masks are faster than comparisons."""

_DEEPEST = 40  # Python's own parser has a limit, too

_Bits = Sequence[tuple[int, frozenset[str]]]


def decide_function(
    conjunctions: Iterable[tuple[int, Iterable[Condition]]],
    remembered: Mapping[Value | None, Mapping[int, Decision]],
    otherwise: Callable[[Facts], Decision],
) -> Callable[[Facts], Decision] | None:
    """A function that decides; None when there is too much to write out.

    Each conjunction has a mask of its one bit and the conditions that must all hold. The bits of
    those that hold lead, by the mailbox's mode, to a decision in `remembered`; what is not found
    there, and what is not known, is left to `otherwise`.
    """
    conditions = [(bit, tuple(parts)) for bit, parts in conjunctions]
    every = [part for _, parts in conditions for part in parts]
    if len(conditions) > MOST_CONJUNCTIONS or any(_depth(part) > _DEEPEST for part in every):
        return None
    facts = sorted({"mailbox.mode", *(test.fact for part in every for test in tests(part))})
    names = {fact: f"fact_{number}" for number, fact in enumerate(facts)}
    worth = {_expression(part, names): _worth(part) for part in every}
    bits = [
        (bit, frozenset(_expression(part, names) for part in parts)) for bit, parts in conditions
    ]
    lines = [
        "def decide(facts):",
        "    known = facts.known",
        "    try:",
        *(f"        {name} = known[{fact!r}]" for fact, name in names.items()),
        "        alive = 0",
        *_statements(bits, worth, " " * 8),
        f"        return remembered[{names['mailbox.mode']}][alive]",
        "    except KeyError:",
        "        return otherwise(facts)",
    ]
    space: dict[str, Any] = {"remembered": remembered, "otherwise": otherwise}
    # The text is made of checked conditions only; whatever a file wrote stands in it by `repr`.
    exec("\n".join(lines), space)  # noqa: S102
    return cast(Callable[[Facts], Decision], space["decide"])


def _statements(bits: _Bits, worth: Mapping[str, int], indent: str) -> Iterator[str]:
    """Set the bits whose expressions hold; one that several bits share is asked once for all."""
    left = list(bits)
    while left:
        shared = Counter(expression for _, all_of in left for expression in all_of)
        best = max(sorted(shared), key=lambda one: (shared[one] - 1) * worth[one], default="")
        if not best or shared[best] == 1:
            break
        yield f"{indent}if {best}:"
        inner = [(bit, all_of - {best}) for bit, all_of in left if best in all_of]
        yield from _statements(inner, worth, indent + " ")
        left = [one for one in left if best not in one[1]]
    for bit, all_of in left:
        cheap_first = sorted(all_of, key=lambda one: (-worth[one], one))
        if cheap_first:
            yield f"{indent}if {' and '.join(cheap_first)}:"
            yield f"{indent} alive |= {bit}"
        else:
            yield f"{indent}alive |= {bit}"


def _expression(condition: Condition, names: Mapping[str, str], positive: bool = True) -> str:
    """A Python expression in parentheses that is true when the condition is (or is not)."""
    match condition:
        case Not(part):
            return _expression(part, names, not positive)
        case And(parts) | Or(parts):
            word = "and" if isinstance(condition, And) is positive else "or"
            written = [_expression(part, names, positive) for part in parts]
            return f"({f' {word} '.join(written)})" if written else f"({word == 'and'})"
        case ModeAtLeast() | Obliged():
            raise AssertionError("the checker lets only invariants speak of the decision")
        case _:
            return f"({_test(condition, names[condition.fact], positive)})"


def _test(test: FactTest, name: str, positive: bool) -> str:
    word = "" if positive else "not "
    match test:
        case IsTrue():
            return f"{word}{name}"
        case OneOf(_, values):
            if len(values) == 1:
                return f"{name} {'==' if positive else '!='} {next(iter(values))!r}"
            return f"{name} {word}in {{{', '.join(map(repr, sorted(values)))}}}"
        case Has(_, member):
            return f"{member!r} {word}in {name}"
        case AtLeast(_, bound):
            return f"{name} {'>=' if positive else '<'} {bound}"
        case TextTest(_, operator, literal):
            match operator:
                case TextOperator.EQUALS:
                    return f"{name} {'==' if positive else '!='} {literal!r}"
                case TextOperator.CONTAINS:
                    return f"{literal!r} {word}in {name}"
                case TextOperator.STARTS:
                    return f"{word}{name}.startswith({literal!r})"
                case TextOperator.ENDS:
                    return f"{word}{name}.endswith({literal!r})"


def _worth(condition: Condition) -> int:
    """How well it is to ask this first: what is cheap and seldom true ends a conjunction soon."""
    match condition:
        case IsTrue() | OneOf() | Has() | TextTest(operator=TextOperator.EQUALS):
            return 4
        case AtLeast() | Not(AtLeast()):
            return 3
        case TextTest():
            return 2
        case _:
            return 1


def _depth(condition: Condition) -> int:
    match condition:
        case And(parts) | Or(parts):
            return 1 + max(map(_depth, parts), default=0)
        case Not(part):
            return 1 + _depth(part)
        case _:
            return 0
