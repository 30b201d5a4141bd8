"""The whole of Gatepost on one inbox: a real service, real HTTP, a real SMTP conversation.

Every message of a folder is handed in as the shop's mail server would, an agent answers each one
through the API, and a mail server on this machine takes what is let go. Nothing leaves the machine.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from aiosmtpd.controller import Controller

from pipeline.sender.app import create_app
from pipeline.sender.gate import Classify, Gate
from pipeline.sender.settings import Settings
from pipeline.sender.starting import first_keys
from policy.rules import Policy

__all__ = ["Answered", "DemonstrationError", "MailServer", "demonstrate"]

SUPPORT = "support@cornershop.example"
_MAILBOX = {
    "address": SUPPORT,
    "display_name": "Corner Shop",
    "oversight_mode": "autonomous",
    "purpose": "support",
    "oversight_address": "oversight@cornershop.example",
}
_ANSWER = (
    "Thank you for writing to us. We have read your message and looked into it; "
    "you will find the state of your order in your account.\n\nYour Corner Shop\n"
)
_UNDER_WAY = ("accepted", "queued", "sending", "deferred")
_PATIENCE = 60.0


class DemonstrationError(Exception):
    """The demonstration could not run to its end; says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A message, what was read of it, and what became of an agent's answer to it."""

    name: str
    subject: str
    intent: str
    confidence: float
    tags: tuple[str, ...]
    mode: str
    rule: str
    rule_at: str
    status: str
    waits_for: str


@dataclass(slots=True)
class MailServer:
    """A mail server on this machine that keeps what it is handed."""

    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Take a message."""
        self.received.append(envelope.content)
        return "250 taken"


def demonstrate(
    inbox: Sequence[Path], policy: Policy, classify: Classify, folder: Path, server: MailServer
) -> Iterator[Answered]:
    """Answer every message of `inbox` under `policy`, which must be proved; yields in its order.

    `folder` holds the store for the time of the demonstration. Raises DemonstrationError.
    """
    with _mail_server(server) as port, _service(policy, classify, folder, port) as clients:
        _checked(clients["administration"].post("/v1/mailboxes", json=_MAILBOX))
        asked = [(path, *_answer(clients, path.read_bytes())) for path in inbox]
        until = time.monotonic() + _PATIENCE
        for path, received, answer in asked:
            yield _row(clients["sending"], path, received, answer, until)


def _answer(clients: dict[str, httpx.Client], raw: bytes) -> tuple[dict[str, Any], str]:
    """Hand in one message and an agent's answer to it: what was read, and the answer's id."""
    posted = clients["administration"].post("/v1/inbound", params={"to": SUPPORT}, content=raw)
    identity = _checked(posted)["id"]
    received = _checked(clients["sending"].get(f"/v1/emails/{identity}"))
    writer = received["decision"]["facts"].get("recipient.address") or "nobody@example.org"
    reply = {
        "from": SUPPORT,
        "to": writer,
        "subject": f"Re: {received['subject'] or 'your message'}"[:200],
        "text": _ANSWER,
        "in_reply_to": received["message_id"],
    }
    return received, _checked(clients["sending"].post("/v1/emails", json=reply))["id"]


def _row(
    client: httpx.Client, path: Path, received: dict[str, Any], identity: str, until: float
) -> Answered:
    answer = _checked(client.get(f"/v1/emails/{identity}"))
    while answer["status"] in _UNDER_WAY:
        if time.monotonic() > until:
            raise DemonstrationError(
                f"the answer to {path.name} is still {answer['status']}: {answer['last_reply']}"
            )
        time.sleep(0.1)
        answer = _checked(client.get(f"/v1/emails/{identity}"))
    read = received["decision"]["facts"]
    reason = answer["reasons"][0] if answer["reasons"] else {}
    return Answered(
        name=path.name,
        subject=received["subject"] or "",
        intent=read.get("intent", "not known"),
        confidence=read.get("confidence", 0) / 10_000,
        tags=tuple(received["tags"]),
        mode=answer["mode"],
        rule=reason.get("title", ""),
        rule_at=reason.get("source", ""),
        status=answer["status"],
        waits_for=answer["team"] or "",
    )


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code >= 400:
        raise DemonstrationError(f"{answer.request.url.path}: {answer.text}")
    body: dict[str, Any] = answer.json()
    return body


@contextmanager
def _mail_server(handler: MailServer) -> Iterator[int]:
    port = _free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def _service(
    policy: Policy, classify: Classify, folder: Path, smtp_port: int
) -> Iterator[dict[str, httpx.Client]]:
    """The service, serving; a client for each of its first keys, by the key's name."""
    settings = Settings(
        store=folder / "gatepost.db", smtp_host="127.0.0.1", smtp_port=smtp_port, smtp_tls="off",
        stop_grace=5,
    )  # fmt: skip
    keys = first_keys(settings)
    port = _free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(settings, Gate(policy, classify)), host="127.0.0.1", port=port,
            log_level="error", access_log=False,
        )
    )  # fmt: skip
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise DemonstrationError("the service did not start")
        time.sleep(0.02)
    clients = {
        name: httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=30,
        )
        for name, secret in keys
    }
    try:
        yield clients
    finally:
        for client in clients.values():
            client.close()
        server.should_exit = True
        thread.join(15)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
