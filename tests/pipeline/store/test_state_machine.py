"""Random lives of messages: after each step the real store stands where the table says."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.audit import verify
from pipeline.store.execution import RefusedError, Who, current, execute, execute_on_service
from pipeline.store.tables import MESSAGE_FIELDS
from policy.lifecycle import (
    Actor,
    FieldKind,
    LifecycleEvent,
    Refused,
    State,
    Transition,
    initial,
    inputs_of,
    step,
)
from policy.lifecycle_invariants import INVARIANTS
from policy.terms import value
from tests.pipeline.store.support import Session

SERVICE_EVENTS = (LifecycleEvent.RELOAD, LifecycleEvent.PAUSE, LifecycleEvent.RESUME)
MESSAGE_EVENTS = tuple(event for event in LifecycleEvent if event not in SERVICE_EVENTS)


class Lives(RuleBasedStateMachine):
    """One message in the store, the same one in memory, and any event by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.session = Session(Path(self.folder.name) / "gatepost.db").__enter__()

    @initialize(fraud=st.booleans())
    def accept(self, fraud: bool) -> None:
        self.key = self.session.accept(fraud=fraud)
        self.state, self.record = initial(inbound=False, fraud=fraud)
        self.record = dict(self.record)

    def _inputs(self, event: LifecycleEvent, data: st.DataObject) -> dict[str, int | bool]:
        inputs: dict[str, int | bool] = {}
        for name, kind in inputs_of(event).items():
            match kind:
                case FieldKind.BOOL:
                    inputs[name] = data.draw(st.sampled_from([True, True, False]), label=name)
                    if name in ("is_author", "approved_already"):
                        inputs[name] = data.draw(st.sampled_from([False, False, True]), label=name)
                case FieldKind.MODE:
                    inputs[name] = data.draw(st.integers(0, 4), label=name)
                case FieldKind.COUNTER if name.startswith("seen_"):
                    right = self.record[name.removeprefix("seen_")]
                    inputs[name] = data.draw(st.sampled_from([right] * 6 + [right - 1]), label=name)
                case FieldKind.COUNTER:
                    inputs[name] = data.draw(st.integers(0, 2), label=name)
        return inputs

    @rule(event=st.sampled_from(MESSAGE_EVENTS), actor=st.sampled_from(Actor), data=st.data())
    def happens(self, event: LifecycleEvent, actor: Actor, data: st.DataObject) -> None:
        inputs = self._inputs(event, data)
        expected = step(event, actor, self.state, self.record, inputs)
        who = Who(actor, "somebody")
        taken = self.session.write(
            lambda connection: _attempt(connection, self.key, event, who, inputs)
        )
        if isinstance(expected, Refused):
            assert taken == expected.reasons
        else:
            assert taken is expected.transition
            self.state, self.record = expected.state, dict(expected.record)

    @rule(event=st.sampled_from(SERVICE_EVENTS), data=st.data())
    def service(self, event: LifecycleEvent, data: st.DataObject) -> None:
        inputs = self._inputs(event, data)
        expected = step(event, Actor.PERSON, self.state, self.record, inputs)
        who = Who(Actor.PERSON, "somebody")
        try:
            self.session.write(
                lambda connection: execute_on_service(connection, event, who, inputs)
            )
        except RefusedError:
            assert isinstance(expected, Refused)
        else:
            assert not isinstance(expected, Refused)
            self.record = dict(expected.record)

    @rule(state=st.sampled_from(State), name=st.sampled_from(MESSAGE_FIELDS), to=st.integers(0, 4))
    def shell(self, state: State, name: str, to: int) -> None:
        """A hand in the database that names no step changes nothing."""
        if (state is self.state) and self.record[name] == to:
            return
        statement = text(f"UPDATE message SET state = :state, {name} = :to")
        try:
            self.session.write(
                lambda connection: connection.execute(statement, {"state": state.value, "to": to})
            )
        except DBAPIError:
            return
        raise AssertionError("the database let a shell move the message")

    @invariant()
    def the_store_agrees(self) -> None:
        state, record, _ = self.session.read(lambda connection: current(connection, self.key))
        assert state is self.state
        assert record == {name: int(known) for name, known in self.record.items()}

    @invariant()
    def what_is_proved_holds(self) -> None:
        for claim in INVARIANTS:
            assert value(claim.term, self.state, self.record, {}), claim.name

    def teardown(self) -> None:
        assert self.session.read(verify) >= 1
        self.session.__exit__()
        self.folder.cleanup()


def _attempt(
    connection: Connection, key: str, event: LifecycleEvent, who: Who, inputs: dict[str, int | bool]
) -> Transition | tuple[str, ...]:
    try:
        return execute(connection, key, event, who, inputs).transition
    except RefusedError as refusal:
        return refusal.reasons


Lives.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
TestLives = Lives.TestCase
