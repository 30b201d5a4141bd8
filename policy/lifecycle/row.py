"""A row of the table, and its conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policy.lifecycle.states import Actor, LifecycleEvent, State
from policy.terms import Term

__all__ = ["Guard", "Transition"]


@dataclass(frozen=True, slots=True)
class Guard:
    """A named condition of a transition; `otherwise` tells a person why it was refused."""

    name: str
    term: Term
    otherwise: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in a state of `sources`, `event` by an actor of `by` leads to `target`.

    `target` None leaves the state as it is. `effects` assign terms, all read before any is
    written.
    """

    name: str
    event: LifecycleEvent
    sources: frozenset[State]
    target: State | None
    by: frozenset[Actor]
    guards: tuple[Guard, ...] = ()
    effects: Mapping[str, Term] = field(default_factory=dict)
    doc: str = ""
