"""What becomes of a message whose acknowledgement was lost, by its class."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.store import unknown
from tests.pipeline.sender.support import EMAIL, Running, Sink, serving, wait_for

GATED = {**EMAIL, "kind": "reply", "text": "Nobody allows this."}


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "_PATIENCE", 0)


def outcomes(service: Running, identity: str) -> set[str]:
    view: Any = service.get(f"/v1/emails/{identity}").json()
    return {one["outcome"] for one in view["recipients"]}


def test_retry_once_sends_again_once_and_then_leaves_it_to_a_person(
    tmp_path: Path, smtp: Sink
) -> None:
    smtp.hook = lambda phase, argument: "keep and hang up" if phase == "data" else None
    with serving(tmp_path, smtp.port, when_unknown={"transactional": "retry_once"}) as service:
        lost = service.post("/v1/emails", EMAIL).json()["id"]
        wait_for(lambda: len(smtp.got), lambda count: count == 2)
        service.until(lost, "unknown")
        fine = service.post("/v1/emails", {**EMAIL, "to": "b@example.org"}).json()["id"]
        wait_for(lambda: len(smtp.got), lambda count: count == 3)
        smtp.hook = lambda phase, argument: None
        service.until(fine, "sent")
        assert outcomes(service, fine) == {"sent"}
        assert service.status(lost) == "unknown"
        assert len(smtp.got) == 4


def test_assume_sent_ends_the_doubt_without_sending(tmp_path: Path, smtp: Sink) -> None:
    smtp.hook = lambda phase, argument: "keep and hang up" if phase == "data" else None
    with serving(tmp_path, smtp.port, when_unknown={"transactional": "assume_sent"}) as service:
        lost = service.post("/v1/emails", EMAIL).json()["id"]
        service.until(lost, "sent")
        assert outcomes(service, lost) == {"sent"}
        assert len(smtp.got) == 1


def test_what_a_person_approved_is_for_a_person_to_resolve(tmp_path: Path, smtp: Sink) -> None:
    smtp.hook = lambda phase, argument: "keep and hang up" if phase == "data" else None
    classes = {"reply": "retry_once", "transactional": "retry_once"}
    with serving(tmp_path, smtp.port, when_unknown=classes) as service:
        gated = service.post("/v1/emails", GATED).json()["id"]
        assert service.status(gated) == "held"
        service.get("/v1/oversight/pending", by="oversight")
        decision = {"email_id": gated, "action": "approve"}
        assert service.post("/v1/oversight/decide", decision, by="oversight").status_code == 200
        service.until(gated, "unknown")
        smtp.hook = lambda phase, argument: None
        free = service.post("/v1/emails", EMAIL).json()["id"]
        service.until(free, "sent")
        assert service.status(gated) == "unknown"
        assert len(smtp.got) == 2
        answer = {"email_id": gated, "outcome": "retry"}
        assert service.post("/v1/oversight/resolve", answer, by="oversight").status_code == 200
        service.until(gated, "sent")
        assert outcomes(service, gated) == {"sent"}
