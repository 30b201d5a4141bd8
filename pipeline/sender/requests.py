"""The bodies of requests, checked: after this, every address is one and every text is plain."""

import base64
import binascii
import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from pipeline.mail.addresses import Mailbox, parse_mailbox, unsafe_character
from pipeline.mail.composing import may_set_header
from pipeline.sender.problems import MendedError

__all__ = [
    "Address", "Addresses", "ApprovalCode", "AttachmentRequest", "Body", "DecideRequest",
    "EmailRequest", "Line", "MessageId", "ResolveRequest", "Text",
    "largest_number_of",
]  # fmt: skip

largest_number_of = {"recipients": 50, "attachments": 20, "tags": 50, "headers": 30}
"""How many of each one message may have."""

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,120}@[!-;=?-~]{1,120}>")


def _line(text: str) -> str:
    if problem := unsafe_character(text):
        raise MendedError(f"{problem} may not stand here", "write plain text in one line")
    return text


def _text(text: str) -> str:
    if "\x00" in text:
        raise MendedError("the character U+0000 may not stand here", "leave it out")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MendedError(
            "half a surrogate pair stands here", "send text as proper UTF-8"
        ) from None
    return text


def _mailbox(value: Any) -> Mailbox:
    if isinstance(value, Mailbox):
        return value
    if not isinstance(value, str):
        raise MendedError("not a text", "write one address as a text")
    return parse_mailbox(value)


def _list_of_mailboxes(value: Any) -> Any:
    most = largest_number_of["recipients"]
    if isinstance(value, list) and len(value) > most:  # before each of them is read
        raise MendedError(f"{len(value)} recipients are too many", f"write to at most {most}")
    return [value] if isinstance(value, str) else value


def _message_id(text: str) -> str:
    found = text.strip()
    found = found if found.startswith("<") else f"<{found}>"
    if not _MESSAGE_ID.fullmatch(found):
        raise MendedError(
            f"{text[:80]!r} is no Message-ID", "write the Message-ID of the mail you answer"
        )
    return found


def _shown(box: Mailbox) -> str:
    return f"{box.name} <{box.address}>" if box.name else box.address


Line = Annotated[str, AfterValidator(_line)]
Text = Annotated[str, Field(max_length=2_000_000), AfterValidator(_text)]
MessageId = Annotated[str, Field(max_length=255), AfterValidator(_message_id)]
Address = Annotated[
    Mailbox,
    BeforeValidator(_mailbox, json_schema_input_type=str),
    PlainSerializer(_shown, return_type=str),
]
Addresses = Annotated[
    list[Address],
    BeforeValidator(_list_of_mailboxes, json_schema_input_type=str | list[str]),
    Field(max_length=largest_number_of["recipients"]),
]

ApprovalCode = Annotated[
    str | None,
    Field(
        max_length=64,
        description="Sent by clients of MultiMail; not needed here, where a key that administers "
        "is held by a person.",
    ),
]


class Body(BaseModel):
    """A body of which every field is known: another one is refused by name."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class AttachmentRequest(Body):
    """A file, its bytes in base64 (RFC 4648)."""

    filename: Annotated[Line, Field(min_length=1, max_length=200)]
    content_type: Annotated[str, Field(max_length=127)] = "application/octet-stream"
    content: str

    @field_validator("content_type")
    @classmethod
    def _plain_media_type(cls, text: str) -> str:
        if not _MEDIA_TYPE.fullmatch(text.lower()) or text.lower().startswith(
            ("multipart/", "message/")
        ):
            raise MendedError(f"{text!r} is no type of a file", "write one such as image/png")
        return text.lower()

    @field_validator("content")
    @classmethod
    def _base64(cls, text: str) -> str:
        try:
            base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise MendedError("not base64", "encode the file as base64 (RFC 4648)") from None
        return text

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return base64.b64decode(self.content)


class EmailRequest(Body):
    """A message to send.

    `tags` that the policy declares are facts; all others are labels, kept and shown. `facts` are
    values of facts that only the caller can know, such as those that the policy file declares.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "from": "orders@yourstore.example",
                "to": "customer@example.org",
                "subject": "Order Confirmed: #1001",
                "text": "Thank you for your order.",
                "tags": ["order-confirmation", "order-1001"],
            }
        }
    )

    sender: Annotated[Address, Field(alias="from")]
    to: Annotated[Addresses, Field(min_length=1)]
    cc: Addresses = []
    bcc: Addresses = []
    reply_to: Addresses = []
    subject: Annotated[Line, Field(max_length=998)]
    text: Text = ""
    html: Text = ""
    kind: Literal["transactional", "marketing", "reply"] | None = None
    intent: Annotated[str, Field(max_length=40)] | None = None
    in_reply_to: MessageId | None = None
    tags: Annotated[
        list[Annotated[Line, Field(min_length=1, max_length=100)]],
        Field(max_length=largest_number_of["tags"]),
    ] = []
    facts: Annotated[dict[str, bool | int | float | str | list[str]], Field(max_length=50)] = {}
    headers: Annotated[
        dict[str, Annotated[Line, Field(max_length=900)]],
        Field(max_length=largest_number_of["headers"]),
    ] = {}
    attachments: Annotated[
        list[AttachmentRequest], Field(max_length=largest_number_of["attachments"])
    ] = []
    send_at: datetime | None = None
    idempotency_key: Annotated[Line, Field(min_length=1, max_length=256)] | None = None

    @field_validator("headers")
    @classmethod
    def _allowed(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if not may_set_header(name):
                raise MendedError(
                    f"the header {name[:80]!r} may not be set",
                    "set X-…, List-… or Feedback-ID; the fields above set the others",
                )
        if len({name.lower() for name in headers}) != len(headers):
            raise MendedError("a header stands twice", "write each header once")
        return headers

    @field_validator("send_at")
    @classmethod
    def _with_zone(cls, time: datetime | None) -> datetime | None:
        if time is not None and time.tzinfo is None:
            raise MendedError("the time has no zone", "write it as 2026-11-24T10:00:00Z")
        return time

    @model_validator(mode="after")
    def _says_something(self) -> "EmailRequest":
        if not self.text.strip() and not self.html.strip() and not self.attachments:
            raise MendedError("the message has no text", "give `text`, `html` or both")
        total = len(self.to) + len(self.cc) + len(self.bcc)
        if total > largest_number_of["recipients"]:
            raise MendedError(
                f"{total} recipients are too many",
                f"write to at most {largest_number_of['recipients']} at once",
            )
        return self

    @property
    def recipients(self) -> list[tuple[Mailbox, str]]:
        """Everybody it goes to with `to`, `cc` or `bcc`, each address once."""
        found: dict[str, tuple[Mailbox, str]] = {}
        for boxes, role in ((self.to, "to"), (self.cc, "cc"), (self.bcc, "bcc")):
            for box in boxes:
                found.setdefault(box.address.casefold(), (box, role))
        return list(found.values())


class DecideRequest(Body):
    """What a person decides about a held message.

    `version` is the one that was shown with the message; without it, the decision is about what
    this key was shown last.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email_id": "019e5a3c-7c1e-7d2a-9b7e-2f6f1c0d9a11",
                "action": "approve",
                "version": "1.1.2",
            }
        }
    )

    email_id: Annotated[str, Field(min_length=1, max_length=36)]
    action: Literal["approve", "reject"]
    reason: Annotated[Line, Field(max_length=500)] = ""
    version: Annotated[str, Field(pattern=r"^\d{1,9}\.\d{1,9}\.\d{1,9}$")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _id_by_either_name(cls, body: Any) -> Any:
        if isinstance(body, dict) and "id" in body and "email_id" not in body:
            return {"email_id" if name == "id" else name: part for name, part in body.items()}
        return body


class ResolveRequest(Body):
    """What a person found out about a message whose acknowledgement was lost."""

    email_id: Annotated[str, Field(min_length=1, max_length=36)]
    outcome: Literal["sent", "retry"]
