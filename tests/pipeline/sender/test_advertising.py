"""Advertising leaves with consent, a way out and an address, and stops when somebody says so."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.pipeline.sender.support import Running, Sink, serving

MAILBOX = {
    "address": "news@yourstore.example",
    "oversight_mode": "monitored",
    "oversight_address": "team@yourstore.example",
}
LETTER = {
    "from": "news@yourstore.example",
    "to": "ada@example.org",
    "subject": "New this week",
    "text": "Fresh bread.",
    "html": "<html><body><p>Fresh bread.</p></body></html>",
}
ORDER = {
    "from": "news@yourstore.example",
    "to": "ada@example.org",
    "kind": "transactional",
    "subject": "Order Confirmed: #1001",
    "text": "Thank you for your order.",
}


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink) -> Iterator[Running]:
    with serving(
        tmp_path, smtp.port, mailbox=MAILBOX, public_url="https://mail.yourstore.example",
        postal_address="Corner Shop, 1 Main Street, Springfield",
    ) as running:  # fmt: skip
        yield running


def agree(shop: Running, status: str = "explicit", region: str = "eu") -> None:
    body = {"address": "Ada@example.org", "status": status, "region": region, "how": "web form"}
    assert shop.post("/v1/consents", body, by="administration").status_code == 201


def send(shop: Running) -> dict[str, Any]:
    answer = shop.post("/v1/emails", LETTER)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_without_consent_it_is_blocked(shop: Running, smtp: Sink) -> None:
    assert send(shop)["status"] == "blocked"
    assert smtp.got == []


def test_it_carries_what_the_law_asks_and_ends_when_asked(shop: Running, smtp: Sink) -> None:
    agree(shop)
    sent = send(shop)
    assert (sent["kind"], sent["status"], sent["mode"]) == ("marketing", "queued", "monitored")
    shop.until(sent["id"], "sent")
    message = message_from_bytes(smtp.got[0][1], policy=default)
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    link = urlsplit(message["list-unsubscribe"].strip("<>"))
    assert f"{link.scheme}://{link.netloc}" == "https://mail.yourstore.example"
    for part in message.iter_parts():
        assert "1 Main Street" in part.get_content()
        assert link.path in part.get_content()

    url = shop.url + link.path
    page = httpx.get(url)  # as a mail scanner does
    assert "ada@example.org" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert send(shop)["status"] == "queued"  # nothing has changed
    assert httpx.post(f"{url}x").status_code == 404  # a link that we did not make
    done = httpx.post(url, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert send(shop)["status"] == "blocked"


def test_a_withdrawn_consent_stops_what_waits(shop: Running, smtp: Sink) -> None:
    agree(shop)
    waiting = shop.post("/v1/emails", {**LETTER, "send_at": "2099-01-01T00:00:00Z"}).json()
    assert waiting["status"] == "queued"
    agree(shop, "withdrawn")
    shop.until(waiting["id"], "blocked")
    assert smtp.got == []


def test_an_obligation_that_cannot_be_met_is_a_problem(tmp_path: Path, smtp: Sink) -> None:
    with serving(tmp_path, smtp.port, mailbox=MAILBOX) as shop:
        agree(shop)
        answer = shop.post("/v1/emails", LETTER)
        assert answer.status_code == 422
        assert "GATEPOST_PUBLIC_URL" in answer.json()["mend"]


def test_it_waits_while_the_person_waits_on_another_channel(shop: Running, smtp: Sink) -> None:
    agree(shop)
    later = {**LETTER, "send_at": "2099-01-01T00:00:00Z"}
    waiting = shop.post("/v1/emails", later).json()
    assert waiting["status"] == "queued"
    talk = {"address": "ADA@example.org", "channel": "chat", "turn": "wrote"}
    assert shop.post("/v1/channels", talk, by="administration").json()["waits"] is True
    assert shop.until(waiting["id"], "held") == "held"
    held = shop.get(f"/v1/emails/{waiting['id']}").json()
    assert "advertising waits until a person who asked is answered" in str(held["reasons"])
    shop.post("/v1/channels", {**talk, "turn": "answered"}, by="administration")
    assert shop.until(waiting["id"], "queued") == "queued"
    assert smtp.got == []


def test_a_reminder_of_a_cart_is_no_order_mail(shop: Running) -> None:
    agree(shop)
    reminder = {**LETTER, "text": "You left something in your cart.", "html": ""}
    assert shop.post("/v1/emails", reminder).json()["status"] == "queued"
    answer = shop.post("/v1/emails", {**reminder, "kind": "transactional"})
    assert answer.json()["status"] == "held", answer.text


def test_an_offer_is_no_order_mail_either(shop: Running) -> None:
    offer = {**ORDER, "subject": "20% off, this weekend only"}
    held = shop.post("/v1/emails", offer).json()
    assert held["status"] == "held"
    assert "what reads as advertising" in held["reasons"][0]["title"]
    assert shop.post("/v1/emails", ORDER).json()["status"] == "queued"


@pytest.mark.parametrize(
    "leading", [{"reply_to": "x@other.example"}, {"text": "See https://other.example/login"}]
)
def test_an_agent_leads_nobody_elsewhere_unread(shop: Running, leading: dict[str, str]) -> None:
    assert shop.post("/v1/emails", {**ORDER, **leading}).json()["status"] == "held"
    inside = {name: text.replace("other", "yourstore") for name, text in leading.items()}
    assert shop.post("/v1/emails", {**ORDER, **inside}).json()["status"] == "queued"
