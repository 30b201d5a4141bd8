"""The table of a message's life: what each event does, and what no walk through it can reach."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from policy.lifecycle import (
    FIELDS,
    FINAL,
    TABLE,
    Actor,
    LifecycleEvent,
    Refused,
    State,
    Step,
    initial,
    inputs_of,
    step,
)
from policy.lifecycle.invariants import INVARIANTS
from policy.modes import Mode
from policy.terms import FieldKind, Record, value

E = LifecycleEvent
Inputs = dict[str, int | bool]


class Life:
    """A message to which things happen; each must succeed unless `refused` is asked for."""

    def __init__(self, *, inbound: bool = False, **known: int | bool) -> None:
        self.state, self.record = initial(inbound=inbound, **known)

    def _seen(self) -> Inputs:
        return {f"seen_{name}": self.record[name] for name in ("facts", "content", "policy")}

    def _try(self, event: E, actor: Actor, inputs: Mapping[str, int | bool]) -> Step | Refused:
        offered = {
            name: False if kind is FieldKind.BOOL else 1 for name, kind in inputs_of(event).items()
        }
        return step(event, actor, self.state, self.record, {**offered, **self._seen(), **inputs})

    def do(self, event: E, actor: Actor, **inputs: int | bool) -> "Life":
        result = self._try(event, actor, inputs)
        assert isinstance(result, Step), result
        self.state, self.record = result.state, dict(result.record)
        return self

    def refused(self, event: E, actor: Actor, **inputs: int | bool) -> str:
        result = self._try(event, actor, inputs)
        assert isinstance(result, Refused), result
        return "; ".join(result.reasons)

    def decided(self, mode: Mode, approvals_due: int = 1) -> "Life":
        return self.do(E.DECIDE, Actor.SYSTEM, mode=int(mode), approvals_due=approvals_due)

    def sent(self) -> "Life":
        self.do(E.CLAIM, Actor.WORKER, due=True)
        self.do(E.WRITE_DOT, Actor.WORKER, digest_matches=True)
        return self.do(E.CONFIRM, Actor.WORKER)


def test_a_monitored_message_leaves_by_itself() -> None:
    assert Life().decided(Mode.MONITORED).sent().state is State.SENT


def test_a_gated_message_waits_for_a_person() -> None:
    life = Life(fraud=True).decided(Mode.GATED_ALL)
    assert life.state is State.HELD
    assert "cannot claim" in life.refused(E.CLAIM, Actor.WORKER, due=True)
    assert "not for author" in life.refused(E.APPROVE, Actor.AUTHOR)
    assert "of their own" in life.refused(E.APPROVE, Actor.PERSON, is_author=True)
    assert life.do(E.APPROVE, Actor.PERSON).sent().state is State.SENT


def test_two_people_are_two_people() -> None:
    life = Life().decided(Mode.GATED_SEND, approvals_due=2).do(E.APPROVE, Actor.PERSON)
    assert life.state is State.HELD
    assert "already" in life.refused(E.APPROVE, Actor.PERSON, approved_already=True)
    assert life.do(E.APPROVE, Actor.PERSON).state is State.QUEUED


def test_no_decision_frees_what_is_tagged_as_fraud() -> None:
    life = Life(fraud=True)
    reason = life.refused(E.DECIDE, Actor.SYSTEM, mode=int(Mode.MONITORED), approvals_due=1)
    assert "claim that was proved" in reason


@pytest.mark.parametrize("event", [E.CHANGE_FACTS, E.EDIT])
def test_a_change_after_approval_voids_it(event: E) -> None:
    life = Life().decided(Mode.GATED_SEND).do(E.APPROVE, Actor.PERSON).do(event, Actor.AUTHOR)
    assert life.state is State.ACCEPTED
    assert life.decided(Mode.GATED_SEND).state is State.HELD
    assert life.record["approvals"] == 0


def test_a_reload_after_approval_voids_it() -> None:
    life = Life().decided(Mode.GATED_SEND).do(E.APPROVE, Actor.PERSON)
    assert "no valid certificate" in life.refused(E.RELOAD, Actor.SYSTEM)
    life.do(E.RELOAD, Actor.SYSTEM, certified=True)
    assert "changed since the decision" in life.refused(E.CLAIM, Actor.WORKER, due=True)
    assert life.do(E.STALE, Actor.WORKER).state is State.ACCEPTED


def test_other_bytes_are_never_handed_over() -> None:
    life = Life().decided(Mode.MONITORED).do(E.CLAIM, Actor.WORKER, due=True)
    assert "bytes" in life.refused(E.WRITE_DOT, Actor.WORKER, digest_matches=False)
    assert life.do(E.LAPSE, Actor.WORKER).state is State.QUEUED


def test_a_lost_acknowledgement_is_unknown_and_never_silently_repeated() -> None:
    life = Life().decided(Mode.MONITORED).do(E.CLAIM, Actor.WORKER, due=True)
    life.do(E.WRITE_DOT, Actor.WORKER, digest_matches=True)
    assert "may have the message" in life.refused(E.LAPSE, Actor.SYSTEM)
    assert life.do(E.DOUBT, Actor.SYSTEM).state is State.UNKNOWN
    assert "does not retry" in life.refused(E.RESOLVE_RETRY, Actor.SYSTEM)
    life.do(E.RESOLVE_RETRY, Actor.SYSTEM, class_retries=True).sent()
    assert (life.record["handovers"], life.record["retried"]) == (2, 1)


def test_pause_and_erasure_stop_a_running_attempt_before_the_dot() -> None:
    for event in (E.PAUSE, E.ERASE):
        life = Life().decided(Mode.MONITORED).do(E.CLAIM, Actor.WORKER, due=True)
        life.do(event, Actor.PERSON)
        assert life.refused(E.WRITE_DOT, Actor.WORKER, digest_matches=True)


def test_an_erased_person_is_not_written_to() -> None:
    assert Life().decided(Mode.MONITORED).do(E.ERASE, Actor.PERSON).state is State.BLOCKED


def test_inbound_mail_is_held_only_under_gated_all() -> None:
    assert Life(inbound=True).decided(Mode.GATED_SEND).state is State.DELIVERED
    assert Life(inbound=True).decided(Mode.BLOCKED).state is State.QUARANTINED
    held = Life(inbound=True).decided(Mode.GATED_ALL)
    assert held.do(E.APPROVE, Actor.PERSON).state is State.DELIVERED


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_leaves_a_final_state(state: State) -> None:
    assert all(row.target in {None, state} for row in TABLE if state in row.sources)


def test_every_row_reads_and_writes_declared_fields_only() -> None:
    names = [row.name for row in TABLE]
    assert len(set(names)) == len(names)
    for row in TABLE:
        assert set(row.effects) <= set(FIELDS)
        assert row.by


@given(st.data())
def test_a_refusal_always_says_why(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(E))
    state, record = initial(inbound=data.draw(st.booleans()))
    state = data.draw(st.sampled_from([state, *State]))
    inputs = {name: data.draw(_values(kind)) for name, kind in inputs_of(event).items()}
    result = step(event, data.draw(st.sampled_from(Actor)), state, record, inputs)
    assert isinstance(result, Step) or all(result.reasons)


def _values(kind: FieldKind) -> st.SearchStrategy[int | bool]:
    if kind is FieldKind.BOOL:
        return st.booleans()
    return (
        st.sampled_from([int(mode) for mode in Mode])
        if kind is FieldKind.MODE
        else (st.integers(0, 3))
    )


class Walk(RuleBasedStateMachine):
    """Anything may happen, in any order, by anybody: the invariants of the table hold."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.record = initial(inbound=False)

    def _take(self, event: E, actor: Actor, inputs: Mapping[str, int | bool]) -> None:
        result = step(event, actor, self.state, self.record, inputs)
        if isinstance(result, Step):
            self.state, self.record = result.state, dict(result.record)

    @rule(event=st.sampled_from(E), actor=st.sampled_from(Actor), data=st.data())
    def anything(self, event: E, actor: Actor, data: st.DataObject) -> None:
        inputs = {name: data.draw(_values(kind)) for name, kind in inputs_of(event).items()}
        self._take(event, actor, inputs)

    @rule(data=st.data())
    def something_likely(self, data: st.DataObject) -> None:
        """A row of this state that does not end the story, by somebody who may, fully permitted."""
        rows = [
            row
            for row in TABLE
            if self.state in row.sources and (row.target not in FINAL or row.target is State.SENT)
        ]
        row = data.draw(st.sampled_from(rows))
        inputs: Inputs = {}
        for name, kind in inputs_of(row.event).items():
            if name.startswith("seen_"):
                inputs[name] = self.record[name.removeprefix("seen_")]
            elif kind is FieldKind.BOOL:
                inputs[name] = name not in {"is_author", "approved_already"}
            else:
                inputs[name] = data.draw(_values(kind))
        self._take(row.event, data.draw(st.sampled_from(sorted(row.by))), inputs)

    @precondition(lambda self: self.state in FINAL)
    @rule(inbound=st.booleans(), fraud=st.booleans())
    def another_message(self, inbound: bool, fraud: bool) -> None:
        self.state, self.record = initial(inbound=inbound, fraud=fraud)

    @invariant()
    def what_always_holds(self) -> None:
        record: Record = self.record
        for claim in INVARIANTS:
            assert value(claim.term, self.state, record, {}), claim.name


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=200, stateful_step_count=40)
