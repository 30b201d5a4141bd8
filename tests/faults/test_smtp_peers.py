"""Mail servers that are slow, rude, broken or hostile, and what becomes of the mail."""

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import trustme
from sqlalchemy import select

from pipeline.names import Names
from pipeline.sender.delivery.connecting import Route, RouteDownError
from pipeline.sender.delivery.routing import Exchangers, Relay
from pipeline.sender.delivery.session import EndedError, Session, Turned
from pipeline.sender.delivery.worker import Worker
from pipeline.store.execution import now_ms
from pipeline.store.messages import Decided, Envelope, decide
from pipeline.store.tables import message
from policy.lifecycle import LifecycleEvent
from policy.modes import Mode
from tests.faults.sending import states
from tests.pipeline.sender.delivery.test_session import Rude, claimed, handed
from tests.pipeline.sender.support import sink
from tests.pipeline.store.support import Session as StoreSession


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class Wire:
    """A server that speaks in octets: `say` is what it answers to the n-th thing it hears."""

    def __init__(self, *say: bytes, keep: bool = True) -> None:
        self.say = say
        self.keep = keep
        self.heard: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in self.say:
                writer.write(answer)
                await writer.drain()
                self.heard.append(await reader.readline())
            if self.keep:
                await asyncio.sleep(5)
        except ConnectionError:
            pass
        finally:
            writer.close()


def event(server: object, tls: str = "off", **more: object) -> LifecycleEvent:
    async def run() -> LifecycleEvent:
        listening = await asyncio.start_server(server, "127.0.0.1", 0)  # type: ignore[arg-type]  # a handler
        port = listening.sockets[0].getsockname()[1]
        route = Route("localhost", port, tls, timeout=0.5, dot_timeout=0.5, **more)  # type: ignore[arg-type]  # fields of a route
        try:
            return (await handed(claimed(), route)).event
        finally:
            listening.close()

    return asyncio.run(run())


def test_endless_octets_without_a_line_end() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"2" * 65_536)
                await writer.drain()
        except ConnectionError:
            pass

    with pytest.raises(RouteDownError):
        event(endless)


def test_the_next_server_is_asked_when_the_first_says_554() -> None:
    async def run() -> None:
        rude = await asyncio.start_server(Rude(banner="554 not you"), "127.0.0.1", 0)
        kind = await asyncio.start_server(Rude(), "127.0.0.1", 0)
        routes = [
            Route("127.0.0.1", server.sockets[0].getsockname()[1], "off", timeout=1)
            for server in (rude, kind)
        ]
        session = Session(routes)
        await session.open()
        assert session.route == routes[1]
        session.close()
        rude.close()
        kind.close()

    asyncio.run(run())


def test_a_hang_up_on_an_idle_conversation_costs_no_attempt() -> None:
    class Forgetful(Rude):
        hang_up = False

        async def _say(self, phase: str, writer: asyncio.StreamWriter) -> bool:
            if phase == "mail" and self.hang_up:
                type(self).hang_up = False
                return False
            return await super()._say(phase, writer)

    async def run() -> None:
        server = await asyncio.start_server(Forgetful(), "127.0.0.1", 0)
        route = Route("127.0.0.1", server.sockets[0].getsockname()[1], "off", timeout=1)
        session = Session((route,))
        for hang_up in (False, True):
            Forgetful.hang_up = hang_up
            await session.open()
            assert await session.envelope("a@b.example", ["c@d.example"], [], 10) == Turned()
        Forgetful.hang_up = True
        session.close()
        await session.open()
        with pytest.raises(EndedError) as ended:  # on a new one it is the server's answer
            await session.envelope("a@b.example", ["c@d.example"], [], 10)
        assert ended.value.result.event is LifecycleEvent.DEFER
        session.close()
        server.close()

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["another name", "nobody known", "expired", "silence"])
def test_a_broken_encryption_ends_before_anything_is_said(
    authority: trustme.CA, fault: str
) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    leaf = {
        "another name": lambda: authority.issue_cert("other.example"),
        "nobody known": lambda: trustme.CA().issue_cert("localhost"),
        "expired": lambda: authority.issue_cert("localhost", not_before=past, not_after=past),
        "silence": lambda: None,
    }[fault]()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if leaf is not None:
        leaf.configure_cert(server)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        heard.append(await reader.readline())
        writer.write(b"250-hello\r\n250 STARTTLS\r\n")
        heard.append(await reader.readline())
        writer.write(b"220 go on\r\n")
        try:
            if leaf is None:
                await asyncio.sleep(2)
            else:
                await writer.start_tls(server)
                heard.append(await reader.readline())
        except (ssl.SSLError, ConnectionError):
            pass
        finally:
            writer.close()

    for tls in ("required", "opportunistic"):
        heard.clear()
        with pytest.raises(RouteDownError):
            event(talk, tls, tls_context=ours)
        assert [line.split()[0].upper() for line in heard[:2]] == [b"EHLO", b"STARTTLS"]
        assert not any(b"MAIL" in line.upper() for line in heard)


def test_answers_put_in_before_the_encryption_are_not_believed() -> None:
    injected = Wire(
        b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"220 go on\r\n250 AUTH PLAIN\r\n"
    )
    with pytest.raises(RouteDownError):
        event(injected, "required")
    assert not any(line.upper().startswith((b"MAIL", b"AUTH")) for line in injected.heard)


def test_credentials_are_not_said_in_clear_and_a_refusal_stops_the_route() -> None:
    plain = Wire(b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN\r\n", b"250 ok\r\n")
    with pytest.raises(RouteDownError):
        event(plain, "required", username="me", password="secret")
    assert not any(b"AUTH" in line.upper() for line in plain.heard)
    refusing = Wire(b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN\r\n", b"535 5.7.8 no\r\n")
    with pytest.raises(RouteDownError, match="credentials"):
        event(refusing, "off", username="me", password="secret")


class _Places(Names):
    """Each domain has a server on this machine, at an address of its own."""

    def __init__(self, places: dict[str, str]) -> None:
        super().__init__()
        self._places = places

    async def exchangers(self, domain: str) -> list[tuple[int, str]]:
        return [(10, domain)]

    async def addresses(self, host: str) -> list[str]:
        return [self._places[host]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StoreSession]:
    with StoreSession(tmp_path / "gatepost.db") as session:
        yield session


def queue(session: StoreSession, domains: Sequence[str]) -> None:
    for domain in domains:
        to = f"{uuid4()}@{domain}"
        key = session.accept(to=to)
        decided = Decided(
            mode=int(Mode.AUTONOMOUS), approvals_due=1,
            seen={"facts": 1, "content": 1, "policy": 1}, judgement={},
            envelope=Envelope("orders@shop.example", (to,)),
            mime=f"To: {to}\r\n\r\nhello\r\n".encode(),
        )  # fmt: skip
        session.write(lambda connection: decide(connection, key, decided))  # noqa: B023  # run at once


def test_a_domain_that_is_silent_keeps_no_other_waiting(store: StoreSession) -> None:
    good = [f"good{number}.example" for number in range(6)]
    queue(store, ["bad.example"] * 30 + good * 3)
    connected = 0

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connected
        connected += 1
        await reader.read()  # until we hang up
        writer.close()

    async def run(port: int) -> None:
        bad = await asyncio.start_server(silent, "127.0.0.2", port)
        places = {"bad.example": "127.0.0.2", **dict.fromkeys(good, "127.0.0.1")}
        like = Route("", port, "off", timeout=60)  # longer than this test waits
        routing = Exchangers(_Places(places), like, 3, lambda address: True)

        async def no_house() -> None:
            await asyncio.Event().wait()

        worker = Worker(store.store, routing, asyncio.Event(), no_house,
                        connections=6, keep_trying_hours=48)  # fmt: skip
        worker.start()
        async with asyncio.timeout(20):
            while len(smtp.got) < 18:  # noqa: ASYNC110  # the sink is another thread
                await asyncio.sleep(0.01)
        await worker.stop(0.1)
        bad.close()

    with sink() as smtp:
        store.loop.run_until_complete(run(smtp.port))
        found = Counter(store.read(states).values())
    assert found["sent"] == 18
    assert found["sent"] + found["queued"] == 48  # what the stop cut off was given back
    assert connected <= 3  # the others were put off without trying


def test_a_route_that_is_away_loses_nothing_and_counts_nothing(store: StoreSession) -> None:
    queue(store, ["a.example"] * 3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def run() -> None:
        async def no_house() -> None:
            await asyncio.Event().wait()

        relay = Relay(Route("127.0.0.1", port, "off", timeout=1), 2)
        worker = Worker(store.store, relay, asyncio.Event(), no_house,
                        connections=2, keep_trying_hours=48)  # fmt: skip
        worker.start()
        while not relay.rest:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
        await worker.stop(2)

    store.loop.run_until_complete(asyncio.wait_for(run(), 20))
    rows = store.read(
        lambda connection: connection.execute(
            select(message.c.state, message.c.attempts, message.c.not_before)
        ).all()
    )
    assert {(row.state, row.attempts) for row in rows} == {("queued", 0)}
    assert all(row.not_before <= now_ms() for row in rows)
