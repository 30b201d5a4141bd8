"""A person asks what is known of them, and to be forgotten."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.sender.support import EMAIL, Running, Sink, serving

ADA = "ada.lovelace@example.org"
WORDS = (
    "lovelace", "zanzibar", "quagga", "okapi", "narwhal", "axolotl", "pangolin", "wombat", "tapir",
)  # fmt: skip
MESSAGE: dict[str, Any] = {
    **EMAIL,
    "to": f"Lovelace <{ADA}>",
    "subject": "Your zanzibar order",
    "text": "One quagga is on its way.",
    "html": "<p>One okapi is on its way.</p>",
    "tags": ["narwhal"],
    "headers": {"X-Order": "axolotl"},
    "attachments": [
        {
            "filename": "pangolin.txt",
            "content_type": "text/plain",
            "content": base64.b64encode(b"wombat").decode(),
        }
    ],
}
LETTER = (
    f"From: Lovelace <{ADA}>\r\nTo: orders@yourstore.example\r\nSubject: zanzibar\r\n"
    f"Message-ID: <tapir@example.org>\r\n\r\nWhere is my quagga?\r\n"
).encode()


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink) -> Iterator[Running]:
    with serving(tmp_path, smtp.port) as running:
        yield running


def ask(shop: Running, what: str, **more: Any) -> Any:
    answer = shop.post(f"/v1/privacy/{what}", {"address": ADA, **more}, by="administration")
    assert answer.status_code in {200, 201}, answer.text
    return answer


def send(shop: Running, **more: Any) -> str:
    answer = shop.post("/v1/emails", {**MESSAGE, **more})
    assert answer.status_code == 202, answer.text
    identity: str = answer.json()["id"]
    return identity


def receive(shop: Running) -> str:
    answer = shop.clients["administration"].post(
        "/v1/inbound", params={"to": "orders@yourstore.example"}, content=LETTER
    )
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


def note(shop: Running, sent: str, asked: dict[str, str]) -> None:
    """Whatever else may name a person: a contact, a consent asked for, an entry, a tag."""
    box = shop.get("/v1/mailboxes").json()["mailboxes"][0]["id"]
    contact = {"email": ADA, "name": "Lovelace", "tags": ["quagga"]}
    entry = {"pattern": ADA, "note": "wombat"}
    for path, body in (
        ("/v1/contacts", contact),
        ("/v1/consents/requests", asked),
        (f"/v1/mailboxes/{box}/allowlist", entry),
    ):
        assert shop.post(path, body, by="administration").status_code == 201
    tags = f"/v1/mailboxes/{box}/emails/{sent}/tags"
    shop.clients["sending"].put(tags, json={"tags": {"axolotl": "narwhal"}})


def everything_in(folder: Path) -> bytes:
    """All octets of the store, its write-ahead log among them."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("gatepost.db*")))


def test_nothing_of_an_erased_person_is_left_in_the_file(
    shop: Running, tmp_path: Path, smtp: Sink
) -> None:
    sent = send(shop, idempotency_key="lovelace-1")
    shop.until(sent, "sent")
    held = send(shop, tags=["fraud_risk", "narwhal"])
    later = send(shop, send_at="2099-01-01T00:00:00Z")
    received = receive(shop)
    shop.post("/v1/cases", {"address": ADA, "why": "quagga is missing"}, by="oversight")
    talk = {"address": ADA, "channel": "chat", "turn": "wrote"}
    assert shop.post("/v1/channels", talk, by="administration").status_code == 201
    shop.post("/v1/suppression", {"address": ADA}, by="administration")
    ask(shop, "requests", kind="erasure")
    asked = {"address": ADA, "how": "zanzibar", "wording": "okapi"}
    note(shop, sent, asked)
    before = everything_in(tmp_path)
    assert all(word.encode() in before for word in WORDS)

    assert ask(shop, "erase").json() == {"messages_erased": 4}

    after = everything_in(tmp_path)
    assert [word for word in WORDS if word.encode() in after.lower()] == []
    assert shop.status(sent) == "sent"  # what happened stays true
    assert {shop.status(held), shop.status(later)} == {"blocked"}
    assert shop.get(f"/v1/emails/{received}", by="administration").status_code == 200
    assert shop.get("/v1/privacy/requests", by="administration").json() == []
    assert len(smtp.got) == 1


def test_a_file_that_others_got_too_stays(shop: Running) -> None:
    send(shop)
    other = send(shop, to="charles@example.org")
    ask(shop, "erase")
    shop.until(other, "sent")
    found = shop.post("/v1/privacy/export", {"address": "charles@example.org"}, by="administration")
    archive = zipfile.ZipFile(io.BytesIO(found.content))
    assert archive.namelist() == ["data.json", f"messages/{other}.eml"]


def test_an_erased_person_is_never_written_to(shop: Running, smtp: Sink) -> None:
    ask(shop, "erase")
    assert shop.status(send(shop)) == "blocked"
    assert smtp.got == []


def test_an_export_holds_what_is_known_and_the_originals(shop: Running) -> None:
    sent = send(shop)
    shop.until(sent, "sent")
    received = receive(shop)
    archive = zipfile.ZipFile(io.BytesIO(ask(shop, "export").content))
    data = json.loads(archive.read("data.json"))
    assert [one["id"] for one in data["messages"]] == [sent, received]
    assert data["messages"][0]["draft"]["text"] == MESSAGE["text"]
    assert data == ask(shop, "find").json()
    assert archive.read(f"messages/{received}.eml") == LETTER
    assert b"zanzibar" in archive.read(f"messages/{sent}.eml")


def test_what_is_due_first_comes_first(shop: Running) -> None:
    received = "2026-01-31T10:00:00Z"
    for law in ("ccpa", "gdpr", "can_spam"):
        ask(shop, "requests", kind="access", law=law, received_at=received)
    due = shop.get("/v1/privacy/requests", by="administration").json()
    assert [(one["law"], one["due_at"][:10]) for one in due] == [
        ("can_spam", "2026-02-13"), ("gdpr", "2026-02-28"), ("ccpa", "2026-03-17"),
    ]  # fmt: skip
    assert all(one["overdue"] for one in due)
    path = f"/v1/privacy/requests/{due[0]['id']}/close"
    assert shop.post(path, {"outcome": "answered"}, by="administration").status_code == 200
    assert shop.post(path, {"outcome": "answered"}, by="administration").status_code == 404
    assert len(shop.get("/v1/privacy/requests", by="administration").json()) == 2


@pytest.mark.parametrize("what", ["find", "export", "erase"])
def test_only_an_administrator_may(shop: Running, what: str) -> None:
    answer = shop.post(f"/v1/privacy/{what}", {"address": ADA}, by="sending")
    assert answer.status_code == 403
