"""Test keys: every outcome that a mail server could have, and no mail server."""

from collections.abc import Iterator

import httpx
import pytest

from tests.pipeline.sender.support import EMAIL, FRAUD, Running, Sink, serving, sink
from tests.pipeline.sender.test_problems import check_problem


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sink]]:
    with sink() as smtp, serving(tmp_path_factory.mktemp("service"), smtp.port) as running:
        body = {"name": "trying out", "scopes": ["send", "read"], "test": True}
        made = running.post("/v1/api-keys", body, by="administration").json()
        assert made["key"].startswith("gp_test_")
        headers = {"Authorization": f"Bearer {made['key']}"}
        running.clients["test"] = httpx.Client(base_url=running.url, headers=headers, timeout=30)
        yield running, smtp


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        (["delivered@test.example"], "sent"),
        (["anybody@test.example"], "sent"),
        (["complained@test.example"], "sent"),
        (["bounced@test.example"], "failed"),
        (["bounced+1@test.example", "delivered@test.example"], "sent"),
        (["unknown@test.example"], "unknown"),
        (["deferred@test.example"], "sent"),
    ],
)
def test_the_recipient_chooses_the_outcome_and_no_server_is_asked(
    service: tuple[Running, Sink], to: list[str], ends: str
) -> None:
    running, smtp = service
    sent = running.post("/v1/emails", {**EMAIL, "to": to}, by="test").json()
    assert sent["test"] is True
    assert running.until(sent["id"], ends) == ends
    found = running.get(f"/v1/emails/{sent['id']}").json()
    assert {one["route"] for one in found["attempts"]} == {"sandbox"}
    assert [one["outcome"] == "failed" for one in found["recipients"]].count(True) == sum(
        one.startswith("bounced") for one in to
    )
    assert smtp.got == []
    assert running.get("/v1/suppression", by="administration").json()["suppressions"] == []


def test_it_is_held_and_approved_like_any_other(service: tuple[Running, Sink]) -> None:
    running, smtp = service
    held = running.post("/v1/emails", FRAUD, by="test").json()
    assert held["status"] == "held"
    running.get("/v1/oversight/pending", by="oversight")
    decision = {"email_id": held["id"], "action": "approve"}
    assert running.post("/v1/oversight/decide", decision, by="oversight").status_code == 200
    assert running.until(held["id"], "sent") == "sent"
    assert smtp.got == []


def test_it_counts_as_no_contact(service: tuple[Running, Sink]) -> None:
    running, _ = service
    to = {"to": "new@person.example"}
    running.until(running.post("/v1/emails", {**EMAIL, **to}, by="test").json()["id"], "sent")
    asked = running.post("/v1/decisions", {**EMAIL, **to}).json()
    assert asked["facts"]["recipient.first_contact"] is True
    assert asked["facts"]["recipient.messages_24h"] == 0


@pytest.mark.parametrize("scope", ["oversight", "admin"])
def test_a_test_key_decides_nothing(service: tuple[Running, Sink], scope: str) -> None:
    running, _ = service
    body = {"name": "x", "scopes": [scope], "test": True}
    check_problem(running.post("/v1/api-keys", body, by="administration"), 422, "scopes")


def test_a_renewed_key_is_the_same_key(service: tuple[Running, Sink]) -> None:
    running, _ = service
    client = running.clients["administration"]
    body = {"name": "renewed", "scopes": ["send", "read"]}
    made = running.post("/v1/api-keys", body, by="administration").json()
    path = f"/v1/api-keys/{made['id']}"

    def status(secret: str) -> int:
        headers = {"X-API-Key": secret}
        return httpx.get(f"{running.url}/v1/mailboxes", headers=headers).status_code

    second = client.post(f"{path}/rotate", json={"overlap_seconds": 60}).json()["key"]
    assert [status(made["key"]), status(second)] == [200, 200]
    third = client.post(f"{path}/rotate").json()["key"]
    assert [status(made["key"]), status(second), status(third)] == [401, 401, 200]
    check_problem(client.patch(path, json={"scopes": ["oversight"]}), 422, "scopes")
    assert client.patch(path, json={"name": "other"}).json()["status"] == "updated"
    check_problem(client.post("/v1/api-keys/none/rotate"), 404)


def test_a_batch_takes_what_it_can(service: tuple[Running, Sink]) -> None:
    running, smtp = service
    emails = [{**EMAIL, "to": f"{n}@batch.example"} for n in range(3)]
    emails[1]["subject"] = "a\r\nBcc: x@y.example"
    headers = {"Idempotency-Key": "batch-1"}
    first = running.post("/v1/emails/batch", {"emails": emails}, headers=headers).json()
    assert (first["accepted"], first["refused"]) == (2, 1)
    refused = first["results"][1]
    assert (refused["status"], refused["errors"][0]["field"]) == (422, "subject")
    emails[1]["subject"] = "mended"
    again = running.post("/v1/emails/batch", {"emails": emails}, headers=headers).json()
    assert again["accepted"] == 3
    assert [one["repeated"] for one in again["results"]] == [True, False, True]
    for one in again["results"]:
        running.until(one["id"], "sent")
    assert len(smtp.got) == 3
    too_many = {"emails": [EMAIL] * 101}
    check_problem(running.post("/v1/emails/batch", too_many), 422, "emails")


def test_an_agent_that_administers_makes_no_overseer(service: tuple[Running, Sink]) -> None:
    running, _ = service
    body = {"name": "administering agent", "scopes": ["admin"]}
    agent = running.post("/v1/api-keys", body, by="administration").json()
    headers = {"Authorization": f"Bearer {agent['key']}"}
    for scope in ("oversight", "admin"):
        wanted = {"name": "mine", "scopes": [scope]}
        check_problem(running.post("/v1/api-keys", wanted, headers=headers), 403)
    plain = {"name": "fine", "scopes": ["read"]}
    made = running.post("/v1/api-keys", plain, headers=headers)
    assert made.status_code == 201
    path = f"/v1/api-keys/{made.json()['id']}"
    answer = running.clients["test"].patch(path, json={"scopes": ["oversight"]}, headers=headers)
    check_problem(answer, 403)
