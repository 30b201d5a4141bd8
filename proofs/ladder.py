"""The decision about one message as Z3 terms, which know of a rule only once they are told of it.

The rules of an event fall into groups: those that allow, or raise to, one mode, and those that
bring one obligation. For each group

    some  =  the first rule told fires, or the second, ..., or rest

where `rest` says that one of the rules not told fires, and is left open. So a claim that is
refuted by no message while some rules are told is refuted by none, whatever the others say; a
message that seems to refute it may not (`proofs.solver` asks the evaluator, and tells more).

After a change of the message `rest` is related to what it was before: this is where
`proofs.movement` is needed, and the only place where more is said of a rule not told.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from policy.evaluator import Decision
from policy.modes import FAIL_CLOSED, Event, Mode
from policy.rules import ObligationName, Policy, Rule, RuleKind
from proofs.booleans import FALSE, TRUE, Term, Truth, all_of, any_of, implies, negated, same
from proofs.domain import tests_of

__all__ = ["RUNGS", "GroupKey", "Ladder", "MessageTerms", "groups_of"]

RUNGS = tuple(mode for mode in Mode if mode > Mode.AUTONOMOUS)
"""The rungs of the ladder of modes that can be reached or missed."""

GroupKey = tuple[RuleKind, Mode] | ObligationName
"""What the rules of a group do: allow or raise to a mode, or bring an obligation."""


class MessageTerms(Protocol):
    """What a ladder asks of the message that it decides about."""

    @property
    def policy(self) -> Policy:
        """The policy that decides."""

    def fires(self, rule: Rule) -> Term:
        """`rule` fires."""

    def floor_at_least(self, mode: Mode, event: Event) -> Term:
        """The mailbox's own floor is `mode` or stricter."""

    def fresh(self) -> Term:
        """A Bool of its own."""

    def defined(self, term: Term) -> Term:
        """A Bool that is the same as `term`."""

    def state(self, law: Term) -> None:
        """Say that `law` holds of every message."""


class _Group:
    """Rules that do the same: `some` of them fires; `rest`, one of those still `untold`."""

    def __init__(self, some: Term) -> None:
        self.some = self.rest = some
        self.untold: dict[int, Rule] = {}


class Ladder:
    """The decision about `message` on `event`; `before` is that before the message changed."""

    def __init__(self, message: MessageTerms, event: Event, before: "Ladder | None" = None) -> None:
        self.event = event
        self.told: list[tuple[Rule, ...]] = []
        self._message = message
        self._before = before
        self._groups: dict[GroupKey, _Group] = {}
        self._rungs: dict[Mode, Term] = {}
        for rule in message.policy.rules_on(event):
            for key in groups_of(rule):
                if key not in self._groups:
                    self._groups[key] = _Group(message.fresh())
                self._groups[key].untold[id(rule)] = rule
        if before is not None:
            self.catch_up()
            self._relate()

    # --- what is asked of it

    def at_least(self, mode: Mode) -> Term:
        """The decision is `mode` or stricter."""
        if mode is Mode.AUTONOMOUS:
            return TRUE
        if mode not in self._rungs:
            freer = [self._allowed(other) for other in Mode if other < mode]
            base = negated(any_of(freer))
            if mode > FAIL_CLOSED:
                base = all_of((base, any_of([self._allowed(other) for other in Mode])))
            stricter = [self._raised(other) for other in Mode if other >= mode]
            floor = self._message.floor_at_least(mode, self.event)
            self._rungs[mode] = self._message.defined(any_of([base, floor, *stricter]))
        return self._rungs[mode]

    def obliged(self, name: ObligationName) -> Term:
        """The decision carries the obligation."""
        return self._groups[name].some if name in self._groups else FALSE

    def _allowed(self, mode: Mode) -> Term:
        return self._some((RuleKind.ALLOW, mode))

    def _raised(self, mode: Mode) -> Term:
        return self._some((RuleKind.REQUIRE, mode))

    def _some(self, key: GroupKey) -> Term:
        return self._groups[key].some if key in self._groups else FALSE

    # --- telling it of rules

    def tell(self, rules: Iterable[Rule]) -> None:
        """Say what `rules` are; those already told are left out."""
        new = {id(rule): rule for rule in rules if self._is_untold(rule)}
        if new:
            self.told.append(tuple(new.values()))
            self._define(new.values())

    def catch_up(self) -> None:
        """Be told of all the rules that the ladder before the change was told of."""
        assert self._before is not None
        missing = self._before.told[len(self.told) :]
        if missing:
            self.told.extend(missing)
            self._define([rule for rules in missing for rule in rules])
            self._relate()

    def _define(self, rules: Iterable[Rule]) -> None:
        grouped: dict[GroupKey, list[Rule]] = {}
        for rule in rules:
            for key in groups_of(rule):
                grouped.setdefault(key, []).append(rule)
        for key, told in grouped.items():
            group = self._groups[key]
            for rule in told:
                del group.untold[id(rule)]
            rest = self._message.fresh() if group.untold else FALSE
            firing = [self._message.fires(rule) for rule in told]
            self._message.state(same(group.rest, any_of([*firing, rest])))
            group.rest = rest

    def _relate(self) -> None:
        """A rule not told that raised still does, and one that allows did so before."""
        assert self._before is not None
        for key, group in self._groups.items():
            match key:
                case (RuleKind.ALLOW, _):
                    self._message.state(implies(group.rest, self._before._groups[key].rest))
                case (RuleKind.REQUIRE, _):
                    self._message.state(implies(self._before._groups[key].rest, group.rest))

    def _is_untold(self, rule: Rule) -> bool:
        return id(rule) in self._groups[groups_of(rule)[0]].untold

    def left_open(self) -> frozenset[GroupKey]:
        """The groups with rules that it was not told of."""
        return frozenset(key for key, group in self._groups.items() if group.untold)

    # --- where an answer of the solver is wrong

    def missed(self, decision: Decision, holds: Truth) -> Iterator[Rule]:
        """Rules not told that fire for a message although `holds` says no to their group's rest.

        Those that decide come first, and before others those that ask little: they fire for most
        messages, and so are the likeliest reasons of a proof. `holds` tells the truth of a term.
        """
        groups = [group for group in self._groups.values() if group.untold]
        silent = [group.untold for group in groups if not holds(group.rest)]
        deciding = set(map(id, decision.deciding))
        fired = [rule for rule in decision.fired if any(id(rule) in untold for untold in silent)]
        yield from sorted(fired, key=lambda rule: (id(rule) not in deciding, _tests(rule)))

    def imagined(self, decision: Decision, holds: Truth) -> Iterator[tuple[Rule, ...]]:
        """For each group of whose rest `holds` says yes though no rule of it fires, that rest."""
        fired = set(map(id, decision.fired))
        for group in sorted(self._groups.values(), key=lambda one: len(one.untold)):
            if group.untold and holds(group.rest) and fired.isdisjoint(group.untold):
                yield tuple(group.untold.values())


def groups_of(rule: Rule) -> tuple[GroupKey, ...]:
    """The groups that `rule` is in; the first is of its mode."""
    side = RuleKind.ALLOW if rule.kind is RuleKind.ALLOW else RuleKind.REQUIRE
    return ((side, rule.mode), *dict.fromkeys(one.name for one in rule.obligations))


def _tests(rule: Rule) -> int:
    return sum(1 for _ in tests_of(rule.condition))
