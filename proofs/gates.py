"""Clauses in numbered variables, and gates over them; nothing here knows of policies.

A literal is a nonzero int, negative for "not", as in DIMACS. Variable 1 is always true. The same
gate over the same literals is made once, so what two messages share is stated once.
"""

from collections.abc import Iterable

__all__ = ["FALSE", "TRUE", "Clause", "Gates"]

Clause = tuple[int, ...]

TRUE, FALSE = 1, -1


class Gates:
    """A growing list of clauses; numbering depends only on the order of the calls."""

    def __init__(self) -> None:
        self.clauses: list[Clause] = [(TRUE,)]
        self.variables = 1
        self._made: dict[Clause, int] = {}
        self._inputs: dict[int, tuple[Clause, int]] = {}

    def new(self) -> int:
        """A variable of its own."""
        self.variables += 1
        return self.variables

    def add(self, *clause: int) -> None:
        """At least one of the literals is true."""
        self.clauses.append(clause)

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that is true exactly if all `literals` are."""
        inputs = set(literals)
        inputs.discard(TRUE)
        if len(inputs) <= 1:
            return inputs.pop() if inputs else TRUE
        key = tuple(sorted(inputs))
        gate = self._made.get(key)
        if gate is None:
            gate = self._made[key] = self._gate(key, inputs)
        return gate

    def _gate(self, key: Clause, inputs: set[int]) -> int:
        opposite = [-literal for literal in key]
        if FALSE in inputs or not inputs.isdisjoint(opposite):
            return FALSE
        gate = self.new()
        self._inputs[gate] = key, len(self.clauses) + 1
        self.clauses.extend([(-gate, literal) for literal in key])
        self.clauses.append((gate, *opposite))
        return gate

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that is true exactly if one of `literals` is."""
        return -self.all_of([-literal for literal in literals])

    def inputs(self, variable: int) -> tuple[Clause, int] | None:
        """What `variable` is all of, and the number of its first clause; None if it is no gate.

        Counted from 1, the clauses say that it implies the first input, the second, and so on, and
        the last that all inputs imply it.
        """
        return self._inputs.get(variable)

    def made(self, literals: Iterable[int]) -> int | None:
        """The variable that is all of `literals`, if there is one."""
        return self._made.get(tuple(sorted(set(literals))))
