"""Oversight: what waits for a person, and what the person decides."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from pipeline.sender.answers import (
    EmailAnswer,
    PendingPage,
    UpgradeCodeShown,
    UpgradeWishes,
    answer,
)
from pipeline.sender.authentication import Overseer, person
from pipeline.sender.bodies import body_of
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import DecideRequest, ResolveRequest
from pipeline.sender.routes.translation import message_json, time_text
from pipeline.sender.service import Serving
from pipeline.store import unknown
from pipeline.store.execution import RefusedError
from pipeline.store.keys import Key
from pipeline.store.listing import listed_message
from pipeline.store.oversight import VERSIONS, mark_shown, reject, seen_by, versions_of
from pipeline.store.stored_messages import find_message, in_state
from pipeline.store.upgrades import UpgradeError, code_for_upgrade, open_upgrades
from policy.lifecycle import State

router = APIRouter(prefix="/v1/oversight", tags=["oversight"])


@router.get("/pending", responses=answer(PendingPage))
async def pending(
    key: Overseer, service: Serving, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """The held messages, oldest first, with why they are held and the `version` to decide on.

    What is shown here is remembered: a decision without a version is about this. The words of a
    message stand in `body_markdown` of `emails` and nowhere else: they are somebody's, not ours.
    """
    messages = await service.store.write(lambda connection: _show(connection, key, cursor, limit))
    bare = [{name: one[name] for name in one if name != "body_markdown"} for one in messages]
    last = messages[-1]["id"] if messages else ""
    return page(messages, limit, last, "emails", pending=bare, data=bare)


@router.get("/upgrades", responses=answer(UpgradeWishes))
async def upgrades(key: Overseer, service: Serving) -> dict[str, Any]:
    """The freer modes that were asked for, oldest first."""
    rows = await service.store.read(open_upgrades)
    names = ("id", "mailbox_id", "target_mode", "asked_by")
    return {
        "upgrades": [
            {**{name: row[name] for name in names}, "asked_at": time_text(row["asked_at"])}
            for row in rows
        ]
    }


@router.post("/upgrades/{upgrade_id}/code", responses=answer(UpgradeCodeShown))
async def upgrade_code(upgrade_id: str, key: Overseer, service: Serving) -> dict[str, Any]:
    """The code that lets an upgrade through, for the eyes of a person; an earlier one is void.

    Whoever asked for the upgrade cannot have it.
    """
    try:
        code, expires = await service.store.write(
            lambda connection: code_for_upgrade(connection, upgrade_id, person(key))
        )
    except UpgradeError as error:
        raise ProblemError(
            403, str(error), "have somebody else look at it", rule="four eyes"
        ) from None
    return {"id": upgrade_id, "code": code, "expires_at": time_text(expires)}


@router.post("/decide", responses=answer(EmailAnswer))
async def decide(body: DecideRequest, key: Overseer, service: Serving) -> dict[str, Any]:
    """Approve or reject a held message.

    Nobody approves what they wrote, nor what changed since it was shown to them. When the policy
    demands more by now than it did then, the message is decided anew and the approval refused.
    """
    who = person(key)
    try:
        if body.action == "reject":
            await service.store.write(
                lambda connection: reject(connection, body.email_id, who, body.reason)
            )
        else:
            seen = await service.store.read(lambda connection: _seen(connection, body, key))
            await service.acceptance.approve(body.email_id, who, seen, key.roles)
    except RefusedError as refusal:
        row = await service.store.read(lambda connection: find_message(connection, body.email_id))
        raise _refused(row["judgement"] or {}, refusal) from None
    answer = await service.store.read(lambda connection: message_json(connection, body.email_id))
    service.wake()
    return answer


@router.post("/resolve", responses=answer(EmailAnswer))
async def resolve(body: ResolveRequest, key: Overseer, service: Serving) -> dict[str, Any]:
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
    return [_held(connection, one) for one in identities]


def _held(connection: Connection, identity: str) -> dict[str, Any]:
    row = listed_message(connection, identity)
    shown = message_json(connection, identity, full=True)
    received = shown["created_at"]
    return {
        **{name: part for name, part in shown.items() if name not in ("text", "html")},
        "mailbox_id": row["mailbox_id"],
        "direction": "inbound" if row["inbound"] else "outbound",
        "received_at": received,
        "body_markdown": body_of(row),
    }


def _refused(judgement: Mapping[str, Any], refusal: RefusedError) -> ProblemError:
    """The refusal with the rule that decided about the message, and where that rule stands."""
    first: dict[str, Any] = next(iter(judgement.get("reasons", ())), {})
    return ProblemError(
        409,
        str(refusal),
        "read the message again and decide on what it is now",
        reasons=list(refusal.reasons),
        state=refusal.state.value if refusal.state else None,
        rule=first.get("title"),
        source=first.get("source"),
    )


def _seen(connection: Connection, body: DecideRequest, key: Key) -> Mapping[str, int]:
    """The versions that an approval is about: those it names, or that were shown last."""
    if body.version is not None:
        numbers = map(int, body.version.split("."))
        return dict(zip(VERSIONS, numbers, strict=True))
    remembered = seen_by(connection, key.holder, body.email_id)
    if remembered is None:
        versions_of(connection, body.email_id)  # a message that is not there is 404
        raise ProblemError(
            409,
            "this message was not shown to you",
            "read GET /v1/oversight/pending first, or send the `version` you have read",
            field="version",
        )
    return remembered
