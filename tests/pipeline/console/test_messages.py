"""A held message through a reviewer's hands."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pipeline.console.support import Shop
from tests.pipeline.console.support import shop as running_shop
from tests.pipeline.sender.support import EMAIL, FRAUD, MAILBOX, Sink, wait_for

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"


def test_an_approved_message_leaves_once_under_the_persons_name(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        page = ada.page(identity)
        for shown in ("Why it is held", "fraud", "packs/fraud.policy:", "customer@example.org"):
            assert shown in page
        answer = ada.approve(identity)
        assert answer.status_code == 200
        assert "Approved. It leaves when its time comes." in answer.text
        assert shop.api.until(identity, "sent") == "sent"
        assert "Nothing is left to decide" in ada.page(identity)
        assert ada.get("/console/sent").text.count(identity) == 1
    assert len(shop.smtp.got) == 1
    given = shop.api.get(f"/v1/emails/{identity}").json()["approvals_given"]
    assert [(one["person"], one["role"]) for one in given] == [("ada", "fraud_team")]


def test_what_changed_since_it_was_shown_is_not_approved(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada, shop.reviewer("ben") as ben:
        stale = ada.version(identity)
        path = f"/console/messages/{identity}/edit"
        version = ben.version(identity)
        edited = ben.post(path, version=version, subject="Other words", text="Other text")
        assert "Edited, and decided anew." in edited.text
        refused = ada.approve(identity, stale)
        assert refused.status_code == 409
        assert "The message changed since this approval was prepared." in refused.text
        assert shop.api.status(identity) == "held"
        assert shop.smtp.got == []
        # A second edit on the old words is refused as well, and the first stays.
        assert ada.post(path, version=stale, subject="Mine", text="Mine").status_code == 409
        assert "Other words" in ada.page(identity)
        assert ada.approve(identity).status_code == 200
        shop.api.until(identity, "sent")
    assert b"Other text" in shop.smtp.got[0][1]


def test_who_edits_is_an_author(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ben") as ben:
        version = ben.version(identity)
        path = f"/console/messages/{identity}/edit"
        ben.post(path, version=version, subject="Words", text="Text")
        assert "somebody else approves it" in ben.page(identity)
        after = shop.api.get(f"/v1/emails/{identity}").json()["version"]
        assert after != version
        refused = ben.approve(identity, after)
        assert refused.status_code == 409
        assert "Nobody approves a message of their own." in refused.text
    assert shop.api.status(identity) == "held"


def test_an_edit_that_cannot_be_a_message_changes_nothing(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ben") as ben:
        version = ben.version(identity)
        answer = ben.post(
            f"/console/messages/{identity}/edit", version=version, subject="a\rBcc: e@evil.example",
            text="Text",
        )  # fmt: skip
        assert answer.status_code == 422
        assert "This edit cannot be sent" in answer.text
        assert ben.version(identity) == version


def test_nobody_approves_what_their_own_key_wrote(shop: Shop) -> None:
    key = shop.api.post(
        "/v1/api-keys",
        {"name": "ben's", "scopes": ["send"], "holder": "ben", "author": "person"},
        by="administration",
    ).json()["key"]
    sent = shop.api.post("/v1/emails", FRAUD, headers={"Authorization": f"Bearer {key}"}).json()
    with shop.reviewer("ben") as ben:
        assert f'action="/console/messages/{sent["id"]}/approve"' not in ben.page(sent["id"])
        version = shop.api.get(f"/v1/emails/{sent['id']}").json()["version"]
        refused = ben.approve(sent["id"], version)
        assert refused.status_code == 409
        assert "Nobody approves a message of their own." in refused.text
    assert shop.api.status(sent["id"]) == "held"


def test_a_person_of_another_team_is_told_whose_turn_it_is(shop: Shop) -> None:
    body = {
        **EMAIL,
        "text": "We refund you 300 EUR.",
        "facts": {"refund_amount": 300},
        "subject": "Refund",
    }
    identity = shop.api.post("/v1/emails", body).json()["id"]
    with shop.reviewer("ada") as ada:
        assert "2 of <strong>returns team</strong>" in ada.page(identity)
        refused = ada.approve(identity)
        assert refused.status_code == 409
        assert "returns_team" in refused.text
    with shop.reviewer("ben") as ben:
        assert "More people must approve." in ben.approve(identity).text
        assert "You have approved it." in ben.page(identity)
    assert shop.api.status(identity) == "held"


def test_a_rejected_message_stays_here_for_good(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        version = ada.version(identity)
        answer = ada.post(f"/console/messages/{identity}/reject", reason="the tone is wrong")
        assert "Rejected. It will not be sent." in answer.text
        assert ada.approve(identity, version).status_code == 409
    assert shop.api.status(identity) == "rejected"


def test_an_approval_can_be_taken_back_while_sending_is_paused(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        ada.post("/console/sending/pause")
        ada.approve(identity)
        assert "Take it back" in ada.page(identity)
        assert "Taken back:" in ada.post(f"/console/messages/{identity}/take-back").text
        assert "Sending goes on." in ada.post("/console/sending/resume").text
    assert shop.api.status(identity) == "cancelled"
    assert shop.smtp.got == []


def test_a_person_takes_an_authors_fraud_mark_off(shop: Shop) -> None:
    identity = shop.held()
    with shop.reviewer("ada") as ada:
        answer = ada.post(f"/console/messages/{identity}/clear-fraud")
        assert "The fraud mark was taken off" in answer.text
    assert shop.api.until(identity, "sent", "held") == "sent"  # order mail flows
    assert "fraud_risk" not in shop.api.get(f"/v1/emails/{identity}").json()["tags"]


def test_a_lost_acknowledgement_is_settled_by_a_person(shop: Shop) -> None:
    shop.smtp.hook = lambda phase, _: "keep and hang up" if phase == "data" else None
    identity = shop.api.post("/v1/emails", EMAIL).json()["id"]
    shop.api.until(identity, "unknown")
    with shop.reviewer("ada") as ada:
        assert identity in ada.get("/console/unknown").text
        ada.post(f"/console/messages/{identity}/resolve", outcome="sent")
        assert "Nothing is in doubt" in ada.get("/console/unknown").text
    assert shop.api.status(identity) == "sent"
    assert len(shop.smtp.got) == 1


@pytest.mark.parametrize("field", ["subject", "text", "html", "filename"])
def test_nothing_a_stranger_writes_becomes_markup(shop: Shop, field: str) -> None:
    more: dict[str, Any] = {field: ATTACK}
    if field == "filename":
        more = {"attachments": [{"filename": ATTACK, "content": "aGk="}]}
    identity = shop.held(**more)
    with shop.reviewer("ada") as ada:
        harmless(ada.get(f"/console/messages/{identity}"))
        if field == "subject":
            harmless(ada.get("/console/"))
        if field == "html":
            frame = ada.get(f"/console/messages/{identity}/html")
            assert frame.headers["content-security-policy"].startswith("sandbox; default-src")
            assert "script-src" not in frame.headers["content-security-policy"]


def test_nothing_that_came_in_becomes_markup(tmp_path: Path, smtp: Sink) -> None:
    name = ATTACK.replace('"', "")
    raw = (
        f'From: "{name}" <a@example.org>\r\nTo: {ATTACK} <b@example.org>\r\n'
        f"Subject: {ATTACK}\r\nX-{ATTACK}: {ATTACK}\r\nMessage-ID: <1@example.org>\r\n"
        f"Content-Type: text/html\r\n\r\n<p>hello {ATTACK}</p>"
    )
    mailbox = {**MAILBOX, "oversight_mode": "gated_all"}
    with running_shop(tmp_path, smtp, mailbox=mailbox) as shop, shop.reviewer("ben") as ben:
        answer = shop.api.clients["administration"].post(
            "/v1/inbound", params={"to": MAILBOX["address"]}, content=raw.encode()
        )
        identity = answer.json()["id"]
        assert shop.api.status(identity) == "held"
        harmless(ben.get("/console/"))
        harmless(ben.get(f"/console/messages/{identity}"))
        assert ben.get(f"/console/messages/{identity}/html").text == ""
        assert "Released: the agent can see the message." in ben.approve(identity).text
        assert shop.api.status(identity) == "delivered"


def harmless(page: httpx.Response) -> None:
    assert page.status_code == 200
    assert "&lt;script" in page.text  # it is shown
    assert "<script" not in page.text
    assert "<img src=x" not in page.text
    assert "'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_text_that_hides_is_shown_by_its_number(shop: Shop) -> None:
    identity = shop.held(subject="Refund \u202egnp.exe", text="pay\u200bpal <b>")
    with shop.reviewer("ada") as ada:
        page = ada.page(identity)
    assert "U+202E" in page
    assert "\u202e" not in page.partition("<textarea")[0].partition("<title>")[2]
    assert "U+200B" in page


def test_a_message_that_some_have_says_so_beside_its_state(shop: Shop) -> None:
    people = ["here@example.org", "late@example.org", "gone@example.org"]
    answers = {"late@example.org": "452 4.2.2 later", "gone@example.org": "550 5.1.1 no such user"}
    shop.smtp.hook = lambda phase, argument: answers.get(argument) if phase == "rcpt" else None
    identity = shop.held(to=people)
    with shop.reviewer("ada") as ada:
        assert "taken for" not in ada.page(identity)
        ada.approve(identity)
        shop.api.until(identity, "deferred", "queued")
        found = wait_for(
            lambda: shop.api.get(f"/v1/emails/{identity}").json(),
            lambda one: one["recipient_outcomes"]["sent"] == 1,
        )
        assert found["recipient_outcomes"]["words"] == (
            "taken for 1 of 3 recipients, refused for 1, still to be handed over for 1"
        )
        answer = ada.post(f"/console/messages/{identity}/take-back")
        assert "Taken back: nothing more of it leaves." in answer.text
        page = " ".join(ada.page(identity).split())
    assert shop.api.status(identity) == "cancelled"
    words = "taken for 1 of 3 recipients, refused for 1, not handed over for 1"
    assert words in page
    for one, became in zip(people, ("sent", "pending", "failed"), strict=True):
        assert f'{one} <span class="chip state-{became}">' in page
    assert shop.api.get(f"/v1/emails/{identity}").json()["recipient_outcomes"] == {
        "recipients": 3, "sent": 1, "failed": 1, "unknown": 0, "pending": 1, "words": words,
    }  # fmt: skip


def test_an_edit_stands_against_what_was_written_first(shop: Shop) -> None:
    identity = shop.held(text="We owe you 10 euro & thanks.", subject="About <it>")
    with shop.reviewer("ben") as ben, shop.reviewer("ada") as ada:
        path = f"/console/messages/{identity}/edit"
        assert "What was changed" not in ada.page(identity)
        words = {"subject": "About <that>", "text": "We owe you 20 euro & thanks."}
        ben.post(path, version=ben.version(identity), **words)
        page = ada.page(identity)
        _, _, changed = page.partition('id="edits"')
        changed, _, _ = changed.partition("</section>")
        for before, after in (("10", "20"), ("it", "that")):
            assert f"deleted: </span>{before}<span" in changed
            assert f"inserted: </span>{after}<span" in changed
        assert "euro &amp; thanks." in changed
        assert "Changed by ben" in changed
        assert "<details>" not in changed
        ada.post(path, version=ada.version(identity), **{**words, "subject": "About <it>"})
        _, _, changed = ada.page(identity).partition('id="edits"')
        assert changed.index("Changed by ben") < changed.index("Changed by ada")
        whole, _, _ = changed.partition("<details>")
        assert "Subject</h3>" not in whole  # it says again what it said
        assert "deleted: </span>10<span" in whole


def test_what_ended_unsent_is_listed_and_found(shop: Shop) -> None:
    identity = shop.held(subject="Never to leave")
    sent = shop.api.post("/v1/emails", EMAIL).json()["id"]
    with shop.reviewer("ada") as ada:
        path = "/console/sent?only=unsent"
        assert "Everything that ended was sent" in ada.get(path).text
        ada.post(f"/console/messages/{identity}/reject", reason="no")
        shop.api.until(sent, "sent")
        listed = ada.get(path).text
        assert identity in listed
        assert "state-rejected" in listed
        assert sent not in listed
        assert identity not in ada.get("/console/sent").text
        assert identity in ada.get(f"{path}&q=never").text
        elsewhere = ada.get("/console/sent?q=never").text
        assert "only=unsent&amp;q=never" in elsewhere


def test_a_page_that_is_not_there_leads_to_the_queue_and_not_to_itself(shop: Shop) -> None:
    with shop.reviewer("ada") as ada:
        answer = ada.get("/console/messages/0")
        assert answer.status_code == 404
        assert "Back to the queue" in answer.text
        assert "Back to the message" not in answer.text
