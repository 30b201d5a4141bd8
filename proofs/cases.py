"""Examples that write themselves: a message that each rule decides, both sides of each threshold.

The result is text of the policy language: a regression suite that fails as soon as a rule is
lost or a threshold moves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from policy.compiler import Compiled
from policy.evaluator import Decision, decide
from policy.facts import Facts
from policy.modes import Event
from policy.rules import AtLeast, Policy, Rule
from proofs.clause_questions import Clauses
from proofs.decisive import Decisive, matters
from proofs.domain import tests_of
from proofs.satisfiability import SatSolver
from proofs.witness import remarkable, towards_ordinary

__all__ = ["Case", "cases", "spelled_case"]


@dataclass(frozen=True, slots=True)
class Case:
    """A message for one rule: the decision changes when the rule, or its threshold, does."""

    title: str
    rule: Rule
    facts: Facts
    decision: Decision


def cases(policy: Policy, of: Callable[[Rule], bool] = lambda _: True) -> Iterator[Case]:
    """The cases of every rule that `of` chooses, in the order of the file.

    A rule that decides no message (see `proofs.analysis`) has none.
    """
    clauses, compiled = Clauses(policy, []), Compiled(policy)
    ways: dict[int, tuple[int, ...]] = {}
    for event in Event:
        ways.update(Decisive(clauses, event).literals())
    with SatSolver(clauses) as solver:
        for rule in filter(of, policy.rules):
            found = _decided(compiled, clauses, solver, rule, ways[id(rule)])
            if found is None:
                continue
            yield _case(policy, f"{rule.title}: decides", rule, found)
            yield from _thresholds(policy, rule, found)


def _decided(
    compiled: Compiled, clauses: Clauses, solver: SatSolver, rule: Rule, ways: tuple[int, ...]
) -> Facts | None:
    """The most ordinary message for which `rule` matters, a fully known one if there is any."""
    known = list(clauses.message.known.values())
    fires = clauses.message.comes_out(rule.condition, rule.event, True)
    for also in ([*known, fires], known, []):
        for way in ways:
            if solver.possible([way, *also]):
                facts = clauses.message.facts(solver.true_literals())
                return towards_ordinary(
                    facts, lambda nearer: matters(rule, compiled.decide(nearer, rule.event))
                )
    return None


def _thresholds(policy: Policy, rule: Rule, facts: Facts) -> Iterator[Case]:
    """Both sides of each bound of `rule` that the message can be moved across."""
    bounds = {test: None for test in tests_of(rule.condition) if isinstance(test, AtLeast)}
    for number, test in enumerate(bounds, 1):
        sides = [facts.replace({test.fact: test.bound - step}) for step in (1, 0)]
        before, after = (decide(policy, side, rule.event) for side in sides)
        if (before.mode, before.obligations) == (after.mode, after.obligations):
            continue
        for side, where in zip(sides, ("just below", "just at"), strict=True):
            title = f"{rule.title}: {where} bound {number} of {test.fact}"
            yield _case(policy, title, rule, side)


def _case(policy: Policy, title: str, rule: Rule, facts: Facts) -> Case:
    return Case(title, rule, facts, decide(policy, facts, rule.event))


def spelled_case(case: Case) -> str:
    """The case as an `example` of the policy language."""
    kind = next(iter(case.facts.vocabulary.values()))
    given = remarkable(case.facts) or (f"{kind.name} is {kind.ordinary}",)
    event = "" if case.rule.event is Event.SEND else f"on {case.rule.event} "
    by = ", ".join(f'"{rule.title}"' for rule in case.decision.deciding)
    return (
        f'{event}example "{case.title}":\n  given {", ".join(given)}\n'
        f"  expect {case.decision.mode.label}" + (f" by {by}" if by else "") + "\n"
    )
