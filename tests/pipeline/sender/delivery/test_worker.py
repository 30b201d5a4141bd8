"""What becomes of hand-overs that a stop finds under way."""

import asyncio
from pathlib import Path

from uuid_utils import uuid7

from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.routing import Relay
from pipeline.sender.delivery.worker import Worker
from policy.modes import Mode
from tests.faults.sending import accepting, states
from tests.pipeline.store.support import Session


class Slow:
    """Takes one message up to its final dot, and says nothing to the envelope of another.

    It answers the dot once the client has left the other conversation.
    """

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.dots = self.silent = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.startswith(b"MAIL") and self.silent == 0:
                self.silent += 1
                await reader.read()  # until the client leaves
                self.left.set()
                break
            if line.startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                self.dots += 1
                await self.left.wait()
            writer.write(b"250 ok\r\n")
        writer.close()


def test_a_stop_gives_back_what_has_no_dot_and_waits_for_the_answer_of_what_has(
    tmp_path: Path,
) -> None:
    async def no_house() -> None:
        await asyncio.Event().wait()

    async def run(session: Session) -> None:
        slow = Slow()
        listening = await asyncio.start_server(slow, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        route = Route("127.0.0.1", port, "off", timeout=20, dot_timeout=20)
        worker = Worker(session.store, Relay(route, 2), asyncio.Event(), no_house,
                        connections=2, keep_trying_hours=48)  # fmt: skip
        worker.start()
        async with asyncio.timeout(20):
            while not (slow.dots and slow.silent):  # noqa: ASYNC110  # it is another side
                await asyncio.sleep(0.005)
        await worker.stop(0.5)
        listening.close()

    with Session(tmp_path / "gatepost.db") as session:
        for _ in range(2):
            key = str(uuid7())
            session.write(accepting(key, session.mailbox_id, session.author.id, Mode.AUTONOMOUS))
        session.loop.run_until_complete(run(session))
        assert sorted(session.read(states).values()) == ["queued", "sent"]
