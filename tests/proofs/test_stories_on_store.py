"""Counterexamples about a weakened life-cycle table, replayed on the real store with SQLite."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from pipeline.store.execution import RefusedError, Who, current, execute, execute_on_service
from policy.lifecycle import LifecycleEvent, Refused, State, inputs_of, step
from proofs.lifecycle.exploration import WORST, explore
from proofs.lifecycle.mutation import without_guard
from tests.pipeline.store.support import Session
from tests.proofs.test_lifecycle import row_named

SERVICE_EVENTS = (LifecycleEvent.RELOAD, LifecycleEvent.PAUSE, LifecycleEvent.RESUME)


@pytest.mark.parametrize(
    ("row", "guard", "claim"),
    [
        ("claim", "decision_current", "decided_by_the_policy_in_force"),
        ("claim", "not_paused", "pause_is_honoured"),
        ("write_dot", "bytes_match", "handed_over_as_decided"),
        ("write_dot", "as_claimed", "fraud_waits_for_a_person"),
        ("write_dot", "dot_not_written", "one_handover_per_attempt"),
        ("approve", "not_the_author", "approver_is_a_person_and_not_the_author"),
        ("lapse", "dot_not_written", "no_answer_is_no_refusal"),
        ("reload", "certified", "only_a_certified_policy"),
    ],
)
def test_the_store_takes_the_story_until_the_dropped_guard_refuses_it(
    row: str, guard: str, claim: str, tmp_path: Path
) -> None:
    found = row_named(row)
    dropped = next(one for one in found.guards if one.name == guard)
    story = explore(without_guard(found, dropped), claims=frozenset({claim})).story
    assert story is not None
    assert not story.record["inbound"]
    state, record = story.state, dict(story.record)
    refused: tuple[str, ...] = ()
    with Session(tmp_path / "gatepost.db") as session:
        key = session.accept(fraud=bool(record["fraud"]))
        for taken in story.steps:
            assert not refused, "the story goes on after the step that the guard refuses"
            event, who = taken.row.event, Who(taken.actor, "somebody")
            unasked = {name: WORST.get(name, False) for name in inputs_of(event)}
            inputs = {**unasked, **taken.inputs}
            try:
                session.write(partial(_happen, key=key, event=event, who=who, inputs=inputs))
            except RefusedError as error:
                refused = error.reasons
            expected = step(event, taken.actor, state, record, inputs)
            if isinstance(expected, Refused):
                assert refused == expected.reasons
            else:
                state, record = expected.state, dict(expected.record)
            stands, stored, _ = session.read(partial(current, key=key))
            assert stands is state
            assert stored == {name: int(known) for name, known in record.items()}
    assert refused == (dropped.otherwise,)
    assert state is not State.SENT


def _happen(
    connection: Connection,
    key: str,
    event: LifecycleEvent,
    who: Who,
    inputs: Mapping[str, int | bool],
) -> None:
    if event in SERVICE_EVENTS:
        execute_on_service(connection, event, who, inputs)
    else:
        execute(connection, key, event, who, inputs)
