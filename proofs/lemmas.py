"""Steps on the way to a claim about two messages, which keep its proof short.

A claim that no decision is freer after a change rests on many small facts, one for each rule: a
`require` that fired still fires, an `allow` that fires did so before. Stated one by one each is a
short step; left to the solver they are thousands of long ones.
"""

from collections.abc import Iterator

from policy.modes import Mode
from policy.rules import RuleKind
from proofs.clause_questions import Asked
from proofs.gates import Clause
from proofs.satisfiability import SatSolver

__all__ = ["prepare"]


def prepare(solver: SatSolver, asked: Asked) -> list[Clause]:
    """Clauses that lead towards the refutation of `asked`, in an order in which each follows.

    Those that do not follow are left out. The solver knows them from now on.
    """
    found: list[Clause] = []
    for stage in _stages(asked):
        lemmas = []
        for one, other in stage:
            if one != other and not solver.possible([asked.literal, one, -other]):
                lemmas.append((-asked.literal, -one, other))
        found += solver.learned()
        for lemma in lemmas:
            solver.state(lemma)
        found += lemmas
    return found


def _stages(asked: Asked) -> Iterator[list[tuple[int, int]]]:
    """Pairs of literals of which the first should imply the second, in stages."""
    before, after = asked.message, asked.after
    if after is None:
        return
    event = asked.question.event
    rules = before.policy.rules_on(event)
    yield [
        (after.fires(rule), before.fires(rule))
        if rule.kind is RuleKind.ALLOW
        else (before.fires(rule), after.fires(rule))
        for rule in rules
    ]
    old, new = before.rungs(event), after.rungs(event)
    yield [(old[m].base, new[m].base) for m in Mode] + [
        (old[m].raised, new[m].raised)
        for m in reversed(Mode)  # each rests on the one above
    ]
    yield [(old[m].at_least, new[m].at_least) for m in Mode]
