"""From what a solver says of a message's terms to the message, and back."""

from collections.abc import Iterator

from policy.facts import Facts, Value
from proofs.booleans import Term, Truth, all_of, negated
from proofs.encoding import Copy
from proofs.values import compares, number_within, text_with

__all__ = ["deviates", "message_in", "pinned"]


def message_in(copy: Copy, holds: Truth) -> Facts:
    """The message in which `holds` is true of the terms of `copy`.

    What the policy does not read is ordinary, and known.
    """
    vocabulary = copy.domain.vocabulary
    found: dict[str, Value | None] = dict(vocabulary.ordinary())
    for name in copy.domain.facts():
        found[name] = _value(copy, name, holds) if holds(copy.known(name)) else None
    return Facts(vocabulary, found)


def _value(copy: Copy, name: str, holds: Truth) -> Value:
    domain, fact = copy.domain, copy.domain.vocabulary[name]
    if name in domain.values:
        return next(v for v in domain.values[name] if holds(copy.is_value(name, v)))
    if name in domain.members:
        ordinary = fact.ordinary if isinstance(fact.ordinary, frozenset) else frozenset()
        asked = frozenset(domain.members[name])
        return (ordinary - asked) | {m for m in asked if holds(copy.has(name, m))}
    if name in domain.bounds:
        bounds = domain.bounds[name]
        low = max((b for b in bounds if holds(copy.at_least(name, b))), default=None)
        below = min((b for b in bounds if not holds(copy.at_least(name, b))), default=None)
        return number_within(fact, low, below)
    if name in domain.literals:
        literals = domain.literals[name]
        return text_with(fact, [(one, holds(copy.compares(name, one))) for one in literals])
    return holds(copy.value(name))


def deviates(copy: Copy, name: str) -> Term:
    """The fact `name` is unknown, or tells itself apart from its ordinary value."""
    ordinary = pinned(copy, name, copy.domain.vocabulary[name].ordinary)
    return negated(all_of((copy.known(name), *ordinary)))


def pinned(copy: Copy, name: str, value: Value) -> Iterator[Term]:
    """The terms that say that the known fact `name` has `value`, as far as it is told apart."""
    domain = copy.domain
    for one in domain.values.get(name, ()):
        term = copy.is_value(name, one)
        yield term if one == value else negated(term)
    for member in domain.members.get(name, ()):
        term = copy.has(name, member)
        yield term if isinstance(value, frozenset) and member in value else negated(term)
    for bound in domain.bounds.get(name, ()):
        term = copy.at_least(name, bound)
        yield term if isinstance(value, int) and value >= bound else negated(term)
    for operator, literal in domain.literals.get(name, ()):
        term = copy.compares(name, (operator, literal))
        yield term if compares(str(value), (operator, literal)) else negated(term)
    if name in domain.booleans:
        yield copy.value(name) if value is True else negated(copy.value(name))
