"""kill -9 while mail comes in: what was acknowledged is kept, what is handed in again is one."""

import imaplib
import os
import random
import signal
import smtplib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import Connection, select

from pipeline.inbound.imap import ImapAccount
from pipeline.store import audit
from pipeline.store.database import read_store
from pipeline.store.tables import mailbox, message
from tests.faults.processes import processes
from tests.faults.receiving import fetch, listen
from tests.needs import needs
from tests.pipeline.inbound.dovecot import DOVECOT, Server, dovecot
from tests.pipeline.store.postgres import Server as Database
from tests.pipeline.store.postgres import postgres
from tests.pipeline.store.support import Session

__all__ = ["postgres"]

KILLS = int(os.environ.get("GATEPOST_FAULT_KILLS", "15")) // 5
RAW = (
    "From: ada@example.org\r\nTo: {to}\r\nSubject: order {number}\r\n"
    "Message-ID: <{number}@example.org>\r\n\r\nWhere is order {number}?\r\n"
)


def shop(location: Path | str) -> str:
    """A store with a mailbox; returns its address."""
    with Session(location) as session:
        return session.read(
            lambda connection: next(iter(connection.execute(select(mailbox.c.address)))).address
        )


def kept(connection: Connection) -> Counter[str]:
    """How often each message is in the store, by what stands before the @ of its Message-ID."""
    found = connection.execute(select(message.c.message_id).where(message.c.inbound == 1))
    return Counter(row.message_id[1:].partition("@")[0] for row in found)


class Peer:
    """A mail server that hands messages in, each again until it is acknowledged."""

    def __init__(self, protocol: str, port: int, to: str) -> None:
        self.acknowledged: set[str] = set()
        self.stopping = False
        self._client = {"lmtp": smtplib.LMTP, "smtp": smtplib.SMTP}[protocol]
        self._port = port
        self._to = to
        self._numbers = count()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(4)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no more, and have what was begun acknowledged."""
        self.stopping = True
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _run(self) -> None:
        while not self.stopping:
            number = str(next(self._numbers))
            while number not in self.acknowledged:
                self._hand_in(number)

    def _hand_in(self, number: str) -> None:
        try:
            with self._client("127.0.0.1", self._port, timeout=10) as client:
                client.sendmail(
                    "ada@example.org", [self._to], RAW.format(to=self._to, number=number)
                )
        except (OSError, smtplib.SMTPException):
            sleep(0.01)
        else:
            self.acknowledged.add(number)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def acknowledged_more_than(peer: Peer, before: int) -> None:
    while len(peer.acknowledged) <= before:
        sleep(0.01)


@pytest.mark.parametrize(
    ("protocol", "database"),
    [("lmtp", "sqlite"), pytest.param("smtp", "postgresql", marks=pytest.mark.postgres)],
)
@pytest.mark.timeout(120 if KILLS < 20 else 14_400)
def test_killed_while_mail_comes_in(
    request: pytest.FixtureRequest, tmp_path: Path, protocol: str, database: str
) -> None:
    location: Path | str = tmp_path / "gatepost.db"
    if database == "postgresql":
        server: Database = request.getfixturevalue("postgres")
        location = server.new_database()
    port, chance = free_port(), random.Random(KILLS)
    peer = Peer(protocol, port, shop(location))
    peer.start()
    for kill in range(KILLS + 1):
        process = processes.Process(target=listen, args=(location, protocol, port))
        process.start()
        acknowledged_more_than(peer, len(peer.acknowledged))
        if kill < KILLS:
            sleep(chance.uniform(0, 0.2))
        else:
            peer.stop()
        process.kill()
        process.join()
    times = read_store(location, kept)
    assert set(times) >= peer.acknowledged, "a message was acknowledged and is lost"
    assert set(times.values()) == {1}, "a message was kept twice"
    assert read_store(location, audit.verify) > len(times)
    print(f"\n{KILLS} kills while mail came in over {protocol}: {len(times)} kept, 0 lost, 0 twice")


@pytest.fixture(scope="module")
def imap() -> Iterator[Server]:
    with dovecot() as server:
        yield server


@needs(DOVECOT, "Dovecot: apt-get install dovecot-imapd")
@pytest.mark.parametrize("then", ["keep", "Taken"])
def test_killed_between_keeping_a_message_and_marking_it(
    imap: Server, tmp_path: Path, then: str
) -> None:
    location = tmp_path / "gatepost.db"
    to = shop(location)
    person = imaplib.IMAP4("127.0.0.1", imap.port)
    person.login("support", "secret")
    person.create("Taken")
    numbers = [f"{then}-{number}" for number in range(4)]
    for number in numbers:
        person.append("INBOX", "", "", RAW.format(to=to, number=number).encode())
    account = ImapAccount(
        "127.0.0.1", "support", to, port=imap.port, tls="off", then=then, password="secret"
    )
    ends = []
    for before_death in (0, 1, None):  # the second gets to one that the first has not seen
        process = processes.Process(target=fetch, args=(location, account, before_death))
        process.start()
        process.join(30)
        ends.append(process.exitcode)
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert read_store(location, kept) == Counter(numbers)
    person.select("INBOX")
    unmarked = person.search(None, "UNKEYWORD", "GatepostTaken")[1][0]
    person.logout()
    assert unmarked == b"", "a message would be fetched for ever"
