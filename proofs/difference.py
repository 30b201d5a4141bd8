"""What changes between two versions of a policy, and for which messages.

The difference is split into classes: those messages that move in one direction and for which the
same few changed rules fire, before or after. A message may be in several. Classes are few and
each is readable; together they cover every message that is decided otherwise, which the solver
confirms by finding none outside.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from policy.compiler import CompiledEvent
from policy.evaluator import Decision, decide, fires
from policy.facts import Facts, SetType, Vocabulary
from policy.modes import Event, Mode
from policy.rules import Policy, Rule
from proofs.clauses import Message
from proofs.domain import domain_of, facts_read
from proofs.gates import Clause, Gates
from proofs.regions import region_of
from proofs.satisfiability import SatSolver
from proofs.witness import DoesNotReplayError, towards_ordinary

__all__ = ["Change", "Difference", "Direction", "IncomparableError", "difference"]

MOST_CLASSES = 200


class IncomparableError(Exception):
    """The two policies do not speak of the same facts; the message says which."""


class Direction(StrEnum):
    """Where a decision moves."""

    FREER = "freer"
    STRICTER = "stricter"
    OBLIGATIONS = "other obligations"


@dataclass(frozen=True, slots=True)
class Change:
    """A class of messages that are decided otherwise, with the smallest of them, `facts`.

    `rules_before` and `rules_after` are the changed rules that fire for all of the class;
    `modes_before` and `modes_after` what is decided in it; `region` is what its messages have in
    common. `before` and `after` are the decisions about `facts`.
    """

    event: Event
    direction: Direction
    facts: Facts
    before: Decision
    after: Decision
    rules_before: tuple[Rule, ...]
    rules_after: tuple[Rule, ...]
    modes_before: tuple[Mode, ...]
    modes_after: tuple[Mode, ...]
    region: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes; none means that the policies are proved to decide alike.

    `complete` is False if there were more classes than a person can read.
    """

    changes: tuple[Change, ...]
    complete: bool

    @property
    def equivalent(self) -> bool:
        """Whether every message is decided alike."""
        return not self.changes

    @property
    def freer(self) -> tuple[Change, ...]:
        """The changes by which some message becomes freer."""
        return tuple(one for one in self.changes if one.direction is Direction.FREER)


def difference(old: Policy, new: Policy) -> Difference:
    """Every class of messages that `new` decides otherwise than `old`.

    Raises IncomparableError, and DoesNotReplayError if solver and evaluator disagree.
    """
    comparison = _Comparison(old, new)
    with SatSolver(comparison) as solver:
        changes = [
            change for event in Event for change in _Classes(comparison, solver, event).all()
        ]
    return Difference(tuple(changes[:MOST_CLASSES]), complete=len(changes) < MOST_CLASSES)


class _Comparison:
    """Two policies about one message, in one list of clauses."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self.old, self.new = old, new
        self.vocabulary = _united(old.vocabulary, new.vocabulary)
        rules = (*old.rules, *new.rules)
        domain = domain_of(self.vocabulary, [rule.condition for rule in rules])
        self.gates = Gates()
        self.before = Message(self.gates, old, domain)
        self.after = Message(self.gates, new, domain, self.before)

    @property
    def clauses(self) -> list[Clause]:
        """All clauses so far."""
        return self.gates.clauses

    def changed_rules(self, event: Event) -> tuple[list[Rule], list[Rule]]:
        """Rules of the old policy that the new one lacks, and the other way round.

        Equal conditions are equal literals, so a rule that was only moved or laid out anew is
        the same rule.
        """

        def key(message: Message, rule: Rule) -> tuple[object, ...]:
            return message.fires(rule), rule.kind, rule.mode, frozenset(rule.obligations)

        before = [(key(self.before, rule), rule) for rule in self.old.rules_on(event)]
        after = [(key(self.after, rule), rule) for rule in self.new.rules_on(event)]
        gone = Counter(k for k, _ in before) - Counter(k for k, _ in after)
        added = Counter(k for k, _ in after) - Counter(k for k, _ in before)
        return [r for k, r in before if k in gone], [r for k, r in after if k in added]

    def obliged_otherwise(self, event: Event) -> int:
        """Some obligation is there only before, or only after."""
        gates = self.gates

        def bringing(message: Message, obligation: object) -> int:
            rules = message.policy.rules_on(event)
            return gates.any_of(message.fires(r) for r in rules if obligation in r.obligations)

        rules = (*self.old.rules_on(event), *self.new.rules_on(event))
        pairs = [
            (bringing(self.before, obligation), bringing(self.after, obligation))
            for obligation in dict.fromkeys(item for rule in rules for item in rule.obligations)
        ]
        return gates.any_of(
            gates.all_of(sides) for one, other in pairs for sides in ((one, -other), (-one, other))
        )


class _Classes:
    """The classes of one event."""

    def __init__(self, comparison: _Comparison, solver: SatSolver, event: Event) -> None:
        self._comparison = comparison
        self._solver = solver
        self._event = event
        self._gone, self._added = comparison.changed_rules(event)
        changed = (*self._gone, *self._added)
        self._telling = frozenset().union(*(facts_read(rule.condition) for rule in changed))

    def all(self) -> Iterator[Change]:
        """Class after class, until no message is left that is decided otherwise."""
        if not self._gone and not self._added:
            return
        gates, before = self._comparison.gates, self._comparison.before
        for direction, literal in self._directions():
            unseen = gates.new()
            found: list[tuple[frozenset[int], Facts]] = []
            while len(found) < MOST_CLASSES and self._possible([literal, unseen]):
                facts = self._smallest(direction, before.facts(self._solver.true_literals()))
                responsible = frozenset(self._firing(facts))
                gates.add(-unseen, *(-one for one in responsible))
                found.append((responsible, facts))
            for responsible, facts in found:
                if not any(other < responsible for other, _ in found):
                    yield self._change(direction, facts, [literal, *sorted(responsible)])

    def _possible(self, literals: Sequence[int]) -> bool:
        """Whether some message meets `literals`; a fully known one is preferred."""
        known = self._comparison.before.known.values()
        return self._solver.possible([*literals, *known]) or self._solver.possible(literals)

    def _directions(self) -> Iterator[tuple[Direction, int]]:
        gates = self._comparison.gates
        before, after = self._modes()
        freer = gates.any_of(gates.all_of([before[m], -after[m]]) for m in Mode)
        stricter = gates.any_of(gates.all_of([-before[m], after[m]]) for m in Mode)
        alike = [-freer, -stricter, -before[Mode.BLOCKED]]
        obliged = self._comparison.obliged_otherwise(self._event)
        yield Direction.FREER, freer
        yield Direction.STRICTER, stricter
        yield Direction.OBLIGATIONS, gates.all_of([*alike, obliged])

    def _modes(self) -> tuple[Mapping[Mode, int], Mapping[Mode, int]]:
        before, after = self._comparison.before, self._comparison.after
        return before.mode(self._event), after.mode(self._event)

    def _firing(self, facts: Facts) -> Iterator[int]:
        """Literals of the changed rules that fire for a message, before or after."""
        before, after = self._comparison.before, self._comparison.after
        yield from (before.fires(rule) for rule in self._gone if fires(rule, facts))
        yield from (after.fires(rule) for rule in self._added if fires(rule, facts))

    def _smallest(self, direction: Direction, facts: Facts) -> Facts:
        """The message nearest to ordinary that still moves so, with no more changed rules."""
        old, new = self._compiled
        firing = set(self._firing(facts))
        found = towards_ordinary(
            facts,
            lambda nearer: (
                firing.issuperset(self._firing(nearer))
                and _direction(old.decide(nearer), new.decide(nearer)) is direction
            ),
        )
        if _direction(*self._decisions(found)) is not direction:
            raise DoesNotReplayError(f"the policies do not decide this message so: {found}")
        return found

    @cached_property
    def _compiled(self) -> tuple[CompiledEvent, CompiledEvent]:
        """Both policies, to try many messages with; what comes of it the evaluator decides."""
        united = self._comparison.vocabulary
        old, new = (
            CompiledEvent(replace(policy, vocabulary=united), self._event)
            for policy in (self._comparison.old, self._comparison.new)
        )
        return old, new

    def _change(self, direction: Direction, facts: Facts, literals: Sequence[int]) -> Change:
        before, after = self._decisions(facts)
        modes_before, modes_after = self._modes()
        return Change(
            self._event,
            direction,
            facts,
            before,
            after,
            tuple(rule for rule in self._gone if fires(rule, facts)),
            tuple(rule for rule in self._added if fires(rule, facts)),
            tuple(self._reached(modes_before, literals)),
            tuple(self._reached(modes_after, literals)),
            region_of(self._solver, self._comparison.before, literals, self._telling),
        )

    def _reached(self, at_least: Mapping[Mode, int], literals: Sequence[int]) -> Iterator[Mode]:
        for mode in Mode:
            above = [-at_least[other] for other in Mode if other == mode + 1]
            if self._solver.possible([*literals, at_least[mode], *above]):
                yield mode

    def _decisions(self, facts: Facts) -> tuple[Decision, Decision]:
        comparison = self._comparison
        return (
            decide(comparison.old, facts, self._event),
            decide(comparison.new, facts, self._event),
        )


def _direction(before: Decision, after: Decision) -> Direction | None:
    if after.mode < before.mode:
        return Direction.FREER
    if after.mode > before.mode:
        return Direction.STRICTER
    if after.mode is not Mode.BLOCKED and before.obligations != after.obligations:
        return Direction.OBLIGATIONS
    return None


def _united(old: Vocabulary, new: Vocabulary) -> Vocabulary:
    """Both vocabularies as one; raises IncomparableError where a fact has two types."""
    facts = dict(old)
    for name, fact in new.items():
        other = facts.get(name)
        if other is None:
            facts[name] = fact
        elif isinstance(other.type, SetType) and isinstance(fact.type, SetType):
            members = dict.fromkeys((*other.type.members, *fact.type.members))
            facts[name] = replace(fact, type=SetType(tuple(members)))
        elif other.type != fact.type:
            raise IncomparableError(
                f"the fact `{name}` is declared differently in the two policies"
            )
    return Vocabulary(facts)
