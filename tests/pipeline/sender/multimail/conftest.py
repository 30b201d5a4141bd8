from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from multimail import MultiMail

from tests.pipeline.sender.support import (
    MAILBOX,
    POLICY,
    Running,
    Sink,
    ordinary,
    policy,
    serving,
    sink,
)

ANSWERS = """
on receive require gated_all "a letter from a lawyer is read by people first"
  when content.text contains "LAWYER"
"""
LETTER = b"""From: Ada <ada@example.org>\r
To: orders@yourstore.example\r
Subject: %(subject)s\r
Message-ID: <%(name)s@example.org>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
%(text)s\r
--b\r
Content-Type: text/csv\r
Content-Disposition: attachment; filename="list of things.csv"\r
\r
a,b\r
--b--\r
"""


@dataclass
class Shop:
    """A service with a client of the published package for each of its keys."""

    running: Running
    smtp: Sink
    mailbox: str
    admin: MultiMail
    agent: MultiMail
    overseer: MultiMail

    def arrive(self, name: str, subject: str = "My order", text: str = "Where is it?") -> str:
        raw = LETTER % {
            b"name": name.encode(),
            b"subject": subject.encode(),
            b"text": text.encode(),
        }
        answer = self.running.clients["administration"].post(
            "/v1/inbound", params={"to": MAILBOX["address"]}, content=raw
        )
        assert answer.status_code == 201, answer.text
        identity: str = answer.json()["id"]
        return identity

    def path(self, rest: str) -> str:
        return f"/v1/mailboxes/{self.mailbox}/{rest}"

    def send(self, **more: object) -> httpx.Response:
        body = {"to": ["customer@example.org"], "subject": "Hello", "markdown": "Hello **you**."}
        return self.running.post(self.path("send"), {**body, **more})


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    rules = policy(POLICY + ANSWERS)
    with sink() as smtp, serving(folder, smtp.port, ordinary, rules) as running:
        clients = {
            name: MultiMail(secret, base_url=running.url + "/")
            for name, secret in running.keys.items()
        }
        (box,) = clients["sending"].list_mailboxes()
        yield Shop(
            running, smtp, box["id"], clients["administration"], clients["sending"],
            clients["oversight"],
        )  # fmt: skip
        for client in clients.values():
            client.close()
