"""Every public method of the PyPI package `multimail` 0.1.1, against a live service."""

import asyncio
import inspect

import pytest
from multimail import (
    AsyncMultiMail,
    AuthenticationError,
    MultiMail,
    MultiMailError,
    NotFoundError,
    ValidationError,
)

from tests.pipeline.sender.multimail.conftest import Shop


def called_by_the_tests() -> set[str]:
    import sys

    source = inspect.getsource(sys.modules[__name__])
    methods = {
        name for name, _ in inspect.getmembers(MultiMail, inspect.isfunction) if name[0] != "_"
    }
    return {name for name in methods if f".{name}(" in source} | {"close"}


def test_no_method_is_forgotten() -> None:
    methods = {
        name for name, _ in inspect.getmembers(MultiMail, inspect.isfunction) if name[0] != "_"
    }
    assert methods == called_by_the_tests()
    assert methods == {
        name for name, _ in inspect.getmembers(AsyncMultiMail, inspect.isfunction) if name[0] != "_"
    }


def test_mailboxes(shop: Shop) -> None:
    made = shop.admin.create_mailbox("news@yourstore.example", "News")
    assert made["oversight_mode"] == "gated_send"
    assert shop.admin.update_mailbox(made["id"], oversight_mode="gated_all")["status"] == "updated"
    modes = {box["id"]: box["oversight_mode"] for box in shop.agent.list_mailboxes()}
    assert modes[made["id"]] == "gated_all"
    with pytest.raises(MultiMailError, match="frees the mailbox") as refused:
        shop.admin.update_mailbox(made["id"], oversight_mode="autonomous")
    assert refused.value.status_code == 403
    shop.admin.delete_mailbox(made["id"])
    assert made["id"] not in [box["id"] for box in shop.agent.list_mailboxes()]


def test_a_conversation(shop: Shop) -> None:
    came = shop.arrive("conversation")
    (listed,) = [
        one
        for one in shop.agent.list_emails(shop.mailbox, direction="inbound")["emails"]
        if one["id"] == came
    ]
    assert (listed["status"], listed["has_attachments"]) == ("unread", True)
    read = shop.agent.get_email(shop.mailbox, came)
    assert read["text_body"].startswith("Where is it?")
    assert ", ".join(read["to_addresses"]) == "orders@yourstore.example"
    assert shop.agent.get_email(shop.mailbox, came)["status"] == "read"
    (file,) = read["attachments"]
    assert shop.agent.download_attachment(shop.mailbox, came, file["name"]).strip() == b"a,b"

    answered = shop.agent.reply_email(shop.mailbox, came, markdown="On its **way**.")
    assert answered["status"] == "pending_send_approval"
    assert answered["thread_id"] == read["thread_id"]
    thread = shop.agent.get_thread(shop.mailbox, read["thread_id"])
    assert [one["direction"] for one in thread["emails"]] == ["inbound", "outbound"]
    assert thread["has_unanswered_inbound"]

    (pending,) = [one for one in shop.overseer.list_pending() if one["id"] == answered["id"]]
    assert pending["subject"] == "Re: My order"
    assert shop.overseer.decide(answered["id"], "approve")["status"] == "queued"
    shop.running.until(answered["id"], "sent")
    (recipients, raw) = shop.smtp.got[-1]
    assert "ada@example.org" in recipients
    assert b"In-Reply-To: <conversation@example.org>" in raw
    assert b"<strong>way</strong>" in raw


def test_send_and_take_back(shop: Shop) -> None:
    file = {"name": "a.txt", "content_base64": "YQ==", "content_type": "text/plain"}
    sent = shop.agent.send_email(
        shop.mailbox, to=["customer@example.org"], subject="Your gift", markdown="Soon.",
        cc=["c@example.org"], bcc=["b@example.org"], attachments=[file], idempotency_key="gift-1",
    )  # fmt: skip
    assert sent["status"] == "queued"
    again = shop.agent.send_email(
        shop.mailbox, to=["customer@example.org"], subject="Your gift", markdown="Soon.",
        cc=["c@example.org"], bcc=["b@example.org"], attachments=[file], idempotency_key="gift-1",
    )  # fmt: skip
    assert (again["id"], again["idempotent"]) == (sent["id"], True)
    assert shop.agent.download_attachment(shop.mailbox, sent["id"], "a.txt") == b"a"
    for _ in range(2):
        assert shop.agent.cancel_email(shop.mailbox, sent["id"])["status"] == "cancelled"


def test_a_rejected_message(shop: Shop) -> None:
    held = shop.arrive("rejected")
    answer = shop.agent.reply_email(shop.mailbox, held, markdown="No.", cc=["c@example.org"])
    shop.overseer.list_pending()
    decided = shop.overseer.decide(answer["id"], "reject", reason="wrong tone")
    assert decided["status"] == "rejected"


def test_tags(shop: Shop) -> None:
    came = shop.arrive("tags")
    assert shop.agent.get_tags(shop.mailbox, came) == {"tags": {}}
    shop.agent.set_tags(shop.mailbox, came, {"order": "1001"})
    found = shop.agent.set_tags(shop.mailbox, came, {"mood/now": "calm"})
    assert found == {"tags": {"mood/now": "calm", "order": "1001"}}
    shop.agent.delete_tag(shop.mailbox, came, "mood/now")
    assert shop.agent.get_tags(shop.mailbox, came) == {"tags": {"order": "1001"}}


def test_contacts(shop: Shop) -> None:
    kept = shop.agent.add_contact("bob@example.org", "Bob", tags=["vip"])
    (found,) = shop.agent.list_contacts(q="BOB")
    assert (found["name"], found["email"], found["tags"]) == ("Bob", "bob@example.org", ["vip"])
    shop.admin.delete_contact(kept["id"])
    assert shop.agent.list_contacts(q="bob") == []


def test_keys(shop: Shop) -> None:
    made = shop.admin.create_api_key("reader")
    with MultiMail(made["api_key"], base_url=shop.running.url) as reader:
        assert reader.list_mailboxes()
        with pytest.raises(MultiMailError, match="lacks the scope"):
            reader.list_api_keys()
        assert made["id"] in [one["id"] for one in shop.admin.list_api_keys()]
        shop.admin.revoke_api_key(made["id"])
        with pytest.raises(AuthenticationError, match="not known"):
            reader.list_mailboxes()
    with pytest.raises(ValidationError, match="both send and oversee"):
        shop.admin.create_api_key("both", scopes=["send", "oversight"])


def test_webhooks(shop: Shop) -> None:
    made = shop.admin.create_webhook(
        "https://hooks.example.org/mail", ["message.sent"], secret="a secret of 16+ letters"
    )
    assert made["signing_secret"].startswith("whsec_")
    (listed,) = shop.admin.list_webhooks()
    assert "signing_secret" not in listed
    shop.admin.delete_webhook(made["id"])
    assert shop.admin.list_webhooks() == []
    with pytest.raises(ValidationError, match="no event"):
        shop.admin.create_webhook("https://hooks.example.org/mail", ["message.lost"])


def test_suppression(shop: Shop) -> None:
    body = {"address": "x+1@example.org", "reason": "complained"}
    shop.running.post("/v1/suppression", body, by="administration")
    (found,) = shop.admin.list_suppressions()
    assert (found["email_address"], found["reason"]) == ("x@example.org", "complained")
    shop.admin.remove_suppression("x+1@example.org")
    assert shop.admin.list_suppressions() == []


def test_records(shop: Shop) -> None:
    assert shop.agent.get_account()["plan"] == "self_hosted"
    assert shop.agent.get_usage()["emails_received"] >= 0
    actions = [one["action"] for one in shop.admin.get_audit_log(limit=100)]
    assert "add_mailbox" in actions


def test_what_a_self_hosted_service_does_elsewhere_says_where(shop: Shop) -> None:
    assert [one["domain"] for one in shop.admin.list_domains()] == ["yourstore.example"]
    calls = (
        lambda: shop.admin.update_account(name="Shop"),
        lambda: shop.admin.delete_account(),
        lambda: shop.admin.add_domain("other.example"),
        lambda: shop.admin.verify_domain("yourstore.example"),
        lambda: shop.admin.delete_domain("yourstore.example"),
    )
    for call in calls:
        with pytest.raises(MultiMailError, match="not part of a self-hosted service") as refused:
            call()
        assert refused.value.status_code == 501
        assert refused.value.body["mend"]


def test_what_is_not_there(shop: Shop) -> None:
    with pytest.raises(NotFoundError, match="no message"):
        shop.agent.get_email(shop.mailbox, "nothing")


def test_the_same_without_waiting(shop: Shop) -> None:
    async def both() -> tuple[list, dict]:
        async with AsyncMultiMail(
            shop.running.keys["sending"], base_url=shop.running.url
        ) as client:
            return await asyncio.gather(client.list_mailboxes(), client.get_usage())

    boxes, usage = asyncio.run(both())
    assert boxes[0]["id"] == shop.mailbox
    assert "emails_sent" in usage
