"""Random lives of messages: after each step the real store stands where the table says.

Several actors use one store at once, here and in another process; transactions break off before
they commit, connections are cut, the store is closed and opened again.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from pipeline.store.audit import verify
from pipeline.store.database import Store
from pipeline.store.execution import RefusedError, Who, current, execute, execute_on_service
from pipeline.store.tables import MESSAGE_FIELDS, SERVICE_FIELDS, service
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import (
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
from policy.terms import FieldKind, value
from tests.pipeline.store.postgres import Server
from tests.pipeline.store.support import Session

SERVICE_EVENTS = (LifecycleEvent.RELOAD, LifecycleEvent.PAUSE, LifecycleEvent.RESUME)
MESSAGE_EVENTS = tuple(event for event in LifecycleEvent if event not in SERVICE_EVENTS)
Inputs = dict[str, int | bool]
Event = tuple[LifecycleEvent, Actor, Inputs]
Taken = str | tuple[str, ...]


class _PowerCutError(Exception):
    """The work was done and is not committed."""


class Lives(RuleBasedStateMachine):
    """One message in the store, the same one in memory, and any event by anybody."""

    session: ClassVar[Session]
    other: ClassVar[Store]
    """The same store: opened once more where the database allows it."""
    cut: ClassVar[Callable[[], None]]
    """Cuts every connection to the database, or opens the store anew."""

    @initialize(fraud=st.booleans())
    def accept(self, fraud: bool) -> None:
        self.key = self.session.accept(fraud=fraud)
        in_force = self.session.read(
            lambda connection: (
                connection.execute(select(*(service.c[name] for name in SERVICE_FIELDS)))
                .mappings()
                .one()
            )
        )
        self.state, record = initial(inbound=False, fraud=fraud, **in_force)
        self.record = dict(record)

    def _inputs(self, event: LifecycleEvent, data: st.DataObject) -> Inputs:
        inputs: Inputs = {}
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

    def _after(self, *events: Event) -> tuple[list[Taken], State, Inputs]:
        """What the table says of these events, one after the other."""
        state, record, taken = self.state, self.record, list[Taken]()
        for event, actor, inputs in events:
            outcome = step(event, actor, state, record, inputs)
            if isinstance(outcome, Refused):
                taken.append(outcome.reasons)
            else:
                taken.append(outcome.transition.name)
                state, record = outcome.state, dict(outcome.record)
        return taken, state, record

    @rule(event=st.sampled_from(MESSAGE_EVENTS), actor=st.sampled_from(Actor), data=st.data())
    def happens(self, event: LifecycleEvent, actor: Actor, data: st.DataObject) -> None:
        asked = (event, actor, self._inputs(event, data))
        taken, self.state, self.record = self._after(asked)
        assert self.session.write(_work(self.key, asked)) == taken[0]

    @rule(data=st.data())
    def two_at_once(self, data: st.DataObject) -> None:
        """As if one had come after the other, in either order, and nothing in between."""
        possible = [
            (row.event, actor)
            for row in TABLE
            if row.event in MESSAGE_EVENTS and self.state in row.sources
            for actor in sorted(row.by)
        ]
        event, actor = data.draw(st.sampled_from(possible), label="one")
        one = (event, actor, self._inputs(event, data))
        event, actor = data.draw(st.sampled_from(possible), label="two")
        two = (event, actor, self._inputs(event, data))

        meeting = threading.Barrier(2)

        def meet_and(asked: Event) -> Callable[[Connection], Taken]:
            """The work, once the other has begun, too, if the store lets it."""

            def work(connection: Connection) -> Taken:
                with suppress(threading.BrokenBarrierError):
                    meeting.wait(0.02)
                return _work(self.key, asked)(connection)

            return work

        async def both() -> list[Taken]:
            return await asyncio.gather(
                self.session.store.write(meet_and(one)), self.other.write(meet_and(two))
            )

        found = self.session.loop.run_until_complete(both())
        state, record, _ = self.session.read(lambda connection: current(connection, self.key))
        taken, after_state, after_record = self._after(one, two)
        if (found, state, record) != (taken, after_state, after_record):
            taken, after_state, after_record = self._after(two, one)
            assert (found[::-1], state, record) == (taken, after_state, after_record)
        self.state, self.record = after_state, after_record

    @rule(event=st.sampled_from(MESSAGE_EVENTS), actor=st.sampled_from(Actor), data=st.data())
    def breaks_off(self, event: LifecycleEvent, actor: Actor, data: st.DataObject) -> None:
        work = _work(self.key, (event, actor, self._inputs(event, data)))

        def broken_off(connection: Connection) -> None:
            work(connection)
            raise _PowerCutError

        with pytest.raises(_PowerCutError):
            self.session.write(broken_off)

    @rule(event=st.sampled_from(MESSAGE_EVENTS), actor=st.sampled_from(Actor), data=st.data())
    def connections_are_cut(self, event: LifecycleEvent, actor: Actor, data: st.DataObject) -> None:
        """Whoever is not answered looks where the message stands, and goes on from there."""
        type(self).cut()
        asked = (event, actor, self._inputs(event, data))
        taken, state, record = self._after(asked)
        try:
            assert self.session.write(_work(self.key, asked)) == taken[0]
        except StoreUnavailableError:
            self._connect_again()
            found, fields, _ = self.session.read(lambda connection: current(connection, self.key))
            if (found, fields) != (state, record):
                return  # it did not happen at all, or the invariant below tells
        self._connect_again()
        self.state, self.record = state, record

    def _connect_again(self) -> None:
        for store in (self.session.store, self.other):
            with suppress(StoreUnavailableError):
                self.session.loop.run_until_complete(store.write(lambda connection: None))

    @rule(event=st.sampled_from(SERVICE_EVENTS), data=st.data())
    def of_the_service(self, event: LifecycleEvent, data: st.DataObject) -> None:
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
            assert isinstance(expected, Step)
            self.record = dict(expected.record)

    @rule(state=st.sampled_from(State), name=st.sampled_from(MESSAGE_FIELDS), to=st.integers(0, 4))
    def shell(self, state: State, name: str, to: int) -> None:
        """A hand in the database that names no step changes nothing."""
        if (state is self.state) and self.record[name] == to:
            return
        statement = text(f"UPDATE message SET state = :state, {name} = :to WHERE id = :key")
        values = {"state": state.value, "to": to, "key": self.key}
        with pytest.raises(DBAPIError):
            self.session.write(lambda connection: connection.execute(statement, values))

    @invariant()
    def the_store_agrees(self) -> None:
        state, record, _ = self.session.read(lambda connection: current(connection, self.key))
        assert state is self.state
        assert record == {name: int(known) for name, known in self.record.items()}

    @invariant()
    def what_is_proved_holds(self) -> None:
        for claim in INVARIANTS:
            assert value(claim.term, self.state, self.record, {}), claim.name


def _work(key: str, asked: Event) -> Callable[[Connection], Taken]:
    event, actor, inputs = asked

    def work(connection: Connection) -> Taken:
        try:
            return execute(connection, key, event, Who(actor, "somebody"), inputs).transition.name
        except RefusedError as refusal:
            return refusal.reasons

    return work


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[type[Lives]]:
    """The machine over a store that all its runs share."""

    class Machine(Lives):
        pass

    if request.param == "sqlite":
        with Session(tmp_path / "gatepost.db") as session:

            def open_anew() -> None:
                session.store.close()
                session.store = Machine.other = Store(session.location)

            Machine.session, Machine.other, Machine.cut = session, session.store, open_anew
            yield Machine
        return
    server: Server = request.getfixturevalue("postgres")
    location = server.new_database()
    name = location.partition("@/")[2].partition("?")[0]

    def cut() -> None:
        server.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )

    with Session(location) as session:
        other = Store(location)
        try:
            Machine.session, Machine.other, Machine.cut = session, other, cut
            yield Machine
        finally:
            other.close()


def test_every_life_is_one_of_the_table(machine: type[Lives]) -> None:
    few = settings(
        max_examples=25, stateful_step_count=20, deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=few)
    with suppress(StoreUnavailableError):  # if its connection was cut last
        machine.session.write(lambda connection: None)
    assert machine.session.read(verify) > 25
