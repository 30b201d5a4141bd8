"""From what a SAT solver learned to an LRAT proof, which needs no search to be checked.

Nobody has to trust this file: a mistake here gives a proof that `proofs.lrat` refuses.
"""

from collections.abc import Iterable, Sequence

from proofs.gates import Clause

__all__ = ["Step", "elaborate"]

Step = tuple[int, Clause, tuple[int, ...]]
"""Number, clause and hints of one step of a proof."""


def elaborate(
    clauses: Sequence[Clause], learned: Iterable[Clause], wanted: Iterable[Clause]
) -> list[Step]:
    """Steps that derive each of `wanted` from `clauses`, by way of what was `learned`.

    `clauses` are numbered from 1. Learned clauses that no wanted one rests on are left out.
    Raises ValueError if a clause does not follow by unit propagation.
    """
    known = _Propagation(clauses)
    for clause in learned:
        known.learn(clause)
    goals = [known.learn(clause) for clause in wanted]
    needed: set[int] = set()
    waiting = list(goals)
    while waiting:
        number = waiting.pop()
        if number > len(clauses) and number not in needed:
            needed.add(number)
            waiting.extend(known.steps[number][2])
    return [known.steps[number] for number in sorted(needed)]


class _Propagation:
    """Unit propagation with two watched literals per clause, and the reason of each literal."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self.steps: dict[int, Step] = {}
        self._clauses: list[list[int]] = [[]]
        self._watches: dict[int, list[int]] = {}
        self._reason: dict[int, int] = {}  # true literal: number of the clause that made it so
        self._trail: list[int] = []
        self._settled = 0  # so much of the trail was followed without any assumption
        self._conflict: int | None = None
        for clause in clauses:
            self._attach(clause)
        self._settle()

    def learn(self, clause: Clause) -> int:
        """Derive `clause`, keep it and return its number; ValueError if it does not follow."""
        conflict, mark = self._conflict, len(self._trail)
        if conflict is None:
            for literal in clause:
                if literal in self._reason:  # already true: its reasons imply the clause
                    conflict = self._reason[literal]
                    break
                if -literal not in self._reason:
                    self._assign(-literal, 0)
            if conflict is None:
                conflict = self._propagate(mark)
        if conflict is None:
            raise ValueError(f"{clause} does not follow by unit propagation")
        hints = self._explain(conflict)
        for literal in self._trail[mark:]:
            del self._reason[literal]
        del self._trail[mark:]
        number = self._attach(clause)
        self.steps[number] = (number, clause, hints)
        self._settle()
        return number

    def _explain(self, conflict: int) -> tuple[int, ...]:
        """The clauses that lead to the conflict, each after those it rests on."""
        needed: set[int] = {conflict}
        literals = [-literal for literal in self._clauses[conflict]]
        seen = set(literals)
        while literals:
            reason = self._reason.get(literals.pop(), 0)
            if reason and reason not in needed:
                needed.add(reason)
                for literal in self._clauses[reason]:
                    if -literal not in seen:
                        seen.add(-literal)
                        literals.append(-literal)
        ordered = [self._reason[literal] for literal in self._trail]
        return (*(n for n in ordered if n in needed and n != conflict), conflict)

    def _attach(self, clause: Clause) -> int:
        number = len(self._clauses)
        # The two watched literals stand first; not-false ones are preferred.
        literals = sorted(dict.fromkeys(clause), key=lambda literal: -literal in self._reason)
        self._clauses.append(literals)
        for literal in literals[:2]:
            self._watches.setdefault(literal, []).append(number)
        free = [literal for literal in literals if -literal not in self._reason]
        if not free:
            self._conflict = self._conflict or number
        elif len(free) == 1 and free[0] not in self._reason:
            self._assign(free[0], number)
        return number

    def _settle(self) -> None:
        """Propagate what is true without any assumption."""
        if self._conflict is None:
            self._conflict = self._propagate(self._settled)
            self._settled = len(self._trail)

    def _assign(self, literal: int, reason: int) -> None:
        self._reason[literal] = reason
        self._trail.append(literal)

    def _propagate(self, start: int) -> int | None:
        """Follow every literal on the trail from `start`; the number of a false clause, if any."""
        while start < len(self._trail):
            false = -self._trail[start]
            start += 1
            watching = self._watches.get(false, [])
            kept: list[int] = []
            for position, number in enumerate(watching):
                clause = self._clauses[number]
                if clause[0] == false and len(clause) > 1:
                    clause[0], clause[1] = clause[1], clause[0]
                first = clause[0]
                if first in self._reason:
                    kept.append(number)
                    continue
                for place in range(2, len(clause)):
                    if -clause[place] not in self._reason:
                        clause[1], clause[place] = clause[place], clause[1]
                        self._watches.setdefault(clause[1], []).append(number)
                        break
                else:
                    kept.append(number)
                    if -first in self._reason:
                        kept.extend(watching[position + 1 :])
                        self._watches[false] = kept
                        return number
                    self._assign(first, number)
            self._watches[false] = kept
        return None
