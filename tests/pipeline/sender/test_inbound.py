"""Mail that comes in decides how freely it may be answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.sender.support import POLICY, Labels, Running, Sink, policy, serving

SUPPORT = {
    "address": "support@yourstore.example",
    "oversight_mode": "autonomous",
    "purpose": "support",
    "oversight_address": "team@yourstore.example",
}
ANSWERS = """
allow monitored "routine answers"
  when kind is reply and intent is order_status and confidence >= 0.60
  unless recipient.first_contact and author is system

on receive require gated_all "a letter from a lawyer is read by people first"
  when tags has legal_threat
"""


def read(subject: str, text: str, hidden: str, quoted: str) -> Labels:
    everything = f"{subject} {text} {quoted}"
    tags = {"STOLEN": "fraud_risk", "LAWYER": "legal_threat"}
    return Labels(
        intent="fraud_claim" if "STOLEN" in text else "order_status",
        tags=frozenset(tag for word, tag in tags.items() if word in everything),
        unsure="UNSURE" in text,
    )


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink) -> Iterator[Running]:
    with serving(
        tmp_path, smtp.port, classify=read, checked=policy(POLICY + ANSWERS), mailbox=SUPPORT
    ) as running:
        yield running


def letter(
    text: str, number: int = 1, *, author: str = "Ada <ada@example.org>", **more: str
) -> bytes:
    headers = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
    return (
        f"From: {author}\r\nTo: support@yourstore.example\r\nSubject: My order\r\n"
        f"Message-ID: <{number}@example.org>\r\n{headers}\r\n{text}\r\n"
    ).encode()


def arrive(shop: Running, raw: bytes, by: str = "administration") -> dict:
    answer = shop.clients[by].post(
        "/v1/inbound", params={"to": "support@yourstore.example"}, content=raw
    )
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def reply(
    shop: Running, number: int = 1, text: str = "It left us today.", to: str = "ada@example.org"
) -> dict:
    answer = shop.post(
        "/v1/emails",
        {
            "from": "support@yourstore.example",
            "to": to,
            "subject": "Re: My order",
            "text": text,
            "in_reply_to": f"<{number}@example.org>",
        },
    )
    assert answer.status_code == 202, answer.text
    return answer.json()


def test_a_routine_question_is_answered_without_waiting(shop: Running, smtp: Sink) -> None:
    received = arrive(shop, letter("Where is it?"))
    assert received["status"] == "delivered"
    answered = reply(shop)
    assert answered["mode"] == "monitored"
    assert answered["thread_id"] == received["thread_id"]
    found = shop.get(f"/v1/emails/{answered['id']}").json()["decision"]["facts"]
    assert found["intent"] == "order_status"
    assert found["thread.unanswered"] is True


def test_an_answer_to_fraud_waits_and_so_does_all_other_mail_to_that_person(shop: Running) -> None:
    arrive(shop, letter("My card was STOLEN."))
    assert reply(shop)["mode"] == "gated_all"
    arrive(shop, letter("Where is my other order?", 2))
    other = reply(shop, 2)
    assert other["status"] == "held"
    assert other["reasons"][0]["title"].startswith("an open fraud case")


def test_a_fraud_case_holds_mail_to_the_other_addresses_of_that_person(shop: Running) -> None:
    arrive(shop, letter("My card was STOLEN."))
    arrive(shop, letter("Where is my order?", 2).replace(b"ada@", b"Ada+orders@"))
    assert reply(shop, 2, to="ada+orders@example.org")["status"] == "held"
    assert reply(shop, 2, to="ada.lovelace@example.org")["status"] == "queued"


def test_a_fraud_claim_in_quoted_text_counts_for_the_thread(shop: Running) -> None:
    arrive(shop, letter("Any news?\r\n\r\n> On Monday you wrote:\r\n> My card was STOLEN."))
    assert reply(shop)["status"] == "held"


def test_a_reply_that_waits_is_decided_anew_when_the_thread_turns_to_fraud(
    shop: Running, smtp: Sink
) -> None:
    arrive(shop, letter("Where is it?"))
    waiting = reply(shop)
    assert waiting["status"] == "queued"  # the shop pack's undo window of 30 seconds
    arrive(shop, letter("It was STOLEN by a stranger.", 2, In_Reply_To="<1@example.org>"))
    assert shop.until(waiting["id"], "held") == "held"
    assert smtp.got == []


def test_a_doubtful_reading_is_answered_by_people(shop: Running) -> None:
    arrive(shop, letter("UNSURE what this is"))
    assert reply(shop)["mode"] == "gated_send"


def test_nobody_answers_a_robot(shop: Running) -> None:
    arrive(shop, letter("I am away.", Auto_Submitted="auto-replied"))
    assert reply(shop)["status"] == "blocked"


def test_inbound_mail_may_be_held_until_a_person_lets_the_agent_see_it(shop: Running) -> None:
    held = arrive(shop, letter("My LAWYER will write."))
    assert held["status"] == "held"
    (shown,) = shop.get("/v1/oversight/pending", by="oversight").json()["emails"]
    assert shown["id"] == held["id"]
    decided = shop.post(
        "/v1/oversight/decide", {"email_id": held["id"], "action": "approve"}, by="oversight"
    )
    assert decided.json()["status"] == "delivered"


def test_the_same_message_twice_is_one(shop: Running) -> None:
    first = arrive(shop, letter("Where is it?"))
    assert arrive(shop, letter("Where is it?"))["id"] == first["id"]


def test_somebody_who_takes_our_own_message_id_does_not_hide_a_message(shop: Running) -> None:
    arrive(shop, letter("Where is it?"))
    ours = reply(shop)["message_id"].strip("<>")
    raw = letter("STOLEN").replace(b"1@example.org", ours.encode(), 1)
    received = arrive(shop, raw)
    assert received["message_id"] != f"<{ours}>"
    assert received["tags"] == ["fraud_risk"]


def test_damaged_mail_is_kept_and_doubtful(shop: Running) -> None:
    received = arrive(shop, b"\x00\xff no header at all")
    assert received["status"] in {"delivered", "held"}


def test_an_agents_key_may_not_put_mail_in(shop: Running) -> None:
    answer = shop.clients["sending"].post(
        "/v1/inbound", params={"to": "support@yourstore.example"}, content=letter("x")
    )
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(("to", "body"), [("nobody@yourstore.example", b"x: y\r\n\r\nz"),
                                          ("support@yourstore.example", b"  ")])  # fmt: skip
def test_what_cannot_be_taken_in_is_said(shop: Running, to: str, body: bytes) -> None:
    answer = shop.clients["administration"].post("/v1/inbound", params={"to": to}, content=body)
    assert answer.status_code == 422
    assert answer.json()["field"] in {"to", "body"}
