"""Induction over the life-cycle table: every claim, for any number of steps.

Five kinds of claims: an *invariant* is true of every new message and kept by every row; a *step
claim* is kept by every row; *one row applies* says that the table is a function of the event and
its inputs; *no dead end* that the service alone can always bring a message to an end; *rows
matter* that each row can happen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import z3

from policy.lifecycle import FIELDS, FINAL, TABLE, Actor, LifecycleEvent, State, Transition, initial
from policy.lifecycle.invariants import INVARIANTS
from policy.terms import FieldKind, inputs_of_terms
from proofs.lifecycle.claims import STEP_CLAIMS
from proofs.lifecycle.transitions import (
    Formula,
    Inputs,
    Snapshot,
    after_row,
    enabled,
    formula,
    inputs_for,
)
from proofs.solver import SolverGaveUpError

__all__ = ["Failure", "Kind", "LifecycleClaim", "LifecycleVerdict", "claims", "verify_lifecycle"]

_KNOWN_AT_START = ("fraud", "erased", "paused", "policy")
_SERVICE = frozenset({Actor.WORKER, Actor.SYSTEM})


class Kind(StrEnum):
    """What a claim about the life of a message says."""

    INVARIANT = "invariant"
    STEP = "step"
    ONE_ROW = "one row applies"
    NO_DEAD_END = "no dead end"
    ROW_MATTERS = "row can happen"


@dataclass(frozen=True, slots=True)
class LifecycleClaim:
    """A claim by name; `auxiliary` marks an invariant that only carries the induction."""

    kind: Kind
    name: str
    doc: str
    auxiliary: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A step, named by its row (None: acceptance), after which a claim does not hold.

    `state` and `record` are before the step. They keep all invariants but need not be reachable;
    `proofs.lifecycle.exploration` looks for a path.
    """

    row: str | None
    state: State
    record: Mapping[str, int | bool]
    inputs: Mapping[str, int | bool]


@dataclass(frozen=True, slots=True)
class LifecycleVerdict:
    """A claim with the steps that break it; proved if there are none."""

    claim: LifecycleClaim
    failures: tuple[Failure, ...]

    @property
    def proved(self) -> bool:
        """Whether no step breaks the claim."""
        return not self.failures


def claims() -> tuple[LifecycleClaim, ...]:
    """All claims about the life of a message, in the order of the verdicts."""
    return (
        *(LifecycleClaim(Kind.INVARIANT, i.name, i.doc, not i.claim) for i in INVARIANTS),
        *(LifecycleClaim(Kind.STEP, step.name, step.doc) for step in STEP_CLAIMS),
        LifecycleClaim(Kind.ONE_ROW, "one_row_applies", "an event has one outcome"),
        LifecycleClaim(
            Kind.NO_DEAD_END,
            "no_dead_end",
            "the service alone can bring every accepted message to an end",
        ),
        LifecycleClaim(Kind.ROW_MATTERS, "every_row_can_happen", "no row is written in vain"),
    )


def verify_lifecycle(
    table: Sequence[Transition] = TABLE, only: Iterable[str] | None = None
) -> tuple[LifecycleVerdict, ...]:
    """Settle every claim about `table`.

    With `only`, the names of rows, just the steps by these rows are looked at: enough when the
    other rows are known to keep the claims. Raises SolverGaveUpError.
    """
    chosen = None if only is None else frozenset(only)
    proof = _Induction(table)
    found: dict[str, list[Failure]] = {claim.name: [] for claim in claims()}
    for name, failure in proof.failures(chosen):
        found[name].append(failure)
    return tuple(LifecycleVerdict(claim, tuple(found[claim.name])) for claim in claims())


class _Induction:
    """One solver that holds a message of which all invariants are true."""

    def __init__(self, table: Sequence[Transition]) -> None:
        self._table = table
        self._before = Snapshot.named("before")
        self._solver = z3.Solver()
        self._solver.add(*self._before.ranges())

    def failures(self, only: frozenset[str] | None) -> Iterator[tuple[str, Failure]]:
        if only is None:
            yield from self._at_acceptance()
        self._solver.add(*(formula(claim.term, self._before, {}) for claim in INVARIANTS))
        rows = [row for row in self._table if only is None or row.name in only]
        for row in rows:
            yield from self._by(row)
        yield from self._two_rows({row.name for row in rows})
        if only is None:
            yield from self._dead_ends()

    def _at_acceptance(self) -> Iterator[tuple[str, Failure]]:
        fixed = []
        for inbound in (False, True):
            state, record = initial(inbound=inbound)
            free = [name for name in FIELDS if name not in _KNOWN_AT_START]
            same = [self._before.record[name] == record[name] for name in free]
            fixed.append(z3.And(self._before.is_in(state), *same))
        start = z3.And(z3.Or(fixed), self._before.record["policy"] >= 1)
        for claim in INVARIANTS:
            broken = z3.Not(formula(claim.term, self._before, {}))
            yield from self._ask(claim.name, None, {}, [start, broken])

    def _by(self, row: Transition) -> Iterator[tuple[str, Failure]]:
        inputs, ranges = inputs_for(row)
        after = after_row(row, self._before, inputs)
        self._solver.push()
        self._solver.add(*ranges, enabled(row, self._before, inputs))
        if not self._possible([]):
            nowhere = Failure(row.name, State.ACCEPTED, {}, {})
            yield "every_row_can_happen", nowhere
        about, more = _about_step(row, after, inputs)
        self._solver.add(*more)
        kept = [(i.name, formula(i.term, after, {})) for i in INVARIANTS]
        kept += [(s.name, formula(s.term, self._before, about)) for s in STEP_CLAIMS]
        broken = z3.Or([z3.Not(term) for _, term in kept])
        if self._possible([broken]):  # one question for the many rows that keep all claims
            for name, term in kept:
                yield from self._ask(name, row.name, about, [z3.Not(term)])
        self._solver.pop()

    def _two_rows(self, names: set[str]) -> Iterator[tuple[str, Failure]]:
        for one, other in combinations(self._table, 2):
            same = one.event is other.event and one.sources & other.sources and one.by & other.by
            if not same or not {one.name, other.name} & names:
                continue
            first, ranges = inputs_for(one)
            second, more = inputs_for(other)
            both = [enabled(one, self._before, first), enabled(other, self._before, second)]
            name = f"{one.name} and {other.name}"
            yield from self._ask(
                "one_row_applies", name, {**first, **second}, [*ranges, *more, *both]
            )

    def _dead_ends(self) -> Iterator[tuple[str, Failure]]:
        """States are taken up as ending while the service has a row to one that is."""
        ending = set(FINAL)
        while True:
            more = {
                state for state in State
                if state not in ending and not self._possible([self._stuck(state, ending)])
            }  # fmt: skip
            if not more:
                break
            ending |= more
        for state in State:
            if state not in ending:
                stuck = [self._stuck(state, ending)]
                yield from self._ask("no_dead_end", None, {}, stuck)

    def _stuck(self, state: State, ending: set[State]) -> Formula:
        """In `state`, and none of the service's rows leads to `ending`, whatever the inputs."""
        ways = []
        for row in self._table:
            if state in row.sources and row.target in ending and _by_itself(row):
                inputs, ranges = inputs_for(row, row.name)
                way = z3.And(*ranges, enabled(row, self._before, inputs))
                ways.append(z3.Exists(list(inputs.values()), way) if inputs else way)
        return z3.And(self._before.is_in(state), z3.Not(z3.Or(ways)))

    def _ask(
        self, name: str, row: str | None, inputs: Inputs, terms: Iterable[Formula]
    ) -> Iterator[tuple[str, Failure]]:
        self._solver.push()
        self._solver.add(*terms)
        if self._possible([]):
            model = self._solver.model()
            state, record = self._before.read(model)
            shown = {
                key: _plain(model.eval(term, model_completion=True))
                for key, term in inputs.items()
                if "." not in key
            }
            yield name, Failure(row, state, record, shown)
        self._solver.pop()

    def _possible(self, terms: list[Formula]) -> bool:
        answer = self._solver.check(*terms)
        if answer == z3.unknown:
            raise SolverGaveUpError(self._solver.reason_unknown())
        return bool(answer == z3.sat)


def _by_itself(row: Transition) -> bool:
    """Whether the service takes `row` unasked; it erases nobody of its own accord."""
    return bool(row.by & _SERVICE) and row.event is not LifecycleEvent.ERASE


def _about_step(row: Transition, after: Snapshot, inputs: Inputs) -> tuple[Inputs, list[Formula]]:
    """What a step claim may read, as inputs; inputs that the row does not read are free."""
    about: dict[str, Formula] = {
        **{f"now.{name}": term for name, term in after.record.items()},
        **{f"now.{state}": after.is_in(state) for state in State},
        **{f"on.{event}": z3.BoolVal(event is row.event) for event in LifecycleEvent},
        **{f"by.{actor}": z3.Bool(f"by.{actor}") for actor in Actor},
        **inputs,
    }
    for step in STEP_CLAIMS:
        for name, kind in inputs_of_terms([step.term]).items():
            if name not in about:
                about[name] = (z3.Bool if kind is FieldKind.BOOL else z3.Int)(f"input.{name}")
    actors = [about[f"by.{actor}"] for actor in Actor]
    one = z3.PbEq([(term, 1) for term in actors], 1)
    return about, [one, z3.Or([about[f"by.{actor}"] for actor in row.by])]


def _plain(value: Formula) -> int | bool:
    return bool(z3.is_true(value)) if z3.is_bool(value) else int(value.as_long())
