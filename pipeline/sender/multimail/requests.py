"""The bodies of these clients, checked like those of the flat routes."""

import base64
from datetime import datetime
from typing import Annotated, Any, Literal

from markdown_it import MarkdownIt
from pydantic import ConfigDict, Field, field_validator

from pipeline.sender.problems import MendedError
from pipeline.sender.requests import Addresses, Body, Line, Text, largest_number_of
from pipeline.store.mailboxes import StoredMailbox

__all__ = ["FileRequest", "ReplyRequest", "ScheduleRequest", "SendRequest", "page_of"]

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_MOST_MARKDOWN = 262_144

Markdown = Annotated[Text, Field(max_length=_MOST_MARKDOWN)]


def page_of(markdown: str) -> str:
    """The HTML that `markdown` writes (CommonMark and tables); HTML within it stays text."""
    rendered: str = _MARKDOWN.render(markdown)
    return rendered


def _in_utc(time: datetime | None) -> datetime | None:
    if time is not None and time.tzinfo is None:
        raise MendedError("the time has no zone", "write it as 2026-11-24T10:00:00Z")
    return time


class FileRequest(Body):
    """A file, its bytes in base64."""

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    content_base64: str
    content_type: Annotated[str, Field(max_length=127)] = "application/octet-stream"

    @field_validator("content_base64")
    @classmethod
    def _base64(cls, text: str) -> str:
        try:
            base64.b64decode(text, validate=True)
        except ValueError:
            raise MendedError("not base64", "encode the file as base64 (RFC 4648)") from None
        return text

    def as_flat(self) -> dict[str, str]:
        """The file as `POST /v1/emails` takes it."""
        return {
            "filename": self.name,
            "content": self.content_base64,
            "content_type": self.content_type,
        }


class _Written(Body):
    """What a message and a reply have in common; `ucan` is taken and says nothing here."""

    markdown: Annotated[Markdown, Field(min_length=1)]
    cc: Addresses = Field(default_factory=list)
    bcc: Addresses = Field(default_factory=list)
    attachments: Annotated[
        list[FileRequest], Field(max_length=largest_number_of["attachments"])
    ] = Field(default_factory=list)
    idempotency_key: Annotated[Line, Field(min_length=1, max_length=256)] | None = None
    send_at: datetime | None = None
    gate_timing: Literal["gate_first"] | None = Field(
        None, description="A person is asked at once, and what they approved waits for its time."
    )
    ucan: Annotated[str, Field(max_length=11_008)] | None = None

    _zone = field_validator("send_at")(_in_utc)

    def as_flat(self, box: StoredMailbox) -> dict[str, Any]:
        """The body as `POST /v1/emails` takes it, with what the mailbox adds."""
        words = self.markdown + (f"\n\n{box.signature}" if box.signature else "")
        sender = f"{box.display_name} <{box.address}>" if box.display_name else box.address
        return {
            "from": sender,
            "cc": [*self.model_dump()["cc"], *filter(None, [box.auto_cc])],
            "bcc": [*self.model_dump()["bcc"], *filter(None, [box.auto_bcc])],
            "text": words,
            "html": page_of(words),
            "attachments": [file.as_flat() for file in self.attachments],
            "idempotency_key": self.idempotency_key,
            "send_at": self.send_at,
        }


class SendRequest(_Written):
    """A message in markdown."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "to": ["customer@example.org"],
                "subject": "Your order",
                "markdown": "It left us **today**.",
            }
        }
    )

    to: Annotated[Addresses, Field(min_length=1)]
    subject: Annotated[Line, Field(max_length=998)]

    def as_flat(self, box: StoredMailbox) -> dict[str, Any]:
        """The body as `POST /v1/emails` takes it."""
        return {**super().as_flat(box), "to": self.model_dump()["to"], "subject": self.subject}


class ReplyRequest(_Written):
    """An answer in markdown; who it goes to and its subject come from the message it answers."""


class ScheduleRequest(Body):
    """What shall be otherwise in a message that waits for its time; the rest stays as it is."""

    send_at: datetime | None = None
    to: Annotated[Addresses, Field(min_length=1)] | None = None
    cc: Addresses | None = None
    bcc: Addresses | None = None
    subject: Annotated[Line, Field(max_length=998)] | None = None
    markdown: Annotated[Markdown, Field(min_length=1)] | None = None

    _zone = field_validator("send_at")(_in_utc)

    def as_changes(self) -> dict[str, Any]:
        """The parts of a draft that change."""
        changes = self.model_dump(mode="json", exclude_none=True, exclude={"markdown"})
        if self.markdown is not None:
            changes |= {"text": self.markdown, "html": page_of(self.markdown)}
        return changes
