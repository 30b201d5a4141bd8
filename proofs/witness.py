"""The smallest readable message behind a counterexample, replayed before anybody sees it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy.evaluator import Decision, decide
from policy.facts import Fact, Facts, Value
from policy.modes import Event
from policy.rules import Policy, Rule
from policy.wording import value_words
from proofs.questions import Counterexample, Question, breaks
from proofs.solver import Solver

__all__ = [
    "DoesNotReplayError",
    "Witness",
    "remarkable",
    "smallest",
    "spelled",
    "towards_ordinary",
    "witness_of",
]


class DoesNotReplayError(Exception):
    """Solver and evaluator disagree about a message: a defect of ours, to be reported."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A message and its decision; for claims about a change also both after the change."""

    event: Event
    facts: Facts
    decision: Decision
    after: Facts | None = None
    decision_after: Decision | None = None

    def remarkable(self) -> tuple[str, ...]:
        """What is not ordinary about the message, one fact each, as an `example` writes it."""
        return remarkable(self.facts)

    def change(self) -> tuple[str, ...]:
        """What the change made of the facts that it changed."""
        if self.after is None:
            return ()
        return tuple(
            spelled(fact, self.after.get(name))
            for name, fact in self.facts.vocabulary.items()
            if self.facts.get(name) != self.after.get(name)
        )

    def let_through(self) -> tuple[Rule, ...]:
        """The rules that alone suffice for the (freer) decision; none when no rule speaks."""
        decision = self.decision_after or self.decision
        return decision.deciding


def smallest(solver: Solver, question: Question) -> Counterexample | None:
    """A counterexample with the fewest facts away from ordinary, preferably all of them known.

    None when there is none. Raises DoesNotReplayError and SolverGaveUpError.
    """
    known = True
    found = solver.find(question, all_known=True)
    if found is None:
        known = False
        found = solver.find(question)
    if found is None:
        return None
    while True:
        _replay(solver.policy, question, found)
        found = _reduced(solver, question, found)
        fewer = _deviations(found) - 1
        if fewer < 0:
            return found
        better = solver.find(question, all_known=known, most_deviations=fewer)
        if better is None:
            return found
        found = better


def witness_of(policy: Policy, question: Question, found: Counterexample) -> Witness:
    """`found` with its decisions, replayed on the evaluator; raises DoesNotReplayError."""
    _replay(policy, question, found)
    event, after = question.event, found.after
    return Witness(
        event,
        found.facts,
        decide(policy, found.facts, event),
        after,
        None if after is None else decide(policy, after, event),
    )


def _replay(policy: Policy, question: Question, found: Counterexample) -> None:
    if not breaks(policy, question, found):
        raise DoesNotReplayError(
            f"the solver's answer does not replay on the evaluator\n"
            f"question: {question}\nmessage: {found.facts}\nafter: {found.after}"
        )


def _deviations(found: Counterexample) -> int:
    vocabulary = found.facts.vocabulary
    return sum(found.facts.get(name) != fact.ordinary for name, fact in vocabulary.items())


def _reduced(solver: Solver, question: Question, found: Counterexample) -> Counterexample:
    """`found` with every single step towards the ordinary taken that keeps it an answer."""
    progress = True
    while progress:
        progress = False
        for candidate in _nearer(found):
            if breaks(solver.policy, question, candidate, solver.decide):
                found, progress = candidate, True
                break
    return found


def _nearer(found: Counterexample) -> Iterator[Counterexample]:
    before, after = found.facts, found.after
    for name, fact in before.vocabulary.items():
        if after is not None and after.get(name) != before.get(name):
            for value in _steps(after.get(name), before.get(name)):
                yield Counterexample(before, after.replace({name: value}))
        for value in _steps(before.get(name), fact.ordinary):
            reduced = before.replace({name: value})
            if after is None:
                yield Counterexample(reduced)
            elif after.get(name) == before.get(name):
                yield Counterexample(reduced, after.replace({name: value}))
            else:
                yield Counterexample(reduced, after)
                changed = _dropped(before, after, name, value)
                yield Counterexample(reduced, after.replace({name: changed}))


def towards_ordinary(facts: Facts, keeps: Callable[[Facts], bool]) -> Facts:
    """`facts` with every single step towards the ordinary message taken for which `keeps`."""
    progress = True
    while progress:
        progress = False
        for name, fact in facts.vocabulary.items():
            for value in _steps(facts.get(name), fact.ordinary):
                nearer = facts.replace({name: value})
                if keeps(nearer):
                    facts, progress = nearer, True
                    break
    return facts


def _dropped(before: Facts, after: Facts, name: str, value: Value | None) -> Value | None:
    """What `name` is after the change if `value` is what it was before: the same is added."""
    old, new = before.get(name), after.get(name)
    if isinstance(old, frozenset) and isinstance(new, frozenset) and isinstance(value, frozenset):
        return value | (new - old)
    return new


def _steps(value: Value | None, goal: Value | None) -> Iterator[Value | None]:
    """The goal itself and, between sets, single members taken away or given back."""
    if value == goal:
        return
    yield goal
    if isinstance(value, frozenset) and isinstance(goal, frozenset):
        for member in sorted(value ^ goal):
            yield value ^ {member}


def remarkable(facts: Facts) -> tuple[str, ...]:
    """What is not ordinary about a message, one fact each, as an `example` writes it."""
    return tuple(
        spelled(fact, facts.get(name))
        for name, fact in facts.vocabulary.items()
        if facts.get(name) != fact.ordinary
    )


def spelled(fact: Fact, value: Value | None) -> str:
    """`value` of `fact` as an `example` of a policy file writes it."""
    if isinstance(value, bool):
        return fact.name if value else f"not {fact.name}"
    return f"{fact.name} is {value_words(fact, value)}"
