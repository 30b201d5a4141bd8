"""Each guard of the life-cycle table shown necessary: without it a claim falls."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy.lifecycle import TABLE, Guard, Transition
from proofs.lifecycle.induction import verify_lifecycle

__all__ = ["Mutant", "mutants", "without_guard"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """The table without `guard` in `row`; `fallen` are the claims that no longer hold.

    With nothing fallen the guard is redundant: other rows and guards already see to it that it
    is true. It is listed, not removed: defence in depth made visible.
    """

    row: Transition
    guard: Guard
    fallen: tuple[str, ...]


def mutants() -> Iterator[Mutant]:
    """One mutant for each guard of each row of the table."""
    for row in TABLE:
        for guard in row.guards:
            table = without_guard(row, guard)
            verdicts = verify_lifecycle(table, only=[row.name])
            fallen = tuple(verdict.claim.name for verdict in verdicts if not verdict.proved)
            yield Mutant(row, guard, fallen)


def without_guard(row: Transition, guard: Guard) -> tuple[Transition, ...]:
    """The table with `guard` dropped from `row`."""
    weaker = replace(row, guards=tuple(other for other in row.guards if other is not guard))
    return tuple(weaker if other is row else other for other in TABLE)
