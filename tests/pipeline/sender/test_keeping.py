"""The hourly round forgets what is too old, in the running store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from pipeline.sender.keeping import keep_no_longer
from pipeline.store.execution import execute
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import message
from policy.lifecycle import LifecycleEvent
from tests.pipeline.store.support import ADMIN, Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session(tmp_path / "gatepost.db") as opened:
        yield opened


@pytest.mark.parametrize(("days", "erased"), [(30, 1), (None, 0)])
def test_content_is_kept_as_long_as_the_setting_says(
    session: Session, days: int | None, erased: int
) -> None:
    keys = [session.accept() for _ in range(2)]
    for key in keys:
        session.write(lambda one, key=key: execute(one, key, LifecycleEvent.CANCEL, ADMIN))
    session.write(lambda one: one.execute(update(message).values(changed_at=0)))
    rounds: list[int] = []

    async def one_round() -> None:
        task = asyncio.create_task(keep_no_longer(session.store, days))
        while not task.done() and len(rounds) < 500:
            rounds.append(await session.store.read(_erased))
            if rounds[-1] == len(keys) * erased and len(rounds) > 20:
                break
            await asyncio.sleep(0.005)
        task.cancel()

    session.loop.run_until_complete(one_round())
    assert rounds[-1] == len(keys) * erased
    draft = session.read(lambda one: find_message(one, keys[0]))["draft"]
    assert (draft == {}) is bool(erased)


def _erased(connection: Connection) -> int:
    rows = connection.execute(message.select().where(message.c.erased == 1)).all()
    return len(rows)
