"""The life-cycle table explored in plain Python: an opinion without any solver.

Messages are followed from acceptance through every row whose guards hold, breadth first, so the
first broken claim comes with a shortest story. Version numbers only ever meet each other as
earlier or the same; moments that differ in nothing else are one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from policy.lifecycle import FIELDS, FINAL, TABLE, Actor, State, Transition, initial
from policy.lifecycle.invariants import INVARIANTS
from policy.modes import Mode
from policy.terms import FieldKind, Record, inputs_of_terms, value
from proofs.lifecycle.claims import STEP_CLAIMS

__all__ = ["WORST", "Exploration", "Story", "StoryStep", "explore"]

_VERSIONS = {name: (name, *(f"{of}_{name}" for of in ("decided", "approved", "handed")))
             for name in ("facts", "content", "policy")}  # fmt: skip
_MODES = (Mode.MONITORED, Mode.GATED_SEND, Mode.GATED_ALL, Mode.BLOCKED)
_Key = tuple[State, tuple[int | bool, ...]]


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step of a story: the row taken, by whom, with which inputs, and where it led."""

    row: Transition
    actor: Actor
    inputs: Record
    state: State
    record: Record


@dataclass(frozen=True, slots=True)
class Story:
    """A shortest way from acceptance (`state`, `record`) to the breaking of `claim`."""

    claim: str
    state: State
    record: Record
    steps: tuple[StoryStep, ...]


@dataclass(frozen=True, slots=True)
class Exploration:
    """How many different moments were seen, whether that was all, and the first broken claim."""

    moments: int
    complete: bool
    story: Story | None


@dataclass(frozen=True, slots=True)
class _Moment:
    state: State
    record: Record
    before: "_Moment | None" = None
    by: StoryStep | None = None


def explore(
    table: Sequence[Transition] = TABLE,
    *,
    most_moments: int = 5_000,
    claims: frozenset[str] | None = None,
) -> Exploration:
    """Follow every message until a claim breaks, all is seen, or `most_moments` were.

    Only promises are looked at, not the auxiliary invariants; with `claims`, only those named. An
    end state is looked at but not followed: what is known of a message that is gone moves nothing.
    """
    watched, rows = _Watched(claims), [_Row(row) for row in table]
    front = [_Moment(state, record) for state, record in _starts()]
    seen = {_key(moment.state, moment.record) for moment in front}
    for moment in front:
        broken = watched.at(moment.state, moment.record)
        if broken is not None:
            return Exploration(len(seen), complete=False, story=_story(broken, moment))
    while front:
        later: list[_Moment] = []
        for moment in front:
            for step in (step for row in rows for step in row.steps(moment)):
                after = _Moment(step.state, _compressed(step.record), moment, step)
                broken = watched.by(moment, step) or watched.at(step.state, step.record)
                if broken is not None:
                    return Exploration(len(seen), complete=False, story=_story(broken, after))
                key = _key(after.state, after.record)
                if key not in seen:
                    seen.add(key)
                    if after.state not in FINAL:
                        later.append(after)
            if len(seen) > most_moments:
                return Exploration(len(seen), complete=False, story=None)
        front = later
    return Exploration(len(seen), complete=True, story=None)


class _Watched:
    """The claims that are looked at."""

    def __init__(self, names: frozenset[str] | None) -> None:
        self._invariants = [
            claim for claim in INVARIANTS if (claim.claim if names is None else claim.name in names)
        ]
        self._steps = [claim for claim in STEP_CLAIMS if names is None or claim.name in names]

    def at(self, state: State, record: Record) -> str | None:
        """The first invariant that does not hold at a moment."""
        for claim in self._invariants:
            if not value(claim.term, state, record, {}):
                return claim.name
        return None

    def by(self, before: _Moment, step: StoryStep) -> str | None:
        """The first step claim that a step breaks."""
        about = _About(step)
        for claim in self._steps:
            if not value(claim.term, before.state, before.record, about):
                return claim.name
        return None


class _About(Mapping[str, int | bool]):
    """What a step claim reads; an input that the row did not ask for is taken at its worst."""

    def __init__(self, step: StoryStep) -> None:
        self._step = step

    def __getitem__(self, name: str) -> int | bool:
        kind, _, rest = name.partition(".")
        match kind:
            case "now":
                record = self._step.record
                return record.get(rest, rest == self._step.state)
            case "on":
                return rest == self._step.row.event
            case "by":
                return rest == self._step.actor
        return self._step.inputs.get(name, WORST.get(name, False))

    def __iter__(self) -> Iterator[str]:
        return iter(self._step.inputs)

    def __len__(self) -> int:
        return len(self._step.inputs)


WORST: Mapping[str, int | bool] = {  # for every other input it is False
    "is_author": True, "approved_already": True, "seen_facts": -1, "seen_content": -1,
    "seen_policy": -1,
}  # fmt: skip


def _starts() -> Iterator[tuple[State, Record]]:
    for inbound, fraud in product((False, True), repeat=2):
        yield initial(inbound=inbound, fraud=fraud)


class _Row:
    """A row of the table with what its guards and effects read, worked out once."""

    def __init__(self, row: Transition) -> None:
        self.row = row
        guards = [guard.term for guard in row.guards]
        self._kinds = inputs_of_terms((*guards, *row.effects.values()))
        names = list(self._kinds)
        last_read = [
            max((names.index(name) + 1 for name in inputs_of_terms([term])), default=0)
            for term in guards
        ]
        # Guards by how many inputs must be chosen before they can be judged.
        self._judged = [
            [term for term, last in zip(guards, last_read, strict=True) if last == count]
            for count in range(len(names) + 1)
        ]

    def steps(self, moment: _Moment) -> Iterator[StoryStep]:
        """Every way in which the row can be taken now."""
        row, state, record = self.row, moment.state, moment.record
        if state not in row.sources:
            return
        for inputs in self._inputs({}, list(self._kinds), state, record):
            changes = {
                name: value(term, state, record, inputs) for name, term in row.effects.items()
            }
            after = {**record, **changes}
            if _within(after):
                for actor in sorted(row.by):
                    yield StoryStep(row, actor, inputs, row.target or state, after)

    def _inputs(
        self, chosen: Record, rest: Sequence[str], state: State, record: Record
    ) -> Iterator[Record]:
        """Every choice of inputs under which all guards hold."""
        if not all(value(term, state, record, chosen) for term in self._judged[len(chosen)]):
            return
        if not rest:
            yield chosen
            return
        for choice in _choices(rest[0], self._kinds[rest[0]], record):
            yield from self._inputs({**chosen, rest[0]: choice}, rest[1:], state, record)


def _choices(name: str, kind: FieldKind, record: Record) -> tuple[int | bool, ...]:
    match kind:
        case FieldKind.BOOL:
            return False, True
        case FieldKind.MODE:
            return _MODES
        case FieldKind.COUNTER if name.startswith("seen_"):
            now = record[name.removeprefix("seen_")]
            return now, now - 1
        case FieldKind.COUNTER:
            return 1, 2


def _within(record: Record) -> bool:
    """Bounds of the search: more retries or approvals tell nothing new."""
    return record["retried"] <= 1 and record["handovers"] <= 3 and record["approvals"] <= 2


def _compressed(record: Record) -> Record:
    """Version numbers renumbered from 0 without gaps, in their order."""
    changes: dict[str, int | bool] = {}
    for names in _VERSIONS.values():
        ranks = {old: new for new, old in enumerate(sorted({record[name] for name in names}))}
        changes.update({name: ranks[record[name]] for name in names})
    return {**record, **changes}


def _key(state: State, record: Record) -> _Key:
    return state, tuple(record[name] for name in FIELDS)


def _story(claim: str, moment: _Moment) -> Story:
    steps: list[StoryStep] = []
    while moment.before is not None and moment.by is not None:
        steps.append(moment.by)
        moment = moment.before
    return Story(claim, moment.state, moment.record, tuple(reversed(steps)))
