"""Hand-over to Postfix's smtp-sink, which refuses, hangs up and dies as it is told."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from uuid_utils import uuid7

from pipeline.sender.delivery.connecting import Route, RouteDownError
from pipeline.sender.delivery.routing import Relay
from pipeline.sender.delivery.session import HandedOver
from pipeline.sender.delivery.worker import Worker
from policy.lifecycle import LifecycleEvent
from policy.modes import Mode
from tests.faults.sending import accepting, states
from tests.faults.smtp_sink import SMTP_SINK, Peer, smtp_sink
from tests.needs import needs
from tests.pipeline.sender.delivery.test_session import MIME, claimed, handed
from tests.pipeline.store.support import Session

pytestmark = needs(SMTP_SINK, "smtp-sink: apt-get install postfix, as 'No configuration'")


def result(peer: Peer, *recipients: str) -> HandedOver:
    route = Route("127.0.0.1", peer.port, "off", timeout=2, dot_timeout=2)
    return asyncio.run(handed(claimed(*recipients), route))


@pytest.mark.parametrize(
    ("options", "event", "reply"),
    [
        ("", LifecycleEvent.CONFIRM, "250 2.0.0 Ok"),
        ("-e", LifecycleEvent.CONFIRM, "250 "),  # a server that knows HELO only
        ("-8 -E -N -p", LifecycleEvent.CONFIRM, "250 "),  # one that offers nothing
        ("-w 1", LifecycleEvent.CONFIRM, "250 "),  # a slow one
        ("-r MAIL", LifecycleEvent.DEFER, "450 4.3.0"),
        ("-r RCPT", LifecycleEvent.DEFER, "450 4.3.0"),
        ("-r DATA", LifecycleEvent.DEFER, "450 4.3.0"),
        ("-r .", LifecycleEvent.DEFER, "450 4.3.0"),
        ("-f MAIL", LifecycleEvent.FAIL, "500 5.3.0"),
        ("-f RCPT", LifecycleEvent.FAIL, "500 5.3.0"),
        ("-f .", LifecycleEvent.FAIL, "500 5.3.0"),
        ("-Q MAIL", LifecycleEvent.DEFER, "421"),
        ("-Q .", LifecycleEvent.DEFER, "421"),
        ("-q MAIL", LifecycleEvent.DEFER, ""),
        ("-q RCPT", LifecycleEvent.DEFER, ""),
        ("-q DATA", LifecycleEvent.DEFER, ""),
        ("-q .", LifecycleEvent.DOUBT, ""),
        ("-A 0", LifecycleEvent.FAIL, "550"),  # it says so before the dot, and hangs up
    ],
)
def test_what_it_says_decides(options: str, event: LifecycleEvent, reply: str) -> None:
    with smtp_sink(*options.split()) as peer:
        found = result(peer)
        got = peer.messages()
    assert (found.event, found.reply[: len(reply)]) == (event, reply), found
    if event is LifecycleEvent.CONFIRM:
        assert got == [MIME.replace(b"\r\n", b"\n")]


@pytest.mark.parametrize("options", ["-q CONNECT", "-Q CONNECT", "-f CONNECT", "-q EHLO"])
def test_a_server_that_is_none_costs_no_attempt(options: str) -> None:
    with smtp_sink(*options.split()) as peer, pytest.raises(RouteDownError):
        result(peer)


def test_smtputf8_is_not_offered() -> None:
    with smtp_sink() as peer:
        found = result(peer, "käthe@b.example")
        assert found.event is LifecycleEvent.FAIL
        assert peer.messages() == []


def test_a_mail_server_killed_and_started_again(tmp_path: Path) -> None:
    """What it answered is sent, what it was amid is in doubt, and the rest comes later."""
    conversations = 4

    async def no_house() -> None:
        await asyncio.Event().wait()

    async def until(true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():  # noqa: ASYNC110  # the other process tells nobody
                await asyncio.sleep(0.005)

    async def run(session: Session) -> tuple[list[bytes], list[bytes]]:
        with smtp_sink() as first:
            route = Route("127.0.0.1", first.port, "off", timeout=2, dot_timeout=2)
            worker = Worker(
                session.store, Relay(route, conversations), asyncio.Event(), no_house,
                connections=conversations, keep_trying_hours=48,
            )  # fmt: skip
            worker.start()
            await until(lambda: len(first.messages()) >= 10)
            first.kill()
            before = first.messages()
            with smtp_sink(like=first) as second:
                await until(lambda: len(second.messages()) >= 10)
                await worker.stop(5)
                return before, second.messages()

    with Session(tmp_path / "gatepost.db") as session:
        for _ in range(60):
            key = str(uuid7())
            session.write(accepting(key, session.mailbox_id, session.author.id, Mode.AUTONOMOUS))
        before, after = session.loop.run_until_complete(run(session))
        found = session.read(states)
    arrived = Counter(raw.partition(b"@")[0].rpartition(b"<")[2].decode() for raw in before + after)
    in_doubt = {key for key, state in found.items() if state == "unknown"}
    sent = {key for key, state in found.items() if state == "sent"}
    assert sent <= set(arrived) <= sent | in_doubt  # and what waits did not arrive
    assert "sending" not in found.values()  # the stop cut nothing off
    assert max(arrived.values()) == 1
    assert len(in_doubt) <= conversations
