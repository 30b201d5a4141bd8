"""What is in a mailbox: lists, one message, a thread, and a reader's word that one is spam."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection

from pipeline.sender.answers import Done, EmailPage, FullEmail, ThreadAnswer, answer
from pipeline.sender.authentication import Reader, Writer
from pipeline.sender.multimail.sending import in_mailbox
from pipeline.sender.multimail.shapes import full_email, listed_email
from pipeline.sender.multimail.status import STATUSES, wanted_for
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import ProblemError, field_problem
from pipeline.sender.routes.translation import may_read, time_text
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError, now_ms
from pipeline.store.keys import Key
from pipeline.store.listing import list_messages, listed_message, messages_of_thread
from pipeline.store.mailboxes import mailbox_in_use
from pipeline.store.notes import mark_read, mark_spam
from policy.lifecycle import State

router = APIRouter(tags=["mailbox e-mails"])

_LONGEST_THREAD = 200

Status = Annotated[str | None, Query(description=f"one of {', '.join(STATUSES)}")]
Direction = Annotated[Literal["inbound", "outbound"] | None, Query()]
Moment = Annotated[datetime | None, Query()]


@router.get("/v1/mailboxes/{mailbox_id}/emails", responses=answer(EmailPage))
async def listing(
    mailbox_id: str,
    key: Reader,
    service: Serving,
    status: Status = None,
    direction: Direction = None,
    sender: Annotated[str, Query(max_length=320)] = "",
    subject_contains: Annotated[str, Query(max_length=998)] = "",
    date_after: Moment = None,
    date_before: Moment = None,
    has_attachments: bool | None = None,
    since_id: Annotated[str, Query(max_length=36)] = "",
    cursor: Cursor = "",
    limit: Limit = 20,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> dict[str, Any]:
    """The messages of a mailbox, latest first, without their bodies."""
    wanted = wanted_for(
        known_status(status),
        mailbox_id=mailbox_id,
        inbound=None if direction is None else direction == "inbound",
        sender=sender,
        subject=subject_contains,
        after=_ms(date_after),
        before=_ms(date_before),
        files=has_attachments,
    )

    def look(connection: Connection) -> list[dict[str, Any]]:
        mailbox_in_use(connection, mailbox_id)
        rows = list_messages(
            connection, wanted, now=now_ms(), until=cursor, since=since_id, limit=limit,
            skip=offset,
        )  # fmt: skip
        return [listed_email(row, key) for row in rows]

    found = await service.store.read(look)
    return page(found, limit, found[-1]["id"] if found else "", "emails")


@router.get("/v1/emails", responses=answer(EmailPage))
async def everywhere(
    key: Reader,
    service: Serving,
    status: Status = None,
    direction: Direction = None,
    cursor: Cursor = "",
    limit: Limit = 20,
) -> dict[str, Any]:
    """The messages of all mailboxes, latest first, without their bodies."""
    inbound = None if direction is None else direction == "inbound"
    wanted = wanted_for(known_status(status), inbound=inbound)
    rows = await service.store.read(
        lambda connection: list_messages(
            connection, wanted, now=now_ms(), until=cursor, limit=limit
        )
    )
    found = [listed_email(row, key) for row in rows]
    return page(found, limit, found[-1]["id"] if found else "", "emails")


@router.get("/v1/mailboxes/{mailbox_id}/emails/{email_id}", responses=answer(FullEmail))
async def one(
    mailbox_id: str, email_id: str, request: Request, key: Reader, service: Serving
) -> dict[str, Any]:
    """One message with its body; what came in counts as read from now on."""

    def look(connection: Connection) -> tuple[dict[str, Any], bool]:
        row = in_mailbox(connection, mailbox_id, email_id)
        shown = full_email(connection, row, key)
        if request.headers.get("user-agent", "").startswith("python-httpx/"):
            shown["text_body"] = shown["markdown"]
        return shown, shown["status"] in ("unread", "spam_flagged")

    shown, is_new = await service.store.read(look)
    if is_new:
        await service.store.write(lambda connection: mark_read(connection, email_id))
    return shown


@router.get("/v1/mailboxes/{mailbox_id}/threads/{thread_id:path}", responses=answer(ThreadAnswer))
async def thread(mailbox_id: str, thread_id: str, key: Reader, service: Serving) -> dict[str, Any]:
    """A thread, oldest message first, without bodies; of a long one, its latest messages."""

    def look(connection: Connection) -> dict[str, Any]:
        mailbox_in_use(connection, mailbox_id)
        return thread_json(connection, mailbox_id, thread_id, key)

    return await service.store.read(look)


@router.post("/v1/emails/{email_id}/report-spam", responses=answer(Done))
async def report_spam(email_id: str, key: Writer, service: Serving) -> dict[str, Any]:
    """Say that a message is spam; it is no longer listed among those to be read."""
    return await service.store.write(lambda connection: _mark(connection, email_id, key, "spam"))


@router.post("/v1/emails/{email_id}/not-spam", responses=answer(Done))
async def not_spam(email_id: str, key: Writer, service: Serving) -> dict[str, Any]:
    """Say that a message is no spam. What the policy put into quarantine, a person lets out."""
    return await service.store.write(
        lambda connection: _mark(connection, email_id, key, "not_spam")
    )


def thread_json(
    connection: Connection, mailbox_id: str | None, thread_id: str, key: Key
) -> dict[str, Any]:
    """A thread as these clients read it, in one mailbox or in all; raises NotFoundError."""
    rows = messages_of_thread(connection, thread_id, _LONGEST_THREAD, mailbox_id)
    if not rows:
        raise NotFoundError("there is no such thread")
    emails = [listed_email(row, key) for row in rows]
    people = {sender: None for one in emails for sender in (one["from"], *one["to"]) if sender}
    passed = [row for row in rows if row["inbound"] or row["state"] == State.SENT]
    return {
        "thread_id": thread_id,
        "message_count": len(emails),
        "participants": list(people),
        "last_activity": time_text(rows[-1]["created_at"]),
        "has_unanswered_inbound": bool(passed and passed[-1]["inbound"]),
        "emails": emails,
    }


def _mark(connection: Connection, email_id: str, key: Key, verdict: str) -> dict[str, Any]:
    row = listed_message(connection, email_id)
    if not row["inbound"] or not may_read(row, key) or row["state"] != State.DELIVERED:
        raise ProblemError(
            409,
            f"the message is {row['state']} and was not handed to a reader",
            "report what came in and was let through; a person releases what is in quarantine",
            state=row["state"],
        )
    mark_spam(connection, email_id, verdict)
    status = listed_email(listed_message(connection, email_id), key)["status"]
    return {"id": email_id, "status": status, "user_label": verdict}


def known_status(status: str | None) -> str | None:
    """`status`, when it is one; raises ProblemError."""
    if status is not None and status not in STATUSES:
        raise field_problem(
            "status", f"{status[:40]!r} is no status", f"write one of {', '.join(STATUSES)}"
        )
    return status


def _ms(time: datetime | None) -> int | None:
    if time is None:
        return None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
