"""Oversight: what waits for a person, and what the person decides."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection

from pipeline.sender.authentication import Overseer, person
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import DecideRequest, ResolveRequest
from pipeline.sender.routes.translation import message_json
from pipeline.sender.service import Service, serving
from pipeline.store import unknown
from pipeline.store.keys import Key
from pipeline.store.messages import in_state
from pipeline.store.oversight import VERSIONS, approve, mark_shown, reject, seen_by, versions_of
from policy.lifecycle import State

router = APIRouter(prefix="/v1/oversight", tags=["oversight"])


@router.get("/pending")
async def pending(
    key: Overseer,
    service: Annotated[Service, Depends(serving)],
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """The held messages, oldest first, with why they are held and the `version` to decide on.

    What is shown here is remembered: a decision without a version is about this.
    """
    messages = await service.store.write(lambda connection: _show(connection, key, cursor, limit))
    return {
        "emails": messages,
        "pending": messages,
        "cursor": messages[-1]["id"] if len(messages) == limit else None,
    }


@router.post("/decide")
async def decide(
    body: DecideRequest, key: Overseer, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Approve or reject a held message.

    Nobody approves what they wrote, nor what changed since it was shown to them.
    """
    answer = await service.store.write(lambda connection: _decide(connection, body, key))
    service.wake()
    return answer


@router.post("/resolve")
async def resolve(
    body: ResolveRequest, key: Overseer, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Settle a message whose acknowledgement was lost (status `unknown`).

    `sent` when a person found that it arrived; `retry` when twice is better than never.
    """
    answer = await service.store.write(lambda connection: _resolve(connection, body, key))
    service.wake()
    return answer


def _resolve(connection: Connection, body: ResolveRequest, key: Key) -> dict[str, Any]:
    unknown.resolve(connection, body.email_id, person(key), again=body.outcome == "retry")
    return message_json(connection, body.email_id)


def _show(connection: Connection, key: Key, cursor: str, limit: int) -> list[dict[str, Any]]:
    identities = [row["id"] for row in in_state(connection, State.HELD, after=cursor, limit=limit)]
    shown = [(one, versions_of(connection, one)) for one in identities]
    mark_shown(connection, key.holder, shown)
    return [message_json(connection, one, full=True) for one in identities]


def _decide(connection: Connection, body: DecideRequest, key: Key) -> dict[str, Any]:
    who = person(key)
    if body.action == "reject":
        reject(connection, body.email_id, who, body.reason)
        return message_json(connection, body.email_id)
    if body.version is not None:
        numbers = map(int, body.version.split("."))
        seen = dict(zip(VERSIONS, numbers, strict=True))
    else:
        remembered = seen_by(connection, key.holder, body.email_id)
        if remembered is None:
            versions_of(connection, body.email_id)  # a message that is not there is 404
            raise ProblemError(
                409,
                "this message was not shown to you",
                "read GET /v1/oversight/pending first, or send the `version` you have read",
                field="version",
            )
        seen = dict(remembered)
    approve(connection, body.email_id, who, seen, key.roles)
    return message_json(connection, body.email_id)
