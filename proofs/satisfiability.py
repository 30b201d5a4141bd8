"""Questions about a policy, answered by a SAT solver over `proofs.clauses`."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Protocol

from pysat.solvers import Glucose4

from proofs.clause_questions import Asked
from proofs.gates import Clause
from proofs.questions import Counterexample

__all__ = ["ClauseSource", "SatSolver", "sat_version"]


def sat_version() -> str:
    """The SAT solver's name and version."""
    return f"glucose 4.1 (python-sat {version('python-sat')})"


class ClauseSource(Protocol):
    """Anything that holds a growing list of clauses."""

    @property
    def clauses(self) -> list[Clause]:
        """All clauses so far."""


class SatSolver:
    """Answers the questions of `Clauses`, and records why the answer is no.

    The solver is incremental: what it learns from one question serves the next.
    """

    def __init__(self, clauses: ClauseSource, *, with_proof: bool = False) -> None:
        self.clauses = clauses
        self._solver = Glucose4(with_proof=with_proof)
        self._loaded = 0
        self._told = 0

    def __enter__(self) -> "SatSolver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the solver's memory back."""
        self._solver.delete()

    def possible(self, literals: Iterable[int]) -> bool:
        """Whether all `literals` can be true together."""
        self._load()
        return bool(self._solver.solve(assumptions=list(literals)))

    def forced(self, literals: Iterable[int]) -> frozenset[int]:
        """The literals that follow from `literals` by unit propagation, these included."""
        self._load()
        _, found = self._solver.propagate(assumptions=list(literals))
        return frozenset(found)

    def _load(self) -> None:
        """Take in the clauses that were added since the last question."""
        for clause in self.clauses.clauses[self._loaded :]:
            self._solver.add_clause(clause)
        self._loaded = len(self.clauses.clauses)

    def core(self) -> frozenset[int]:
        """Those literals of the last question, answered with no, that already make it no."""
        return frozenset(self._solver.get_core() or ())

    def true_literals(self) -> frozenset[int]:
        """The positive literals of the last model."""
        return frozenset(literal for literal in self._solver.get_model() or () if literal > 0)

    def find(self, asked: Asked) -> Counterexample | None:
        """A counterexample (for `Sometimes`: an example), or None when there is none."""
        if not self.possible([asked.literal]):
            return None
        true = self.true_literals()
        after = None if asked.after is None else asked.after.facts(true)
        return Counterexample(asked.message.facts(true), after)

    def state(self, clause: Clause) -> None:
        """Let the solver use a clause that it has found to follow."""
        self._solver.add_clause(clause)

    def learned(self) -> list[Clause]:
        """What the solver learned since the last call; each follows by unit propagation."""
        lines = self._solver.get_proof() or []
        fresh, self._told = lines[self._told :], len(lines)
        clauses = (tuple(map(int, line.split()[:-1])) for line in fresh if line[0] != "d")
        return [clause for clause in clauses if clause]
