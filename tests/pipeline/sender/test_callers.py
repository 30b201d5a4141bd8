"""The limit of a key, where one process or several let its requests through."""

import asyncio

import pytest

from pipeline.sender.callers import Callers, note
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM
from pipeline.store.keys import create_key
from tests.pipeline.store.postgres import Server, postgres

__all__ = ["postgres"]
PER_MINUTE = 60
MINUTES = 10


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def flood(processes: int, *, told: bool) -> int:
    """How many of 20 requests a second to each process pass in ten minutes."""
    clock = Clock()
    callers = [Callers(PER_MINUTE, clock) for _ in range(processes)]
    total = passed = 0
    for one in callers:
        one.heard({}, {"key": 0})
    for second in range(MINUTES * 60):
        clock.now = float(second)
        for one in callers:
            passed += sum(not one.admit("key") for _ in range(20))
        for one in callers if told else ():
            own = one.uses()
            total += own.get("key", (0, 0))[0]
            one.heard(own, {"key": total})
    return passed


def test_several_processes_together_let_through_what_one_would() -> None:
    alone = flood(1, told=True)
    assert alone == pytest.approx(PER_MINUTE * (MINUTES + 1), abs=1)
    assert flood(3, told=False) == pytest.approx(3 * alone, abs=3)
    # What comes in the same second at all of them is the most that passes beyond.
    assert flood(3, told=True) <= alone + 3 * 20


def test_what_others_did_before_this_process_started_is_past() -> None:
    callers = Callers(PER_MINUTE, Clock())
    callers.heard({}, {"key": 1_000_000})
    assert callers.admit("key") == 0
    callers.heard({}, {"key": 1_000_000 + 2 * PER_MINUTE, "new": 2 * PER_MINUTE})
    assert (callers.admit("key") > 0, callers.admit("new") > 0) == (True, True)


@pytest.mark.postgres
def test_processes_hear_of_each_other_through_the_store(postgres: Server) -> None:
    asyncio.run(hear_of_each_other(postgres.new_database()))


async def hear_of_each_other(location: str) -> None:
    stores = [Store(location), Store(location)]
    one, other = Callers(PER_MINUTE, Clock()), Callers(PER_MINUTE, Clock())
    try:
        key, _ = await stores[0].write(
            lambda connection: create_key(connection, name="a", scopes=["send"], who=SYSTEM)
        )
        await note(stores[0], one)
        await note(stores[1], other)
        assert not any(one.admit(key.id) for _ in range(PER_MINUTE))
        assert one.admit(key.id) > 0
        await note(stores[0], one)
        await note(stores[1], other)
        assert other.admit(key.id) > 0
        await note(stores[0], one)  # its own requests are not counted against it again
        assert other.admit(key.id) == one.admit(key.id)
    finally:
        for store in stores:
            store.close()
