"""A whole service for tests: real HTTP, a real store, a real SMTP conversation."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import uvicorn
from aiosmtpd.controller import Controller

from pipeline.sender.app import create_app
from pipeline.sender.gate import Classify, Gate
from pipeline.sender.proved import Proved
from pipeline.sender.settings import Settings
from pipeline.sender.starting import first_keys
from policy.loading import load
from policy.rules import Policy
from policy.syntax import Source

POLICY = """
policy "Test Shop"

use fraud, pci_dss, can_spam, gdpr, returns, carts, channels, shop

tag  vip
fact refund_amount: money up to 10_000.00

allow monitored "order mail flows"
  when kind is transactional

allow autonomous "mail to very important people flows unwatched"
  when kind is transactional and tags has vip

allow monitored "newsletters to those who asked for them"
  when kind is marketing and recipient.consent in {explicit, soft}

require gated_send by 2 of returns_team "a large refund needs two people"
  when content.promises_money and refund_amount > 200.00

require "gifts can be recalled"
  when content.subject contains "gift"
  undo within 30 seconds
"""
MAILBOX = {
    "address": "orders@yourstore.example",
    "display_name": "Order Notifications",
    "oversight_mode": "monitored",
    "forward_to": "team@yourstore.example",
}
EMAIL = {
    "from": "orders@yourstore.example",
    "to": "customer@example.org",
    "subject": "Order Confirmed: #1001",
    "text": "Thank you for your order #1001.",
    "tags": ["order-confirmation", "order-1001"],
}
FRAUD = {
    "from": "orders@yourstore.example",
    "to": "customer@example.org",
    "subject": "Re: I did not order this",
    "text": "We looked at the charge you did not recognise.",
    "tags": ["fraud_risk"],
}


@dataclass(frozen=True, slots=True)
class Labels:
    intent: str = "order_status"
    confidence: float = 0.97
    tags: frozenset[str] = frozenset()
    language: str = "en"
    unsure: bool = False


def ordinary(subject: str, text: str, hidden: str, quoted: str) -> Labels:
    return Labels()


def policy(text: str = POLICY) -> Policy:
    loaded = load(Source("test.policy", text))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


@dataclass
class Sink:
    """An SMTP server that keeps what it gets; `hook` may answer in its stead."""

    controller: Any = None
    got: list[tuple[list[str], bytes]] = field(default_factory=list)
    hook: Callable[[str, str], str | None] = lambda phase, argument: None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str,
                          options: list[str]) -> str:  # fmt: skip
        answer = self.hook("rcpt", address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.hook("data", "")
        if answer == "keep and hang up":
            self.got.append((list(envelope.rcpt_tos), envelope.content))
            server.transport.abort()
            return "250 too late"
        if answer:
            return answer
        self.got.append((list(envelope.rcpt_tos), envelope.content))
        return "250 OK"

    @property
    def port(self) -> int:
        port: int = self.controller.port
        return port


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def sink() -> Iterator[Sink]:
    handler = Sink()
    handler.controller = _AnyPort(handler, hostname="127.0.0.1", port=0)
    handler.controller.start()
    try:
        yield handler
    finally:
        handler.controller.stop()


@dataclass
class Running:
    """A service with a client for each of its first keys."""

    url: str
    keys: dict[str, str]
    clients: dict[str, httpx.Client]

    def post(self, path: str, body: Any, by: str = "sending", **more: Any) -> httpx.Response:
        return self.clients[by].post(path, json=body, **more)

    def get(self, path: str, by: str = "sending") -> httpx.Response:
        return self.clients[by].get(path)

    def status(self, identity: str) -> str:
        answer = self.get(f"/v1/emails/{identity}")
        status: str = answer.json()["status"]
        return status

    def until(self, identity: str, *wanted: str, seconds: float = 20) -> str:
        """Wait until a message has one of the states `wanted`."""
        return wait_for(lambda: self.status(identity), lambda status: status in wanted, seconds)


def wait_for(look: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 20) -> Any:
    end = monotonic() + seconds
    while not good(found := look()):
        assert monotonic() < end, f"still {found!r}"
        sleep(0.02)
    return found


@contextmanager
def serving(
    folder: Path,
    smtp_port: int,
    classify: Classify | None = ordinary,
    checked: Policy | None = None,
    mailbox: dict[str, Any] | None = None,
    load: Callable[[], Proved] | None = None,
    store: Path | str | None = None,
    **more: Any,
) -> Iterator[Running]:
    """A service over a store in `folder`, with `mailbox` in it unless there was one.

    `store` names another one; those who share it share `folder`, where its keys are.
    """
    settings = Settings(
        store=store or folder / "gatepost.db", smtp_host="127.0.0.1", smtp_port=smtp_port,
        smtp_tls="off", smtp_connections=4, stop_grace=5, **more,
    )  # fmt: skip
    path = folder / "keys"
    made = first_keys(settings)
    if made:
        path.write_text("\n".join(f"{name} {secret}" for name, secret in made))
    keys = dict(line.split() for line in path.read_text().splitlines())
    app = create_app(settings, Gate(checked or policy(), classify), load=load)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False)
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    wait_for(lambda: server.started or not thread.is_alive(), bool)
    assert server.started
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    clients = {
        name: httpx.Client(base_url=url, headers={"Authorization": f"Bearer {secret}"}, timeout=30)
        for name, secret in keys.items()
    }
    running = Running(url, keys, clients)
    try:
        if made:
            answer = running.post("/v1/mailboxes", mailbox or MAILBOX, by="administration")
            assert answer.status_code == 201, answer.text
        yield running
    finally:
        for client in clients.values():
            client.close()
        server.should_exit = True
        thread.join(15)
        assert not thread.is_alive()
