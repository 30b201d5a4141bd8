"""The promise, end to end: real HTTP in, a real policy, a real SMTP conversation out."""

from email import message_from_bytes
from email.policy import default

import httpx

from tests.pipeline.sender.support import EMAIL, FRAUD, MAILBOX, Running, Sink, wait_for


def test_the_bodies_of_the_documentation_work_as_they_stand(service: Running, smtp: Sink) -> None:
    answer = service.post("/v1/mailboxes", MAILBOX, by="administration")
    assert answer.status_code == 409  # the fixture added it, with 201
    answer = service.post("/v1/emails", EMAIL)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["mode"] == "monitored"
    assert body["labels"] == ["order-confirmation", "order-1001"]
    assert body["reasons"][0]["title"] == "order mail flows"
    assert body["reasons"][0]["source"].startswith("test.policy:")
    service.until(body["id"], "sent")
    ((recipients, raw),) = smtp.got
    assert sorted(recipients) == ["customer@example.org", "team@yourstore.example"]
    message = message_from_bytes(raw, policy=default)
    assert message["subject"] == "Order Confirmed: #1001"
    assert message["from"] == "Order Notifications <orders@yourstore.example>"
    assert message["to"] == "customer@example.org"
    assert "Thank you for your order #1001." in message.get_content()
    assert "team@yourstore.example" not in raw.decode()


def test_a_fraud_reply_leaves_only_by_a_persons_hand(service: Running, smtp: Sink) -> None:
    held = service.post("/v1/emails", FRAUD).json()
    assert held["status"] == "held"
    assert held["mode"] == "gated_all"
    flowing = service.post("/v1/emails", EMAIL).json()
    assert flowing["status"] == "queued"
    service.until(flowing["id"], "sent")
    assert len(smtp.got) == 1  # the other one; the fraud reply has stayed

    (shown,) = service.get("/v1/oversight/pending", by="oversight").json()["emails"]
    assert shown["id"] == held["id"]
    assert shown["subject"] == FRAUD["subject"]
    decided = service.post(
        "/v1/oversight/decide",
        {"email_id": held["id"], "action": "approve", "version": shown["version"]},
        by="oversight",
    )
    assert decided.status_code == 200, decided.text
    service.until(held["id"], "sent")
    assert len(smtp.got) == 2
    assert b"Re: I did not order this" in smtp.got[1][1]
    again = service.post(
        "/v1/oversight/decide", {"email_id": held["id"], "action": "approve"}, by="oversight"
    )
    assert again.status_code == 409
    assert len(smtp.got) == 2


def test_a_rejected_message_never_leaves(service: Running, smtp: Sink) -> None:
    held = service.post("/v1/emails", FRAUD).json()
    decision = {"email_id": held["id"], "action": "reject", "reason": "wrong tone"}
    assert service.post("/v1/oversight/decide", decision, by="oversight").status_code == 200
    assert service.status(held["id"]) == "rejected"
    approve = {"email_id": held["id"], "action": "approve", "version": "1.1.2"}
    assert service.post("/v1/oversight/decide", approve, by="oversight").status_code == 409
    assert smtp.got == []


def test_a_card_number_is_blocked(service: Running, smtp: Sink) -> None:
    body = {**EMAIL, "html": "<p>4111 <b>1111</b> 1111 1111</p>"}
    answer = service.post("/v1/emails", body).json()
    assert answer["status"] == "blocked"
    titles = [reason["title"] for reason in answer["reasons"]]
    assert "a card number is never e-mailed" in titles


def test_an_opened_fraud_case_stops_what_waits(service: Running, smtp: Sink) -> None:
    waiting = service.post("/v1/emails", {**EMAIL, "send_at": "2099-01-01T00:00:00Z"}).json()
    assert waiting["status"] == "queued"
    case = {"address": "Customer@example.org", "why": "called the hotline"}
    assert service.post("/v1/cases", case, by="oversight").status_code == 201
    assert service.until(waiting["id"], "held") == "held"
    reasons = service.get(f"/v1/emails/{waiting['id']}").json()["reasons"]
    assert "an open fraud case holds every message to that person" in [
        reason["title"] for reason in reasons
    ]


def test_the_kill_switch_stops_and_a_person_starts_again(service: Running, smtp: Sink) -> None:
    assert service.post("/v1/service/pause", None).status_code == 403
    assert service.post("/v1/service/pause", None, by="oversight").status_code == 200
    queued = service.post("/v1/emails", EMAIL).json()
    wait_for(
        lambda: service.get(f"/v1/emails/{queued['id']}").json()["last_reply"],
        lambda reply: reply == "sending is paused",
    )
    assert smtp.got == []


def test_an_author_takes_a_message_back_within_the_undo_window(
    service: Running, smtp: Sink
) -> None:
    queued = service.post("/v1/emails", {**EMAIL, "subject": "Your gift"}).json()
    assert queued["status"] == "queued"
    cancelled = service.post(f"/v1/emails/{queued['id']}/cancel", None)
    assert cancelled.json()["status"] == "cancelled"
    assert smtp.got == []


def test_a_question_keeps_nothing(service: Running, smtp: Sink) -> None:
    answer = service.post("/v1/decisions", FRAUD)
    assert answer.status_code == 200
    body = answer.json()
    assert body["decision"] == "gated_all"
    assert body["status_if_sent"] == "held"
    assert body["approvals"] == [{"role": "fraud_team", "count": 1}]
    assert body["reasons"][0]["source"].startswith("packs/fraud.policy:")
    assert service.get("/v1/oversight/pending", by="oversight").json()["emails"] == []
    assert smtp.got == []


def test_two_people_of_the_team_must_approve_a_large_refund(service: Running, smtp: Sink) -> None:
    body = {**EMAIL, "facts": {"refund_amount": "250.00"}, "text": "We will refund 250.00 €."}
    held = service.post("/v1/emails", body).json()
    assert held["status"] == "held"
    view = service.get(f"/v1/emails/{held['id']}").json()
    assert view["decision"]["facts"]["refund_amount"] == 25_000
    assert view["decision"]["approvals"] == [{"role": "returns_team", "count": 2}]
    for name, role in (("ann", "returns_team"), ("bob", "returns_team"), ("eve", "fraud_team")):
        made = service.post(
            "/v1/api-keys",
            {"name": name, "holder": name, "scopes": ["oversight"], "roles": [role]},
            by="administration",
        ).json()
        service.clients[name] = httpx.Client(
            base_url=service.url, headers={"X-API-Key": made["key"]}, timeout=30
        )

    def approve(by: str) -> httpx.Response:
        (shown,) = service.get("/v1/oversight/pending", by=by).json()["emails"]
        decision = {"id": shown["id"], "action": "approve", "version": shown["version"]}
        return service.post("/v1/oversight/decide", decision, by=by)

    assert approve("eve").status_code == 409
    first = approve("ann")
    assert (first.status_code, first.json()["status"]) == (200, "held")
    twice = approve("ann")
    assert "this person has approved it already" in twice.json()["reasons"]
    assert approve("bob").json()["status"] == "queued"
    service.until(held["id"], "sent")
    assert len(smtp.got) == 1


def test_health_and_readiness(service: Running) -> None:
    assert service.get("/health").json() == {"status": "ok"}
    ready = service.get("/ready").json()
    assert ready["status"] == "ready"
    assert ready["policy"]["version"] == 2  # the first policy came into force
