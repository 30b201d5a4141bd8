"""A message that waits for its time: another time, other people or other words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, field_validator
from sqlalchemy import Connection

from pipeline.sender.answers import EmailAnswer, answer
from pipeline.sender.authentication import Writer
from pipeline.sender.problems import MendedError, ProblemError
from pipeline.sender.requests import Addresses, Body, Line, Text
from pipeline.sender.routes.emails import own_message
from pipeline.sender.routes.handing_in import checked
from pipeline.sender.routes.translation import message_json
from pipeline.sender.service import Service, Serving
from pipeline.store.correcting import edit
from pipeline.store.execution import Who, now_ms
from pipeline.store.keys import Key
from pipeline.store.oversight import versions_of
from pipeline.store.stored_messages import find_message
from policy.lifecycle import WAITING, Actor, State

__all__ = ["change_scheduled", "router"]

router = APIRouter(prefix="/v1/emails", tags=["emails"])


class ScheduleRequest(Body):
    """What shall be otherwise; what is left out stays as it is."""

    send_at: datetime | None = None
    to: Annotated[Addresses, Field(min_length=1)] | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    subject: Annotated[Line, Field(max_length=998)] | None = None
    text: Text | None = None
    html: Text | None = None

    @field_validator("send_at")
    @classmethod
    def _with_zone(cls, time: datetime | None) -> datetime | None:
        if time is not None and time.tzinfo is None:
            raise MendedError("the time has no zone", "write it as 2026-11-24T10:00:00Z")
        return time


@router.patch("/{email_id}/schedule", responses=answer(EmailAnswer))
async def reschedule(
    email_id: str, body: ScheduleRequest, key: Writer, service: Serving
) -> dict[str, Any]:
    """Change a message of one's own whose `send_at` has not come.

    It is decided anew, and approvals that it had are void: they were about something else.
    """
    changes = body.model_dump(mode="json", exclude_none=True)
    await change_scheduled(service, key, email_id, changes)
    return await service.store.read(lambda connection: message_json(connection, email_id))


async def change_scheduled(
    service: Service, key: Key, email_id: str, changes: Mapping[str, Any]
) -> None:
    """Put `changes` into the draft of a scheduled message and have it decided anew.

    Raises ProblemError when nothing changes, when it cannot be written so, or when it does not
    wait for a time; NotFoundError, RefusedError.
    """
    if not changes:
        raise ProblemError(
            422, "nothing was given to change", "give `send_at`, people or words", field="body"
        )
    await service.store.write(lambda connection: _change(connection, email_id, key, changes))
    await service.acceptance.decide_waiting()


def _change(connection: Connection, email_id: str, key: Key, changes: Mapping[str, Any]) -> None:
    own_message(connection, email_id, key)
    row = find_message(connection, email_id)
    if State(row["state"]) not in WAITING or row["not_before"] <= now_ms():
        raise ProblemError(
            409,
            f"the message is {row['state']} and does not wait for a time",
            "only what has a `send_at` that is still to come can be changed; else cancel it",
            state=row["state"],
        )
    draft = {**row["draft"], **changes}
    wanted = checked(draft)
    who = Who(Actor.AUTHOR, key.holder)
    edit(
        connection, email_id, who, versions_of(connection, email_id), draft,
        recipients=[(box.address, role) for box, role in wanted.recipients],
        not_before=int(wanted.send_at.timestamp() * 1000) if wanted.send_at else now_ms(),
    )  # fmt: skip
