"""Corrections of a waiting message by a person: its words, or a fraud mark that was wrong."""

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection

from pipeline.sender.answers import EmailView, answer
from pipeline.sender.authentication import Overseer, person
from pipeline.sender.correcting import change_words
from pipeline.sender.requests import Line, Text
from pipeline.sender.routes.translation import message_json
from pipeline.sender.service import Service, Serving
from pipeline.store.correcting import clear_fraud
from pipeline.store.oversight import VERSIONS

router = APIRouter(prefix="/v1", tags=["oversight"])


class EditRequest(BaseModel):
    """New words for the version that was read; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")]
    subject: Annotated[Line, Field(max_length=998)] | None = None
    text: Text | None = None
    html: Text | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "EditRequest":
        if self.subject is None and self.text is None and self.html is None:
            raise ValueError("give `subject`, `text` or `html`")
        return self


class ClearFraudRequest(BaseModel):
    """The message whose fraud mark is wrong."""

    model_config = ConfigDict(extra="forbid")

    email_id: Annotated[str, Field(min_length=1, max_length=36)]


@router.post("/emails/{email_id}/edit", responses=answer(EmailView))
async def edit(email_id: str, body: EditRequest, key: Overseer, service: Serving) -> dict[str, Any]:
    """Change the words of a message that waits; it is decided anew.

    Earlier approvals are void, and whoever edits never approves the message.
    """
    seen = dict(zip(VERSIONS, map(int, body.version.split(".")), strict=True))
    words = body.model_dump(include={"subject", "text", "html"}, exclude_none=True)
    try:
        await service.store.write(
            lambda connection: change_words(connection, email_id, person(key), seen, words)
        )
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    return await _decided(service, email_id)


@router.post("/oversight/clear-fraud", responses=answer(EmailView))
async def clear(body: ClearFraudRequest, key: Overseer, service: Serving) -> dict[str, Any]:
    """Take a fraud mark off, and the tag if the author had set it; the message is decided anew.

    What the classifier reads or an open case says still counts, and may mark it again.
    """
    await service.store.write(
        lambda connection: clear_fraud(connection, body.email_id, person(key))
    )
    return await _decided(service, body.email_id)


async def _decided(service: Service, email_id: str) -> dict[str, Any]:
    await service.acceptance.decide_waiting()

    def look(connection: Connection) -> dict[str, Any]:
        return message_json(connection, email_id, full=True)

    return await service.store.read(look)
