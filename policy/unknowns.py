"""Which facts nobody knew when a rule fired: what to find out so that it need not fire."""

from collections.abc import Iterator

from policy.evaluator import evaluate
from policy.facts import Facts
from policy.rules import And, Condition, ModeAtLeast, Not, Obliged, Or, Rule

__all__ = ["unknowns"]


def unknowns(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The names of the facts whose being unknown leaves the condition of `rule` unknown, sorted.

    Empty where the condition is true or false: then no unknown fact has a part in it. A `require`
    or `block` that fires with some named here fired out of caution, and might not have.
    """
    return tuple(sorted(set(_names(rule.condition, facts))))


def _names(condition: Condition, facts: Facts) -> Iterator[str]:
    if evaluate(condition, facts) is not None:
        return
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _names(part, facts)
        case Not(part):
            yield from _names(part, facts)
        case ModeAtLeast() | Obliged():
            return  # only invariants speak of these
        case _:
            yield condition.fact
