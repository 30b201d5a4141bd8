"""What one process does to the store, the others see as done at one moment."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from pipeline.store.database import CannotOpenError, Store
from tests.pipeline.store.postgres import Server
from tests.pipeline.store.support import Session

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("later", ["write", "write_beside"])
def test_nobody_else_writes_meanwhile(postgres_pair: tuple[Session, Session], later: str) -> None:
    one, other = postgres_pair
    begun, go_on, done = threading.Event(), threading.Event(), []

    def first(_: Connection) -> None:
        begun.set()
        go_on.wait(10)
        done.append("first")

    async def both() -> None:
        writing = asyncio.create_task(one.store.write(first))
        await asyncio.to_thread(begun.wait, 10)
        waiting = asyncio.create_task(getattr(other.store, later)(lambda _: done.append("later")))
        await asyncio.sleep(0.1)
        assert not done
        go_on.set()
        await asyncio.gather(writing, waiting)

    one.loop.run_until_complete(both())
    assert done == ["first", "later"]


def test_delivery_goes_on_beside_delivery(postgres_pair: tuple[Session, Session]) -> None:
    one, other = postgres_pair
    with one.holding(lambda connection: None):
        assert other.write_beside(lambda connection: "done") == "done"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda url: url.replace("?host=", "?host=/nowhere"), "cannot be opened"),
        (lambda url: url.replace("@/", "@/none_"), "cannot be opened"),
        (lambda url: "postgresql://host:port/name", "cannot be read"),
    ],
)
def test_a_database_that_is_not_there_is_told_without_its_password(
    postgres: Server, change: Callable[[str], str], complaint: str
) -> None:
    url = change(postgres.new_database()).replace("gatepost@", "gatepost:secret@")
    with pytest.raises(CannotOpenError, match=complaint) as refused:
        Store(url)
    assert "secret" not in str(refused.value)
