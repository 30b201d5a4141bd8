"""Two processes on one store that get the same message at the same moment."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy.exc import IntegrityError

from pipeline.inbound.keeping import Received
from pipeline.sender.gate import Gate
from pipeline.sender.receiving import Receiving
from pipeline.sender.settings import Settings
from pipeline.store.execution import SYSTEM
from tests.pipeline.sender.support import policy


class SlowStore:
    """Loses the race for the message once, and then finds it."""

    def __init__(self) -> None:
        self.tries = 0

    async def write(self, work: Any) -> Received:
        self.tries += 1
        if self.tries == 1:
            raise IntegrityError("INSERT", {}, Exception("duplicate key"))
        return Received("taken by the other", repeated=True)


async def test_the_one_that_is_second_finds_the_message_of_the_first() -> None:
    store = SlowStore()
    acceptance = SimpleNamespace(gate=Gate(policy(), None))
    receiving = Receiving(store, acceptance, Settings())  # type: ignore[arg-type]  # stand-ins
    raw = b"From: ada@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nhello\r\n"
    received = await receiving.receive(raw, "support@yourstore.example", SYSTEM, "listener")
    assert received == Received("taken by the other", repeated=True)
    assert store.tries == 2
