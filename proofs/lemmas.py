"""Steps on the way to a claim about two messages, which keep its proof short.

A claim that no decision is freer after a change rests on many small facts, one for each rule: a
`require` that fired still fires, an `allow` that fires did so before. Stated one by one each is a
short step; left to the solver they are thousands of long ones.
"""

from collections.abc import Iterable

from policy.modes import Mode
from policy.rules import RuleKind
from proofs.clause_questions import Asked
from proofs.clauses import Message
from proofs.correspondence import Correspondence
from proofs.elaboration import Derivation
from proofs.satisfiability import SatSolver

__all__ = ["prepare"]

_Implication = tuple[int, int]
"""Two literals of which the first should imply the second, if the claim is broken."""


def prepare(solver: SatSolver, derivation: Derivation, asked: Asked) -> None:
    """Derive what leads towards the refutation of `asked`, and let the solver know.

    What the form of the policy does not show the solver is asked; what does not follow is left
    out.
    """
    before, after = asked.message, asked.after
    if after is None:
        return
    event = asked.question.event
    lemmas = _Lemmas(solver, derivation, asked, after)
    old, new = before.floor(event), after.floor(event)
    lemmas.settle([(old[mode], new[mode]) for mode in Mode])
    decision = [(one, after.mode(event)[mode]) for mode, one in before.mode(event).items()]
    if not lemmas.all_seen(decision):
        lemmas.settle(
            (after.fires(rule), before.fires(rule))
            if rule.kind is RuleKind.ALLOW
            else (before.fires(rule), after.fires(rule))
            for rule in before.policy.rules_on(event)
        )
        rungs = before.rungs(event), after.rungs(event)
        lemmas.settle(
            [(rungs[0][mode].base, rungs[1][mode].base) for mode in Mode]
            + [(rungs[0][mode].raised, rungs[1][mode].raised) for mode in reversed(Mode)]
        )  # each that is raised rests on the one above
    lemmas.settle(decision)


class _Lemmas:
    def __init__(
        self, solver: SatSolver, derivation: Derivation, asked: Asked, after: Message
    ) -> None:
        self._solver = solver
        self._derivation = derivation
        self._broken = asked.literal
        self._form = Correspondence(derivation, asked)

    def all_seen(self, implications: Iterable[_Implication]) -> bool:
        """Whether the form alone shows all of them."""
        return all(
            self._form.implication(one, other) is not None
            for one, other in implications
            if one != other
        )

    def settle(self, implications: Iterable[_Implication]) -> None:
        """Derive those that follow."""
        seen: list[tuple[_Implication, int]] = []
        found: list[_Implication] = []
        for one, other in implications:
            if one == other:
                continue
            step = self._form.implication(one, other)
            if step is not None:
                seen.append(((one, other), step))
            elif not self._solver.possible([self._broken, one, -other]):
                found.append((one, other))
        for clause in self._solver.learned():
            self._derivation.learn(clause)
        for one, other in found:
            step = self._derivation.learn((-self._broken, -one, other))
            self._form.add(one, other, step)
            self._solver.state((-self._broken, -one, other))
        for (one, other), step in seen:
            self._derivation.watch(step)
            self._solver.state((-self._broken, -one, other))
