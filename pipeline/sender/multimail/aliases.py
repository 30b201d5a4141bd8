"""The short routes of form builders such as Zapier: a mailbox is named by its address there."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from pipeline.mail.addresses import AddressError, parse_mailbox
from pipeline.sender.answers import (
    EmailAnswer,
    EmailPage,
    PendingPage,
    SentAnswer,
    TagNames,
    ThreadAnswer,
    answer,
)
from pipeline.sender.authentication import Overseer, Reader, Writer
from pipeline.sender.bodies import body_of
from pipeline.sender.multimail.emails import Status, known_status, thread_json
from pipeline.sender.multimail.requests import Markdown, page_of
from pipeline.sender.multimail.sending import answer_of, send_as
from pipeline.sender.multimail.shapes import listed_email
from pipeline.sender.multimail.status import wanted_for
from pipeline.sender.paging import Cursor, Limit
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import Address, Addresses, Body, DecideRequest, Line
from pipeline.sender.routes import oversight
from pipeline.sender.routes.translation import may_read
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError, now_ms
from pipeline.store.listing import list_messages, listed_message
from pipeline.store.mailboxes import StoredMailbox, find_mailbox
from pipeline.store.notes import put_tags
from pipeline.store.stored_messages import find_message

router = APIRouter(prefix="/v1/emails", tags=["short routes"])

MailboxAddress = Annotated[str, Query(max_length=320, description="address of a mailbox; or all")]


class ShortMessage(Body):
    """A message whose `body` is markdown; `mailbox` is the address it comes from."""

    mailbox: Address
    to: Annotated[Addresses, Field(min_length=1)]
    subject: Annotated[Line, Field(max_length=998)]
    body: Annotated[Markdown, Field(min_length=1)]
    cc: Addresses = Field(default_factory=list)
    bcc: Addresses = Field(default_factory=list)
    reply_to: Addresses = Field(default_factory=list)


class ShortReply(Body):
    """An answer whose `body` is markdown."""

    mailbox: Address
    body: Annotated[Markdown, Field(min_length=1)]


class ShortDecision(Body):
    """What a person decides about the message in the path."""

    decision: Literal["approve", "reject"]
    reason: Annotated[Line, Field(max_length=500)] = ""


class ShortTags(Body):
    """Tags without values."""

    tags: Annotated[
        list[Annotated[Line, Field(min_length=1, max_length=100)]], Field(max_length=50)
    ]


@router.get("/inbox", responses=answer(EmailPage))
async def inbox(
    key: Reader,
    service: Serving,
    mailbox: MailboxAddress = "",
    status: Status = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """What came in, latest first, each with its body."""

    def look(connection: Connection) -> dict[str, Any]:
        wanted = wanted_for(
            known_status(status),
            mailbox_id=_mailbox(connection, mailbox).id if mailbox else None,
            inbound=True,
        )
        rows = list_messages(connection, wanted, now=now_ms(), limit=limit)
        return {
            "emails": [
                {**listed_email(row, key), "body": body_of(row) if may_read(row, key) else ""}
                for row in rows
            ]
        }

    return await service.store.read(look)


@router.post("/send", status_code=202, responses=answer(SentAnswer, 202))
async def send(
    body: ShortMessage, request: Request, response: Response, key: Writer, service: Serving
) -> dict[str, Any]:
    """Send a message in markdown."""
    box = await service.store.read(lambda connection: _mailbox(connection, body.mailbox.address))
    given = body.model_dump(mode="json", include={"to", "subject", "cc", "bcc", "reply_to"})
    flat = {**given, **_words(box, body.body)}
    return await send_as(service, key, box, flat, request, response)


@router.post("/{email_id}/reply", status_code=202, responses=answer(SentAnswer, 202))
async def reply(
    email_id: str,
    body: ShortReply,
    request: Request,
    response: Response,
    key: Writer,
    service: Serving,
) -> dict[str, Any]:
    """Answer a message, in its thread."""

    def look(connection: Connection) -> tuple[StoredMailbox, dict[str, Any]]:
        box = _mailbox(connection, body.mailbox.address)
        row = find_message(connection, email_id)
        if row["mailbox_id"] != box.id or not may_read(row, key):
            raise NotFoundError(f"there is no message {email_id} in this mailbox")
        return box, answer_of(row)

    box, answer = await service.store.read(look)
    flat = {**answer, **_words(box, body.body)}
    return await send_as(service, key, box, flat, request, response)


@router.get("/pending", responses=answer(PendingPage))
async def pending(
    key: Overseer,
    service: Serving,
    mailbox: Annotated[str, Query(max_length=320, description="not looked at")] = "",
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """What waits for a person; the same as `GET /v1/oversight/pending`."""
    return await oversight.pending(key, service, cursor, limit)


@router.post("/{email_id}/decide", responses=answer(EmailAnswer))
async def decide(
    email_id: str, body: ShortDecision, key: Overseer, service: Serving
) -> dict[str, Any]:
    """Approve or reject a held message that this key was shown."""
    decision = DecideRequest(email_id=email_id, action=body.decision, reason=body.reason)
    return await oversight.decide(decision, key, service)


@router.get("/thread/{thread_id:path}", responses=answer(ThreadAnswer))
async def thread(thread_id: str, key: Reader, service: Serving) -> dict[str, Any]:
    """A thread, in whatever mailboxes it is."""
    return await service.store.read(
        lambda connection: thread_json(connection, None, thread_id, key)
    )


@router.post("/{email_id}/tag", responses=answer(TagNames))
async def tag(email_id: str, body: ShortTags, key: Writer, service: Serving) -> dict[str, Any]:
    """Put tags on a message; those that are there stay."""

    def work(connection: Connection) -> dict[str, Any]:
        listed_message(connection, email_id)
        tags = put_tags(connection, email_id, dict.fromkeys(body.tags, "true"))
        return {"id": email_id, "tags": list(tags)}

    return await service.store.write(work)


def _mailbox(connection: Connection, address: str) -> StoredMailbox:
    try:
        return find_mailbox(connection, parse_mailbox(address).address)
    except (AddressError, NotFoundError) as error:
        raise field_problem(
            "mailbox",
            str(error),
            "write the address of a mailbox here, as GET /v1/mailboxes has it",
        ) from None


def _words(box: StoredMailbox, markdown: str) -> dict[str, Any]:
    words = markdown + (f"\n\n{box.signature}" if box.signature else "")
    return {"from": box.address, "text": words, "html": page_of(words)}
