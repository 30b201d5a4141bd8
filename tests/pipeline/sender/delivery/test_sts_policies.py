"""Policies of MTA-STS: fetched once, kept as long as they bind, and from the right place only."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpcore
import pytest
import trustme

from pipeline.mail.mta_sts import StsPolicy
from pipeline.names import Names, NamesUnavailableError
from pipeline.sender.delivery.sts_policies import CannotFetchError, StsPolicies, fetch_policy
from pipeline.store.database import Store
from pipeline.store.writer import StoreUnavailableError
from pipeline.webhooks.target import VettedNetwork

FILE = "version: STSv1\nmode: {}\nmx: mail.shop.example\nmax_age: 1000\n"


class World(Names):
    """The DNS and the web of one domain, and a clock."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        self.id = "1"
        self.file = FILE.format("enforce")
        self.dns_is_up = self.web_is_up = True
        self.fetched = 0
        self.seconds = 1_000_000.0
        self.start()

    def start(self) -> None:
        """As a process that knows nothing yet."""
        self.policies = StsPolicies(self, self.fetch, self.store, lambda: self.seconds)

    async def texts(self, name: str) -> list[str]:
        assert name in ("_mta-sts.shop.example", "_mta-sts.xn--bcher-kva.example")
        if not self.dns_is_up:
            raise NamesUnavailableError("nobody answers")
        return [f"v=STSv1; id={self.id};"] if self.id else []

    async def fetch(self, domain: str) -> str:
        self.fetched += 1
        await asyncio.sleep(0)
        if not self.web_is_up:
            raise CannotFetchError("nobody answers")
        return self.file

    def asked(self, times: int = 1, domain: str = "shop.example") -> list[StsPolicy | None]:
        async def run() -> list[StsPolicy | None]:
            return list(await asyncio.gather(*(self.policies.of(domain) for _ in range(times))))

        return asyncio.run(run())

    def modes(self) -> set[str | None]:
        return {one.mode if one else None for one in self.asked()}


@pytest.fixture
def world() -> World:
    return World()


def test_many_who_ask_at_once_fetch_once(world: World) -> None:
    assert {one and one.mode for one in world.asked(20)} == {"enforce"}
    assert world.fetched == 1


def test_a_domain_without_a_record_promises_nothing(world: World) -> None:
    world.id = ""
    assert world.modes() == {None}
    assert world.fetched == 0


def test_another_id_has_it_fetched_again(world: World) -> None:
    world.modes()
    world.file = FILE.format("testing")
    assert world.modes() == {"enforce"}
    world.id = "2"
    assert world.modes() == {"testing"}
    assert world.fetched == 2


@pytest.mark.parametrize("gone", ["record", "dns", "web", "file"])
def test_a_promise_binds_until_it_is_over_whatever_vanishes(world: World, gone: str) -> None:
    world.modes()
    world.id = "" if gone == "record" else "2"
    world.dns_is_up = gone != "dns"
    world.web_is_up = gone != "web"
    if gone == "file":
        world.file = "404"
    world.seconds += 999
    assert world.modes() == {"enforce"}
    world.seconds += 2
    assert world.modes() == {None}


def test_a_file_that_cannot_be_had_is_tried_again_later_and_not_at_each_message(
    world: World,
) -> None:
    world.web_is_up = False
    assert world.modes() == world.modes() == {None}
    assert world.fetched == 1
    world.web_is_up = True
    world.seconds += 301
    assert world.modes() == {"enforce"}


def test_it_is_renewed_before_it_is_over(world: World) -> None:
    world.modes()
    world.seconds += 501
    world.modes()
    assert world.fetched == 2
    world.seconds += 501  # the first would be over
    world.dns_is_up = False
    assert world.modes() == {"enforce"}


def test_a_domain_in_another_script_is_asked_in_ascii(world: World) -> None:
    assert [one and one.mode for one in world.asked(domain="Bücher.example")] == ["enforce"]


def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.sender.delivery.sts_policies._MOST_DOMAINS", 2)

    async def texts(name: str) -> list[str]:
        return ["v=STSv1; id=1;"]

    monkeypatch.setattr(world, "texts", texts)
    for number in range(5):
        world.asked(domain=f"shop{number}.example")
    assert len(world.policies._known) == 2


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[World]:
    """The same with a store."""
    store = Store(tmp_path / "gatepost.db")
    yield World(store)
    store.close()


@pytest.mark.parametrize("gone", ["record", "dns", "web"])
def test_no_start_forgets_a_promise(kept: World, gone: str) -> None:
    kept.modes()
    kept.id = "" if gone == "record" else "2"
    kept.dns_is_up = gone != "dns"
    kept.web_is_up = gone != "web"
    kept.start()
    assert kept.modes() == {"enforce"}
    kept.seconds += 999
    kept.start()
    assert kept.modes() == {"enforce"}
    kept.seconds += 2
    assert kept.modes() == {None}


def test_what_is_kept_is_not_fetched_again_before_its_time(kept: World) -> None:
    kept.modes()
    kept.start()
    assert kept.modes() == {"enforce"}
    assert kept.fetched == 1
    kept.seconds += 501
    kept.modes()
    assert kept.fetched == 2


def test_what_one_process_fetched_binds_those_that_cannot(kept: World) -> None:
    kept.web_is_up = False
    assert kept.modes() == {None}
    one, kept.web_is_up = kept.policies, True
    kept.start()
    assert kept.modes() == {"enforce"}
    kept.web_is_up, kept.policies = False, one
    kept.seconds += 301
    assert kept.modes() == {"enforce"}


def test_the_last_one_fetched_is_kept(kept: World) -> None:
    kept.modes()
    kept.id, kept.file = "2", FILE.format("testing")
    kept.modes()
    kept.start()
    assert kept.modes() == {"testing"}
    assert kept.fetched == 2


def test_what_may_be_promised_is_not_gone_without(
    kept: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(work: object) -> None:
        raise StoreUnavailableError("the disk is gone")

    kept.modes()
    kept.start()
    assert kept.store is not None
    monkeypatch.setattr(kept.store, "read", broken)
    with pytest.raises(StoreUnavailableError):
        kept.modes()
    monkeypatch.undo()
    kept.id = "2"
    monkeypatch.setattr(kept.store, "write", broken)
    assert kept.modes() == {"enforce"}  # it binds, though it is not kept


class Local(httpcore.AnyIOBackend):
    """Every host is this machine, at that port."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,  # noqa: ASYNC109  # of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        assert (host, port) == ("mta-sts.shop.example", 443)
        return await super().connect_tcp("127.0.0.1", self.port, timeout, local_address)


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"


def fetched(answer: bytes, name: str = "mta-sts.shop.example") -> str:
    authority = trustme.CA()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(theirs)
    ours = ssl.create_default_context()
    authority.configure_trust(ours)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert asked.startswith(b"GET /.well-known/mta-sts.txt ")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def run() -> str:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=theirs)
        try:
            port = server.sockets[0].getsockname()[1]
            return await fetch_policy("shop.example", Local(port), ours)
        finally:
            server.close()

    return asyncio.run(run())


def test_the_file_is_fetched_over_https() -> None:
    assert fetched(PLAIN + b"Content-Length: 14\r\n\r\nversion: STSv1") == "version: STSv1"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: https://e.example/\r\nContent-Length: 0\r\n\r\n", "301"),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n", "text/plain"),
        (PLAIN + b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000, "more than"),
        (PLAIN + b"Content-Length: 100\r\n\r\nversion", "Protocol"),
        (b"rubbish\r\n\r\n", "Protocol"),
    ],
)  # fmt: skip
def test_what_is_no_answer(answer: bytes, why: str) -> None:
    with pytest.raises(CannotFetchError, match=why):
        fetched(answer)


def test_a_certificate_of_another_name_is_no_proof() -> None:
    with pytest.raises(CannotFetchError, match="certificate"):
        fetched(PLAIN + b"Content-Length: 14\r\n\r\nversion: STSv1", name="shop.example")


def test_a_domain_that_leads_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def inside(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("127.0.0.1", 443))]

    async def run() -> str:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", inside)
        return await fetch_policy("shop.example", VettedNetwork(local=False))

    with pytest.raises(CannotFetchError, match="public Internet"):
        asyncio.run(run())
