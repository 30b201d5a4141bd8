"""Webhooks: who is told of which events. What is told carries ids and states, never words."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field
from sqlalchemy import Connection, RowMapping

from pipeline.sender.answers import Done, WebhookAnswer, WebhookPage, answer
from pipeline.sender.authentication import Admin, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import MendedError, field_problem
from pipeline.sender.requests import ApprovalCode, Body, Line
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.keys import Key
from pipeline.store.mailboxes import mailbox_in_use
from pipeline.store.webhooks import (
    end_subscription,
    find_subscription,
    list_subscriptions,
    rotate_secret,
    subscribe,
)
from pipeline.webhooks.events import EVENTS
from pipeline.webhooks.target import TargetError, check_url

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])


def _event(name: str) -> str:
    if name not in EVENTS:
        raise MendedError(f"{name[:40]!r} is no event", f"write some of {', '.join(EVENTS)}")
    return name


def _secret(text: str) -> str:
    if text.startswith("whsec_"):
        try:
            base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            raise MendedError(
                "no secret of Standard Webhooks", "write whsec_ and base64, or leave it out"
            ) from None
    return text


class WebhookRequest(Body):
    """A receiver; without a `secret` one is made, and the answer has it as `signing_secret`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "url": "https://hooks.yourstore.example/mail",
                "events": ["message.sent", "oversight.pending"],
            }
        }
    )

    url: Annotated[Line, Field(max_length=2000)]
    events: Annotated[list[Annotated[str, AfterValidator(_event)]], Field(min_length=1)]
    mailbox_id: Annotated[str, Field(max_length=36)] | None = None
    secret: Annotated[Line, Field(min_length=16, max_length=90), AfterValidator(_secret)] | None = (
        None
    )
    approval_code: ApprovalCode = None


class SecretRotation(Body):
    """How long the secret before still signs, too."""

    overlap_seconds: int = Field(86_400, ge=0, le=7 * 86_400)


@router.post("", status_code=201, responses=answer(WebhookAnswer, 201))
async def create(body: WebhookRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Tell a receiver of events, signed as Standard Webhooks asks.

    Receivers are https addresses of the public Internet, unless the settings say otherwise.
    """
    try:
        check_url(body.url, local=service.settings.webhooks_local)
    except TargetError as error:
        raise field_problem("url", str(error), error.mend) from None
    row = await service.store.write(lambda connection: _create(connection, body, key))
    return _shown(row, with_secret=True)


@router.get("", responses=answer(WebhookPage))
async def listing(
    key: Admin, service: Serving, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The receivers, oldest first, without their secrets."""
    rows = await service.store.read(
        lambda connection: list_subscriptions(connection, after=cursor, limit=limit)
    )
    last = rows[-1]["id"] if rows else ""
    return page([_shown(row) for row in rows], limit, last, "subscriptions", "webhooks", "data")


@router.get("/{webhook_id}", responses=answer(WebhookAnswer))
async def one(webhook_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """One receiver, with the secret that its messages are signed with."""
    row = await service.store.read(lambda connection: find_subscription(connection, webhook_id))
    return _shown(row, with_secret=True)


@router.post("/{webhook_id}/rotate", responses=answer(WebhookAnswer))
async def rotate(
    webhook_id: str, key: Admin, service: Serving, body: SecretRotation | None = None
) -> dict[str, Any]:
    """Give a receiver another secret; for a while its deliveries are signed with both."""
    overlap = (body or SecretRotation()).overlap_seconds * 1000
    row = await service.store.write(
        lambda connection: rotate_secret(connection, webhook_id, overlap, person(key))
    )
    return _shown(row, with_secret=True)


@router.delete("/{webhook_id}", responses=answer(Done))
async def end(webhook_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Tell this receiver nothing any more."""
    await service.store.write(
        lambda connection: end_subscription(connection, webhook_id, person(key))
    )
    return {"id": webhook_id, "status": "deleted"}


def _create(connection: Connection, body: WebhookRequest, key: Key) -> RowMapping:
    if body.mailbox_id is not None:
        mailbox_in_use(connection, body.mailbox_id)
    return subscribe(
        connection, body.url, body.events, person(key), mailbox_id=body.mailbox_id,
        secret=body.secret, created_by=key.id,
    )  # fmt: skip


def _shown(row: RowMapping, *, with_secret: bool = False) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "url", "events", "mailbox_id")}
    secret = {"signing_secret": row["secret"]} if with_secret else {}
    return {**shown, **secret, "created_at": time_text(row["created_at"])}
