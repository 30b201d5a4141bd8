"""The life-cycle table, its verdicts and its stories in words and pictures."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policy.lifecycle import FINAL, TABLE, State, Step, Transition, initial, inputs_of, step
from proofs.lifecycle.exploration import WORST, Story

if TYPE_CHECKING:  # a picture of the table needs no solver
    from proofs.lifecycle.induction import LifecycleVerdict

__all__ = ["diagram", "explained", "replays", "story_lines", "verdict_json", "verdict_line"]


def verdict_line(verdict: "LifecycleVerdict") -> str:
    """One line: the outcome, the claim, and the rows that break it."""
    outcome = "proved" if verdict.proved else "refuted"
    rows = ", ".join(failure.row or "acceptance" for failure in verdict.failures)
    claim = verdict.claim
    return f"{outcome:8} {claim.name}: {claim.doc}" + (f"  (broken by {rows})" if rows else "")


def verdict_json(verdict: "LifecycleVerdict") -> dict[str, Any]:
    """The verdict as JSON values."""
    claim = verdict.claim
    return {
        "claim": claim.name,
        "kind": claim.kind.value,
        "auxiliary": claim.auxiliary,
        "sentence": claim.doc,
        "proved": verdict.proved,
        "broken_by": [failure.row for failure in verdict.failures],
    }


def story_lines(story: Story) -> Iterator[str]:
    """A story as numbered lines, from acceptance to the broken claim."""
    known = [name for name in ("inbound", "fraud", "erased", "paused") if story.record[name]]
    yield f"1. {story.state.value}" + (f" ({', '.join(known)})" if known else "")
    for number, taken in enumerate(story.steps, 2):
        given = ", ".join(f"{name} is {str(value).lower()}" for name, value in taken.inputs.items())
        yield (
            f"{number}. {taken.row.name} by {taken.actor.value} → {taken.state.value}"
            + (f"  ({given})" if given else "")
        )
    yield f"   now {story.claim} does not hold"


def replays(story: Story) -> bool:
    """Whether `policy.lifecycle.step`, which the store executes, takes every step of the story.

    A story about a table with a guard dropped must not replay: the guard refuses it.
    """
    state, record = story.state, dict(story.record)
    for taken in story.steps:
        event = taken.row.event
        unasked = {name: WORST.get(name, False) for name in inputs_of(event)}
        done = step(event, taken.actor, state, record, {**unasked, **taken.inputs})
        if not isinstance(done, Step) or done.transition.name != taken.row.name:
            return False
        state, record = done.state, dict(done.record)
    return True


def diagram() -> str:
    """The table as a Mermaid state diagram, drawn from the table alone."""
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {initial(inbound=inbound)[0].value}" for inbound in (False, True)]
    arrows: dict[tuple[State, State], list[str]] = {}
    for row in TABLE:
        if row.target is not None:
            for source in sorted(row.sources):
                names = arrows.setdefault((source, row.target), [])
                names.append(row.event.value.replace("_", " "))
    lines += [
        f"    {source.value} --> {target.value}: {', '.join(dict.fromkeys(names))}"
        for (source, target), names in arrows.items()
    ]
    lines += [f"    {state.value} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)


def explained(word: str) -> tuple[str, ...]:
    """What the table says of a state, an event or a row; empty when it is none of these."""
    rows = [
        row
        for row in TABLE
        if word in (row.name, row.event.value, *(state.value for state in row.sources))
    ]
    final = (f"{word} is an end state: no message ever leaves it",) if word in FINAL else ()
    return (*final, *(line for row in rows for line in _row_lines(row)))


def _row_lines(row: Transition) -> Iterator[str]:
    sources = ", ".join(sorted(row.sources)) if len(row.sources) < len(State) else "any state"
    yield f"{row.name}: {row.doc}"
    yield f"    {sources} → {row.target.value if row.target else 'the same state'}"
    yield f"    on {row.event.value} by {', '.join(sorted(row.by))}"
    for guard in row.guards:
        yield f"    only if {guard.name}; else “{guard.otherwise}”"
