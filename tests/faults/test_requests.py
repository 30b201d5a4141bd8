"""Requests that are bombs, lies or races."""

import asyncio
import gzip
import json
from collections.abc import Iterator

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
