import asyncio

import pytest

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.destination import Destination

ROUTES = (Route("mail.example", 25, "off"),)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def destination(clock: Clock, *, start: int = 2, limit: int = 4) -> Destination:
    return Destination("mail.example", ROUTES, start=start, limit=limit, queue=2, now=clock)


def test_it_grows_by_one_for_a_round_of_messages_and_no_further_than_it_may() -> None:
    one = destination(Clock())
    sizes = []
    for _ in range(12):
        one.answered()
        sizes.append(one.window)
    assert sizes[0] == 2
    assert sizes == sorted(sizes)
    assert sizes[-1] == 4


def test_it_shrinks_when_the_server_asks_for_less_and_rests_when_it_is_away() -> None:
    clock = Clock()
    one = destination(clock, start=4)
    one.asks_for_less()
    assert (one.window, one.rest) == (2, 0)
    rests = []
    for _ in range(9):
        one.failed("no route")
        rests.append(one.rest)
    assert one.window == 1  # one alone finds out whether it is back
    assert rests[:4] == [1, 2, 4, 8]
    assert rests[-1] == 60
    clock.seconds += 60
    assert (one.rest, one.on_trial) == (0, True)
    one.answered()
    assert not one.on_trial
    one.failed("no route")
    assert one.rest == 1


def test_no_more_are_let_in_than_it_bears_and_none_is_forgotten() -> None:
    one = destination(Clock(), start=2, limit=2)
    seen: list[int] = []
    at_once = 0

    async def use(number: int) -> None:
        nonlocal at_once
        async with one.conversation():
            at_once += 1
            assert at_once <= 2
            await asyncio.sleep(0)
            seen.append(number)
            at_once -= 1

    async def run() -> None:
        tasks = [asyncio.create_task(use(number)) for number in range(10)]
        await asyncio.sleep(0)
        assert one.crowded
        tasks[5].cancel()  # whoever leaves the queue takes nobody's place
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    assert seen == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert not one.busy


def test_one_that_is_called_and_cancelled_at_once_passes_its_turn_on() -> None:
    one = destination(Clock(), start=1, limit=1)

    async def use() -> None:
        async with one.conversation():
            pass

    async def run() -> None:
        async with one.conversation():
            waiting = [asyncio.create_task(use()) for _ in range(2)]
            await asyncio.sleep(0)
        waiting[0].cancel()  # its turn has come, and it has not run since
        await asyncio.wait_for(waiting[1], 5)

    asyncio.run(run())
    assert not one.busy


def test_a_session_is_used_again_unless_its_use_failed() -> None:
    one = destination(Clock(), start=1)

    async def run() -> None:
        async with one.conversation() as first:
            pass
        async with one.conversation() as second:
            assert second is first
        with pytest.raises(RuntimeError):
            async with one.conversation():
                raise RuntimeError
        async with one.conversation() as third:
            assert third is not first

    asyncio.run(run())


def test_a_conversation_opened_by_other_routes_is_not_used_again() -> None:
    """What was opened before a promise was known may be in clear."""
    strict = (Route("mail.example", 25, "required"),)

    async def run() -> None:
        one = destination(Clock())
        async with one.conversation() as first:
            pass
        one.lead_by([*ROUTES])
        async with one.conversation() as again:
            assert again is first
            one.lead_by(strict)  # while it is held
        async with one.conversation() as other:
            assert other is not first
            assert other.route in strict
        one.lead_by(ROUTES)  # while nothing is said
        async with one.conversation() as last:
            assert last.route in ROUTES

    asyncio.run(run())
