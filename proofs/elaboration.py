"""From what a SAT solver learned to an LRAT proof, which needs no search to be checked.

Nobody has to trust this file: a mistake here gives a proof that `proofs.lrat` refuses.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from proofs.gates import Clause

__all__ = ["Derivation", "Step"]

Step = tuple[int, Clause, tuple[int, ...]]
"""Number, clause and hints of one step of a proof."""


_SHORT = 8


class Derivation:
    """Steps that derive clauses from `clauses`, which are numbered from 1.

    Hints are found by unit propagation with two watched literals per clause, which keeps the
    reason of each literal. Clauses in a row often share a literal (they speak of one claim): its
    negation is held true from one to the next, so that what follows from it is found once.
    """

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._steps: dict[int, Step] = {}
        self._clauses: list[list[int]] = [[], *map(list, clauses)]
        self._watches: dict[int, list[int]] = {}
        self._reason: dict[int, int] = {}  # true literal: number of the clause that made it so
        self._place: dict[int, int] = {}  # true literal: where on the trail
        self._trail: list[int] = []
        self._settled = 0  # so much of the trail was followed without any assumption
        self._conflict: int | None = None
        self._held: int | None = None
        self._searched: dict[int, int] = {}
        self._fresh: list[int] = []  # clauses that came while a literal was held
        self._unwatched: set[int] = set()
        for number, clause in enumerate(self._clauses[1:], 1):
            for literal in clause[:2]:
                self._watches.setdefault(literal, []).append(number)
        self._settle(n for n, clause in enumerate(self._clauses) if n and len(clause) < 2)

    def learn(self, clause: Clause) -> int:
        """Derive `clause`, keep it and return its number; ValueError if it does not follow."""
        if self._held is None or -self._held not in clause:
            self._release()
            self._hold(clause)
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
        self._undo(mark)
        number = self.take(clause, hints)
        self.watch(number)
        return number

    def take(self, clause: Clause, hints: tuple[int, ...]) -> int:
        """Take `clause` for one that follows by `hints` and return its number.

        Nothing is made to follow from it until it is watched.
        """
        number = len(self._clauses)
        self._clauses.append(list(dict.fromkeys(clause)))
        self._unwatched.add(number)
        self._steps[number] = (number, clause, hints)
        return number

    def proof_of(self, wanted: Iterable[Clause]) -> list[Step]:
        """The steps that derive each of `wanted`; steps on which none of them rests are left out.

        Raises ValueError if a clause does not follow by unit propagation.
        """
        needed: set[int] = set()
        waiting = [self.learn(clause) for clause in wanted]
        while waiting:
            number = waiting.pop()
            if number in self._steps and number not in needed:
                needed.add(number)
                waiting.extend(self._steps[number][2])
        return [self._steps[number] for number in sorted(needed)]

    def _hold(self, clause: Clause) -> None:
        """Take the first open literal of `clause` for false, for this clause and those to come."""
        if self._conflict is not None:
            return
        literal = next((one for one in clause if -one not in self._reason), None)
        if literal is not None and literal not in self._reason:
            self._held = -literal
            self._assign(-literal, 0)
            self._conflict = self._propagate(self._settled)

    def _release(self) -> None:
        """Forget what is held, and see what the clauses that came meanwhile say without it."""
        if self._held is not None:
            self._held = None
            self._undo(self._settled)
            self._conflict = None
            self._settle(self._fresh)
            self._fresh = []

    def _settle(self, numbers: Iterable[int]) -> None:
        """Propagate, without any assumption, from those of the clauses that have one literal."""
        for number in numbers:
            self._take_in(number)
        if self._conflict is None:
            self._conflict = self._propagate(self._settled)
            self._settled = len(self._trail)

    def _take_in(self, number: int) -> None:
        free = [literal for literal in self._clauses[number] if -literal not in self._reason]
        if not free:
            self._conflict = self._conflict or number
        elif len(free) == 1 and free[0] not in self._reason:
            self._assign(free[0], number)

    def _explain(self, conflict: int) -> tuple[int, ...]:
        """The clauses that lead to the conflict, each after those it rests on."""
        needed: dict[int, int] = {}
        literals = [-literal for literal in self._clauses[conflict]]
        seen = set(literals)
        while literals:
            true = literals.pop()
            reason = self._reason.get(true, 0)
            if reason and reason != conflict:
                needed[self._place[true]] = reason
                for literal in self._clauses[reason]:
                    if -literal not in seen and literal != true:
                        seen.add(-literal)
                        literals.append(-literal)
        return (*(needed[place] for place in sorted(needed)), conflict)

    def watch(self, number: int) -> None:
        """Let more follow from the clause with this number, which has been taken."""
        if number not in self._unwatched:
            return
        self._unwatched.remove(number)
        literals = self._clauses[number]
        literals.sort(key=self._least_false)
        for literal in literals[:2]:
            self._watches.setdefault(literal, []).append(number)
        before = len(self._trail)
        self._take_in(number)
        if self._held is not None:
            self._fresh.append(number)
        if self._conflict is None:
            self._conflict = self._propagate(before)
        if self._held is None:
            self._settled = len(self._trail)

    def _least_false(self, literal: int) -> int:
        """Puts the literals to watch first: those open, then those open when nothing is held."""
        place = self._place.get(-literal)
        return 0 if place is None else 1 if place >= self._settled else 2

    def _undo(self, mark: int) -> None:
        for literal in self._trail[mark:]:
            del self._reason[literal], self._place[literal]
        del self._trail[mark:]

    def _assign(self, literal: int, reason: int) -> None:
        self._reason[literal] = reason
        self._place[literal] = len(self._trail)
        self._trail.append(literal)

    def _propagate(self, start: int) -> int | None:
        """Follow every literal on the trail from `start`; the number of a false clause, if any."""
        trail, reasons, clauses, watches = self._trail, self._reason, self._clauses, self._watches
        while start < len(trail):
            false = -trail[start]
            start += 1
            watching = watches.get(false)
            if not watching:
                continue
            kept: list[int] = []
            watches[false] = kept
            for position, number in enumerate(watching):
                clause = clauses[number]
                first = clause[0]
                if first == false and len(clause) > 1:
                    clause[0] = first = clause[1]
                    clause[1] = false
                if first in reasons:
                    kept.append(number)
                    continue
                place = self._open(clause, number)
                if place:
                    clause[1] = clause[place]
                    clause[place] = false
                    watches.setdefault(clause[1], []).append(number)
                    continue
                kept.append(number)
                if -first in reasons:
                    kept.extend(watching[position + 1 :])
                    return number
                self._assign(first, number)
        return None

    def _open(self, clause: list[int], number: int) -> int:
        """Where a literal stands that is not false, apart from the first two; else 0.

        In a long clause the search goes on where it last ended.
        """
        reasons, length = self._reason, len(clause)
        if length <= _SHORT:
            for place in range(2, length):
                if -clause[place] not in reasons:
                    return place
            return 0
        last = self._searched.get(number, 2)
        for place in chain(range(last, length), range(2, last)):
            if -clause[place] not in reasons:
                self._searched[number] = place
                return place
        return 0
