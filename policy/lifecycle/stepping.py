"""Taking a step: what an event does to a message, or why it may not happen."""

from collections.abc import Mapping
from dataclasses import dataclass

from policy.lifecycle.record import FIELDS
from policy.lifecycle.row import Transition
from policy.lifecycle.states import Actor, LifecycleEvent, State
from policy.lifecycle.table import TABLE
from policy.terms import FieldKind, Record, inputs_of_terms, value

__all__ = ["Refused", "Step", "initial", "inputs_of", "step"]


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that was taken, with the state and record after it."""

    transition: Transition
    state: State
    record: Record


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that may not happen now; `reasons` are sentences for the person who asked."""

    reasons: tuple[str, ...]


def initial(*, inbound: bool, **known: int | bool) -> tuple[State, dict[str, int | bool]]:
    """State and record of a new message; `known` sets fields such as `fraud` or `policy`."""
    record = {name: spec.initial for name, spec in FIELDS.items()} | {"inbound": inbound} | known
    return (State.RECEIVED if inbound else State.ACCEPTED), record


def step(
    event: LifecycleEvent, actor: Actor, state: State, record: Record, inputs: Record
) -> Step | Refused:
    """What `event` by `actor` does to a message in `state` with `record`.

    Raises KeyError when `inputs` lacks one that a guard or effect of the event reads. At most one
    row of the table applies (a claim that `proofs.lifecycle` proves).
    """
    rows = [row for row in TABLE if row.event is event and state in row.sources]
    if not rows:
        return Refused((f"a message that is {state.value} cannot {_spoken(event)}",))
    rows = [row for row in rows if actor in row.by]
    if not rows:
        return Refused((f"not for {actor.value}: who may {_spoken(event)} is somebody else",))
    refusals: list[tuple[str, ...]] = []
    for row in rows:
        failing = tuple(
            guard.otherwise for guard in row.guards if not value(guard.term, state, record, inputs)
        )
        if not failing:
            changes = {
                name: value(term, state, record, inputs) for name, term in row.effects.items()
            }
            return Step(row, row.target or state, {**record, **changes})
        refusals.append(failing)
    return Refused(min(refusals, key=len))


def inputs_of(event: LifecycleEvent) -> Mapping[str, FieldKind]:
    """The inputs that rows of `event` read, with their kinds."""
    return inputs_of_terms(
        term
        for row in TABLE
        if row.event is event
        for term in (*(guard.term for guard in row.guards), *row.effects.values())
    )


def _spoken(event: LifecycleEvent) -> str:
    return event.value.replace("_", " ")
