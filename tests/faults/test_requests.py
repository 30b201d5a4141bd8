"""Requests that are bombs, lies or races."""

import asyncio
import gzip
import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import httpx
import pytest

from tests.pipeline.sender.support import EMAIL, FRAUD, Running, Sink, serving, sink


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Sink]]:
    with sink() as smtp, serving(tmp_path_factory.mktemp("service"), smtp.port) as running:
        yield running, smtp


_WORDS = json.dumps(EMAIL).encode()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(b"0" * 10_000_000), {"Content-Encoding": "gzip"}),
        (_WORDS.replace(b"Thank", b"\xff\xfe\xc0\xaf"), {}),
        (_WORDS.replace(b"Thank", b"\\ud800"), {}),
        (_WORDS.replace(b"Thank", b"\\udfff\\ud800"), {}),
        (_WORDS.replace(b"Thank", b"\\u0000"), {}),
        (b"[" * 100_000, {}),
        (b'{"a":' * 50_000, {}),
        (_WORDS[:-1] + b',"x":' + b"9" * 100_000 + b"}", {}),
        (b"\x00" * 1_000, {}),
        (json.dumps({**EMAIL, "to": [f"c{n}@example.org" for n in range(50_000)]}).encode(), {}),
        (json.dumps({**EMAIL, "subject": "x" * 1_000_000}).encode(), {}),
        (json.dumps({**EMAIL, "headers": {f"X-{n}": "y" for n in range(10_000)}}).encode(), {}),
        (json.dumps({**EMAIL, "tags": ["t"] * 100_000}).encode(), {}),
    ],
)
def test_no_request_is_answered_with_an_error_of_ours(
    shared: tuple[Running, Sink], body: bytes, headers: dict[str, str]
) -> None:
    service, smtp = shared
    before = len(smtp.got)
    answer = httpx.post(
        f"{service.url}/v1/emails", content=body, timeout=60,
        headers={"Authorization": f"Bearer {service.keys['sending']}",
                 "Content-Type": "application/json", **headers},
    )  # fmt: skip
    assert 400 <= answer.status_code < 500, answer.text[:500]
    assert answer.json().get("mend"), answer.text[:500]
    assert len(smtp.got) == before


def test_of_all_who_decide_at_once_one_wins(shared: tuple[Running, Sink]) -> None:
    service, smtp = shared
    for _ in range(3):
        held = service.post("/v1/emails", FRAUD).json()["id"]
        service.get("/v1/oversight/pending", by="oversight")
        approve, reject = (
            ("POST", "/v1/oversight/decide", {"email_id": held, "action": action}, "oversight")
            for action in ("approve", "reject")
        )
        cancel = ("POST", f"/v1/emails/{held}/cancel", {}, "sending")
        answers = asyncio.run(at_once(service, [approve, reject, cancel, approve, reject, cancel]))
        assert all(code < 500 for _, code in answers)
        won = {name for name, code in answers if code < 300}
        end = service.until(held, "sent", "rejected", "cancelled")
        arrived = sum(held.encode() in raw for _, raw in smtp.got)
        assert not {"approve", "reject"} <= won  # the second finds it decided
        assert arrived == (end == "sent")
        assert {"sent": "approve", "rejected": "reject", "cancelled": "cancel"}[end] in won


async def at_once(
    service: Running, asked: list[tuple[str, str, dict[str, str], str]]
) -> list[tuple[str, int]]:
    """What each of these requests was answered with, all made at the same time."""
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:

        async def one(method: str, path: str, body: dict[str, str], by: str) -> tuple[str, int]:
            headers = {"Authorization": f"Bearer {service.keys[by]}"}
            answer = await client.request(method, path, json=body, headers=headers)
            return body.get("action", "cancel"), answer.status_code

        return await asyncio.gather(*(one(*request) for request in asked))


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_a_mail_scanner_does_with_an_address_decides_nothing(
    shared: tuple[Running, Sink], method: str
) -> None:
    service, _ = shared
    held = service.post("/v1/emails", FRAUD).json()["id"]
    service.get("/v1/oversight/pending", by="oversight")
    for path in (
        f"/console/messages/{held}", f"/console/messages/{held}/approve",
        f"/v1/oversight/decide?email_id={held}&action=approve", f"/v1/emails/{held}/cancel",
    ):  # fmt: skip
        for _ in range(2):
            answer = httpx.request(method, f"{service.url}{path}", headers={"Purpose": "prefetch"})
            assert answer.status_code < 500
    assert service.status(held) == "held"


TEMPLATES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }} {% for a in range(10**9) %}x{% endfor %} {#c#} "
    "${7*7} #{7*7} <%= 7*7 %> %(password)s {0.__class__} {name!r:>1000000000}"
)


def test_what_looks_like_a_template_arrives_as_it_was_written(shared: tuple[Running, Sink]) -> None:
    service, smtp = shared
    body = {**EMAIL, "subject": TEMPLATES, "text": TEMPLATES}
    identity = service.post("/v1/emails", body).json()["id"]
    service.until(identity, "sent", "held")
    held = service.post("/v1/emails", {**FRAUD, "subject": TEMPLATES, "text": TEMPLATES}).json()
    found = service.get("/v1/oversight/pending", by="oversight").json()["pending"]
    (one,) = [one for one in found if one["id"] == held["id"]]
    assert one["subject"] == TEMPLATES
    assert TEMPLATES in {"".join(value.split("\n")) for value in one.values() if type(value) is str}
    raw = next(raw for _, raw in smtp.got if identity.encode() in raw)
    message = message_from_bytes(raw, policy=default)
    part = message.get_body(("plain",))
    assert part is not None
    assert " ".join(str(message["subject"]).split()) == TEMPLATES
    assert TEMPLATES in " ".join(part.get_content().split())
    assert "49" not in raw.decode()


def test_an_id_gives_nobody_more_than_their_key_may(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    held = service.post("/v1/emails", FRAUD).json()["id"]
    box = service.get("/v1/mailboxes").json()["mailboxes"][0]["id"]
    key = service.get("/v1/api-keys", by="administration").json()["api_keys"][0]["id"]
    real = {"email_id": held, "mailbox_id": box, "key_id": key}
    nobody = str(UUID(int=0))
    asked = 0
    for path, operations in service.get("/openapi.json").json()["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        for method, operation in operations.items():
            ways = operation.get("security", [])
            scopes = {scope for way in ways for given in way.values() for scope in given}
            if not names or not scopes & {"oversight", "admin"}:
                continue
            answers = set()
            for ids in (real, {}):
                url = path.format(**{name: ids.get(name, nobody) for name in names})
                answer = service.clients["sending"].request(method, url, json={})
                answers.add((answer.status_code, answer.text.replace(url, path)))
            assert {code for code, _ in answers} == {403}, (path, method, answers)
            assert len(answers) == 1, (path, method, answers)  # nor is it told which ids there are
            asked += 1
    assert asked > 10
    assert service.status(held) == "held"


def test_an_author_takes_back_and_changes_only_their_own(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    later = {**EMAIL, "send_at": "2099-01-01T00:00:00Z"}
    theirs = service.post("/v1/emails", later).json()["id"]
    made = service.post(
        "/v1/api-keys", {"name": "another", "scopes": ["read", "send"]}, by="administration"
    )
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    with httpx.Client(base_url=service.url, headers=headers, timeout=30) as another:
        for method, path, body in (
            ("POST", f"/v1/emails/{theirs}/cancel", {}),
            ("PATCH", f"/v1/emails/{theirs}/schedule", {"send_at": "2098-01-01T00:00:00Z"}),
        ):
            answer = another.request(method, path, json=body)
            assert answer.status_code in (403, 404, 409), answer.text
    found = service.get(f"/v1/emails/{theirs}").json()
    assert found["status"] == "queued"


def test_a_message_is_found_in_its_own_mailbox_only(shared: tuple[Running, Sink]) -> None:
    service, _ = shared
    identity = service.post("/v1/emails", FRAUD).json()["id"]
    made = service.post(
        "/v1/mailboxes", {"address": "other@yourstore.example"}, by="administration"
    )
    other = made.json()["id"]
    for way in ("", "/tags"):
        answer = service.get(f"/v1/mailboxes/{other}/emails/{identity}{way}")
        assert answer.status_code == 404, answer.text
    answer = service.post(f"/v1/mailboxes/{other}/emails/{identity}/cancel", {})
    assert answer.status_code == 404, answer.text
    assert service.status(identity) == "held"
