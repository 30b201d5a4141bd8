"""Every refusal is a problem document that names the field and says how to mend it."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.pipeline.sender.support import EMAIL, FRAUD, Running, Sink, serving, sink

INJECTIONS = [
    ({"subject": "a\r\nBcc: v@x.example"}, "subject"),
    ({"subject": "a\nBcc: v@x.example"}, "subject"),
    ({"subject": "=?utf-8?q?a=0D=0ABcc:_v@x.example?="}, "subject"),
    ({"subject": "a\u2028b"}, "subject"),
    ({"subject": "a\x00b"}, "subject"),
    ({"to": "c@d.example>\r\nRCPT TO:<evil@x.example"}, "to"),
    ({"to": "c@d.example, e@f.example"}, "to"),
    ({"to": '"a@evil.example" <b@ok.example> x'}, "to"),
    ({"to": "group: a@b.example;"}, "to"),
    ({"to": "alice@ok.example)bob@evil.example"}, "to"),
    ({"to": "=?utf-8?q?a=0D=0ABcc:_v@x.example?= <a@b.example>"}, "to"),
    ({"headers": {"X-A": "b\r\nBcc: v@x.example"}}, "headers"),
    ({"headers": {"X-A": "=?utf-8?b?YQ0KQmNjOiB2QHg=?="}}, "headers"),
    ({"headers": {"X-A: b\r\nBcc": "v@x.example"}}, "headers"),
    ({"headers": {"Bcc": "v@x.example"}}, "headers"),
    ({"headers": {"Sender": "v@x.example"}}, "headers"),
    ({"headers": {"DKIM-Signature": "v=1"}}, "headers"),
    ({"in_reply_to": "<a@b>\r\nBcc: v@x.example"}, "in_reply_to"),
    ({"tags": ["a\r\nb"]}, "tags"),
    ({"reply_to": "a@b.example\r\nX: y"}, "reply_to"),
    ({"attachments": [{"filename": 'a"\r\nX: y.pdf', "content": ""}]}, "attachments"),
    (
        {"attachments": [{"filename": "a", "content": "", "content_type": "a/b\r\nX: y"}]},
        "attachments",
    ),
    ({"idempotency_key": "a\r\nb"}, "idempotency_key"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sink]]:

    with sink() as smtp, serving(tmp_path_factory.mktemp("service"), smtp.port) as running:
        yield running, smtp


def check_problem(answer: httpx.Response, status: int, field: str | None = None) -> dict:  # type: ignore[type-arg]  # any JSON
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict = answer.json()  # type: ignore[type-arg]  # any JSON
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["mend"]
    if field is not None:
        assert any(error["field"].split(".")[0] == field for error in body["errors"]), body
    return body


@pytest.mark.parametrize(("change", "field"), INJECTIONS)
def test_what_could_become_another_header_is_refused(
    shared: tuple[Running, Sink], change: dict[str, object], field: str
) -> None:
    service, smtp = shared
    check_problem(service.post("/v1/emails", {**EMAIL, **change}), 422, field)
    check_problem(service.post("/v1/decisions", {**EMAIL, **change}), 422, field)
    assert smtp.got == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from"),
        ({**EMAIL, "subjct": "x"}, "subjct"),
        ({**EMAIL, "to": []}, "to"),
        ({**EMAIL, "to": 7}, "to"),
        ({**EMAIL, "text": ""}, "body"),
        ({**EMAIL, "kind": "spam"}, "kind"),
        ({**EMAIL, "send_at": "2026-11-24T10:00:00"}, "send_at"),
        ({**EMAIL, "attachments": [{"filename": "a", "content": "%%%"}]}, "attachments"),
        ({**EMAIL, "to": [f"a{n}@b.example" for n in range(51)]}, "to"),
        ({**EMAIL, "facts": {"refund_amont": 3}}, "facts"),
        ({**EMAIL, "facts": {"refund_amount": "much"}}, "facts"),
        ({**EMAIL, "facts": {"refund_amount": 10_000_000}}, "facts"),
        ({**EMAIL, "facts": {"order.found": True}}, "facts"),
        ({**EMAIL, "text": "a\ud800"}, "text"),
    ],
)
def test_a_wrong_field_is_named(
    shared: tuple[Running, Sink], body: dict[str, object], field: str
) -> None:

    service, _ = shared
    answer = service.clients["sending"].post(
        "/v1/emails", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    check_problem(answer, 422, field)


def test_a_near_name_is_offered(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    body = service.post("/v1/emails", {**EMAIL, "facts": {"refund_amont": 3}}).json()
    assert body["mend"] == "did you mean refund_amount?"


def test_what_is_no_request_at_all(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    client = service.clients["sending"]
    headers = {"Content-Type": "application/json"}
    check_problem(client.post("/v1/emails", content=b"{", headers=headers), 422, "body")
    check_problem(client.post("/v1/emails", content=b"", headers=headers), 422)
    check_problem(client.get("/v1/nothing"), 404)
    check_problem(client.delete("/v1/emails"), 405)
    check_problem(client.get("/v1/emails/unknown"), 404)
    too_much = b'{"text": "' + b"x" * 27_000_000 + b'"}'
    check_problem(client.post("/v1/emails", content=too_much, headers=headers), 413)
    stranger = {**EMAIL, "from": "ceo@bank.example"}
    check_problem(service.post("/v1/emails", stranger), 422)


def test_keys_are_good_for_one_task(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    check_problem(httpx.post(f"{service.url}/v1/emails", json=EMAIL), 401)
    strange = {"Authorization": "Bearer gp_live_wrong"}
    check_problem(httpx.post(f"{service.url}/v1/emails", json=EMAIL, headers=strange), 401)
    check_problem(service.get("/v1/oversight/pending"), 403)
    check_problem(service.post("/v1/emails", EMAIL, by="oversight"), 403)
    check_problem(service.post("/v1/mailboxes", {"address": "x@y.example"}), 403)
    both = {"name": "both", "scopes": ["send", "oversight"]}
    check_problem(service.post("/v1/api-keys", both, by="administration"), 422, "scopes")


def test_nobody_approves_what_they_wrote(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    held = service.post("/v1/emails", FRAUD, by="administration").json()
    view = service.get(f"/v1/emails/{held['id']}", by="administration").json()
    decision = {"id": held["id"], "action": "approve", "version": view["version"]}
    refused = service.post("/v1/oversight/decide", decision, by="administration")
    body = check_problem(refused, 409)
    assert "nobody approves a message of their own" in body["reasons"]
    # Nor by a second key of the same holder.
    made = service.post(
        "/v1/api-keys",
        {"name": "2nd", "holder": "administrator", "scopes": ["oversight"], "roles": ["*"]},
        by="administration",
    ).json()
    headers = {"X-API-Key": made["key"]}
    second = httpx.post(f"{service.url}/v1/oversight/decide", json=decision, headers=headers)
    assert "nobody approves a message of their own" in check_problem(second, 409)["reasons"]


def test_an_approval_is_about_what_was_shown(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    held = service.post("/v1/emails", FRAUD).json()
    blind = {"id": held["id"], "action": "approve"}
    check_problem(service.post("/v1/oversight/decide", blind, by="oversight"), 409)
    service.get("/v1/oversight/pending", by="oversight")
    case = {"address": "customer@example.org", "why": "called"}
    opened = service.post("/v1/cases", case, by="oversight").json()
    service.until(held["id"], "held")
    late = check_problem(service.post("/v1/oversight/decide", blind, by="oversight"), 409)
    assert "the message changed since this approval was prepared" in late["reasons"]
    service.post(f"/v1/cases/{opened['id']}/close", None, by="oversight")


def test_a_revoked_key_is_worth_nothing(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    made = service.post(
        "/v1/api-keys", {"name": "short", "scopes": ["read"]}, by="administration"
    ).json()
    headers = {"X-API-Key": made["key"]}
    assert httpx.get(f"{service.url}/v1/mailboxes", headers=headers).status_code == 200
    service.clients["administration"].delete(f"/v1/api-keys/{made['id']}")
    check_problem(httpx.get(f"{service.url}/v1/mailboxes", headers=headers), 401)


def test_the_same_request_64_times_at_once_is_one_message(shared: tuple[Running, Sink]) -> None:
    service, smtp = shared
    before = len(smtp.got)

    async def all_at_once() -> list[httpx.Response]:
        headers = {
            "Authorization": f"Bearer {service.keys['sending']}", "Idempotency-Key": "order-1001",
        }  # fmt: skip
        async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
            posts = (client.post("/v1/emails", json=EMAIL) for _ in range(64))
            return await asyncio.gather(*posts)

    answers = asyncio.run(all_at_once())
    assert {answer.status_code for answer in answers} == {200, 202}
    assert sum(answer.status_code == 202 for answer in answers) == 1
    (identity,) = {answer.json()["id"] for answer in answers}
    service.until(identity, "sent")
    assert len(smtp.got) == before + 1
    other = service.post(
        "/v1/emails", {**EMAIL, "text": "else"}, headers={"Idempotency-Key": "order-1001"}
    )
    check_problem(other, 409)
