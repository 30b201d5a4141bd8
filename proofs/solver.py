"""Questions about a policy, answered by one incremental Z3 solver."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import z3

from policy.compiler import CompiledEvent
from policy.evaluator import Decision, evaluate
from policy.facts import Facts
from policy.modes import Event
from policy.rules import Condition, Policy, Rule
from proofs.booleans import Term, Truth, all_of, any_of, implies, negated, same, truth_in
from proofs.claims import conditions_of
from proofs.domain import domain_of
from proofs.encoding import Copy
from proofs.ladder import RUNGS
from proofs.movement import follows
from proofs.questions import (
    AddMembers,
    Always,
    Change,
    Counterexample,
    LoseFacts,
    LowerNumber,
    NeverFreer,
    Question,
    Sometimes,
    StricterMailbox,
    breaks,
)
from proofs.reading import deviates, message_in

__all__ = ["Solver", "SolverGaveUpError", "solver_version"]


class SolverGaveUpError(Exception):
    """The solver answered neither yes nor no: a defect of ours, never a pass."""


def solver_version() -> str:
    """The solver's name and version."""
    return f"z3 {z3.get_version_string()}"


class Solver:
    """Answers `questions` (and those with the same or fewer tests) about `policy`.

    All questions share one solver, and all copies of a message the terms that do not change. The
    solver is told of a rule only when its answer would be wrong without (`proofs.ladder`).
    """

    def __init__(self, policy: Policy, questions: Iterable[Question]) -> None:
        self.policy = policy
        spoken = [condition for question in questions for condition in conditions_of(question)]
        self.domain = domain_of(
            policy.vocabulary, [*(rule.condition for rule in policy.rules), *spoken]
        )
        self.message = Copy(policy, self.domain)
        self._changed: dict[tuple[Change, Event], tuple[Copy, list[Term]]] = {}
        self._solver = z3.SolverFor("QF_FD")
        self._compiled: dict[Event, CompiledEvent] = {}

    def find(
        self, question: Question, *, all_known: bool = False, most_deviations: int | None = None
    ) -> Counterexample | None:
        """A counterexample (for `Sometimes`: an example), or None when there is none.

        `all_known` asks for a message of which everything is known, `most_deviations` for one
        that differs from the ordinary message in at most so many facts.

        Raises SolverGaveUpError.
        """
        message = self.message
        wanted, after = self._terms(question)
        read = self.domain.facts()
        if all_known or isinstance(question, Sometimes):
            wanted = [*wanted, *(message.known(name) for name in read)]
        if most_deviations is not None:
            deviations = [deviates(message, name) for name in read]
            wanted = [*wanted, z3.AtMost(*deviations, most_deviations)]
        return self._search(
            question.event,
            wanted,
            after,
            lambda one: breaks(self.policy, question, one, self.decide),
        )

    def possible(self, condition: Condition, event: Event) -> bool:
        """Whether `condition` is true of some message, whatever is known of it."""

        def meets(found: Counterexample) -> bool:
            decision = self.decide(self.policy, found.facts, event)
            return evaluate(condition, found.facts, decision) is True

        wanted = [self.message.is_true(condition, event)]
        return self._search(event, wanted, None, meets) is not None

    def decide(self, policy: Policy, facts: Facts, event: Event = Event.SEND) -> Decision:
        """What `policy.evaluator.decide` says, sooner; only to guide the search."""
        assert policy is self.policy
        if event not in self._compiled:
            self._compiled[event] = CompiledEvent(policy, event)
        return self._compiled[event].decide(facts)

    def _search(
        self,
        event: Event,
        wanted: Iterable[Term],
        after: Copy | None,
        meets: Callable[[Counterexample], bool],
    ) -> Counterexample | None:
        """What meets `wanted` and `meets`; rules are told until the two agree, or there is none."""
        terms, most = list(wanted), 1
        while True:
            if after is not None:
                after.ladder(event).catch_up()
            self._solver.add(*self.message.laws(), *(() if after is None else after.laws()))
            with self._asking(terms) as holds:
                if holds is None:
                    return None
                facts = None if after is None else message_in(after, holds)
                found = Counterexample(message_in(self.message, holds), facts)
                told = [] if meets(found) else self._to_tell(holds, event, found, after, most)
            if not told:
                return found
            self.message.ladder(event).tell(told)
            most *= 2

    def _to_tell(
        self, holds: Truth, event: Event, found: Counterexample, after: Copy | None, most: int
    ) -> Sequence[Rule]:
        """At `most` so many rules that fire unknown to the solver; else a group it must know."""

        pairs = [(self.message.ladder(event), self.decide(self.policy, found.facts, event))]
        if after is not None and found.after is not None:
            pairs.append((after.ladder(event), self.decide(self.policy, found.after, event)))
        missed = [rule for ladder, decision in pairs for rule in ladder.missed(decision, holds)]
        if missed:
            return missed[:most]
        imagined = [rest for ladder, decision in pairs for rest in ladder.imagined(decision, holds)]
        return min(imagined, key=len, default=())

    @contextmanager
    def _asking(self, wanted: Iterable[Term]) -> Iterator[Truth | None]:
        self._solver.push()
        try:
            self._solver.add(*wanted)
            answer = self._solver.check()
            if answer == z3.unknown:
                raise SolverGaveUpError(self._solver.reason_unknown())
            yield truth_in(self._solver.model()) if answer == z3.sat else None
        finally:
            self._solver.pop()

    def _terms(self, question: Question) -> tuple[list[Term], Copy | None]:
        message, event = self.message, question.event
        match question:
            case Always(condition=condition):
                return [negated(message.is_true(condition, event))], None
            case Sometimes(given=given, gets=gets):
                return [message.is_true(given, event), message.is_true(gets, event)], None
            case NeverFreer(change=change):
                after, related = self._after(change, event)
                freer = [
                    all_of(
                        (
                            message.mode_at_least(rung, event),
                            negated(after.mode_at_least(rung, event)),
                        )
                    )
                    for rung in RUNGS
                ]
                return [*related, any_of(freer)], after

    def _after(self, change: Change, event: Event) -> tuple[Copy, list[Term]]:
        """The message after `change`, and the terms that say that it changed only so."""
        if (change, event) in self._changed:
            return self._changed[change, event]
        before, name = self.message, f"after{len(self._changed)}"
        # A ladder after a change relates the rules that it is not told of to those before.
        unruly = [rule for rule in self.policy.rules_on(event) if not follows(rule, change)]
        before.ladder(event).tell(unruly)
        read = frozenset(self.domain.facts())
        match change:
            case AddMembers(facts, members):
                after = Copy(self.policy, self.domain, name, before, read & frozenset(facts))
                related = list(_grown(before, after, read & frozenset(facts), members))
            case LoseFacts():
                after = Copy(self.policy, self.domain, name, before, may_lose=True)
                related = [implies(after.known(fact), before.known(fact)) for fact in read]
            case StricterMailbox():
                after = Copy(self.policy, self.domain, name, before, frozenset({"mailbox.mode"}))
                related = list(_stricter(before, after, event))
            case LowerNumber(fact):
                after = Copy(self.policy, self.domain, name, before, read & frozenset({fact}))
                related = [
                    implies(after.at_least(fact, bound), before.at_least(fact, bound))
                    for bound in self.domain.bounds.get(fact, ())
                ]
                related += [before.known(fact)] if fact in read else []
        self._changed[change, event] = after, related
        return after, related


def _grown(
    before: Copy, after: Copy, facts: frozenset[str], members: tuple[str, ...]
) -> Iterator[Term]:
    for fact in facts:
        for member in before.domain.members[fact]:
            then, now = before.has(fact, member), after.has(fact, member)
            yield implies(then, now) if member in members else same(then, now)


def _stricter(before: Copy, after: Copy, event: Event) -> Iterator[Term]:
    yield before.known("mailbox.mode")
    rungs = [(before.floor_at_least(r, event), after.floor_at_least(r, event)) for r in RUNGS]
    yield from (implies(then, now) for then, now in rungs)
    yield any_of([all_of((negated(then), now)) for then, now in rungs])
