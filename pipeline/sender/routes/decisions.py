"""Decisions without consequences: what would become of this message, and why."""

from typing import Any

from fastapi import APIRouter

from pipeline.sender.answers import DecisionAnswer, answer
from pipeline.sender.authentication import Writer
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import EmailRequest
from pipeline.sender.routes.translation import author_of, cannot_compose
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError
from policy.modes import Event, Mode

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])


@router.post("", responses=answer(DecisionAnswer))
async def dry_run(body: EmailRequest, key: Writer, service: Serving) -> dict[str, Any]:
    """The decision on a message, its reasons with file and line, and its obligations.

    Nothing is kept and nothing is sent.
    """
    with cannot_compose():
        try:
            prepared = await service.acceptance.question(body, author_of(key))
        except NotFoundError as error:
            raise ProblemError(
                422, f"from: {error}", "write from an address that has a mailbox here",
                field="from",
            ) from None  # fmt: skip
    mode = prepared.judgement.mode
    status = (
        "blocked"
        if mode is Mode.BLOCKED
        else "held"
        if mode.needs_approval(Event.SEND)
        else "queued"
    )
    return {
        "decision": mode.label,
        "status_if_sent": status,
        **prepared.judgement.as_json(),
        "tags": sorted(prepared.judgement.tags),
        "policy": {
            "name": service.acceptance.gate.policy.name,
            "digest": service.acceptance.gate.digest,
        },
    }
