"""Send, reply, take back and reschedule, in a mailbox."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection, RowMapping

from pipeline.sender.answers import Done, ListedEmail, SentAnswer, answer
from pipeline.sender.authentication import Writer
from pipeline.sender.multimail.requests import ReplyRequest, ScheduleRequest, SendRequest
from pipeline.sender.multimail.shapes import listed_email
from pipeline.sender.problems import ProblemError
from pipeline.sender.routes.emails import take_back
from pipeline.sender.routes.handing_in import checked, hand_in
from pipeline.sender.routes.scheduling import change_scheduled
from pipeline.sender.routes.sending import IdempotencyKey
from pipeline.sender.routes.translation import may_read, message_json, one_key
from pipeline.sender.service import Service, Serving
from pipeline.store.execution import NotFoundError
from pipeline.store.idempotency import body_digest
from pipeline.store.keys import Key
from pipeline.store.listing import listed_message
from pipeline.store.mailboxes import StoredMailbox, mailbox_in_use

__all__ = ["answer_of", "in_mailbox", "router", "send_as"]

router = APIRouter(prefix="/v1/mailboxes/{mailbox_id}", tags=["mailbox e-mails"])

_SAID = {
    "held": "A person decides about it; do not send it again.",
    "blocked": "The policy blocks it, and no approval frees it; see `reasons`.",
    "queued": "It will be handed over.",
}


@router.post("/send", status_code=202, responses=answer(SentAnswer, 202))
async def send(
    mailbox_id: str,
    body: SendRequest,
    request: Request,
    response: Response,
    key: Writer,
    service: Serving,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Send a message in markdown from this mailbox."""
    box = await service.store.read(lambda connection: mailbox_in_use(connection, mailbox_id))
    return await send_as(service, key, box, body.as_flat(box), request, response, idempotency_key)


@router.post("/reply/{email_id}", status_code=202, responses=answer(SentAnswer, 202))
async def reply(
    mailbox_id: str,
    email_id: str,
    body: ReplyRequest,
    request: Request,
    response: Response,
    key: Writer,
    service: Serving,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Answer a message, in its thread."""

    def look(connection: Connection) -> tuple[StoredMailbox, dict[str, Any]]:
        box = mailbox_in_use(connection, mailbox_id)
        row = in_mailbox(connection, mailbox_id, email_id)
        if not may_read(row, key):
            raise NotFoundError(f"there is no message {email_id} that you may answer")
        return box, answer_of(row)

    box, answer = await service.store.read(look)
    flat = {**body.as_flat(box), **answer}
    return await send_as(service, key, box, flat, request, response, idempotency_key)


@router.post("/emails/{email_id}/cancel", responses=answer(Done))
async def cancel(mailbox_id: str, email_id: str, key: Writer, service: Serving) -> dict[str, Any]:
    """Take a message back before it is handed over; once more is no error."""

    def work(connection: Connection) -> dict[str, Any]:
        row = in_mailbox(connection, mailbox_id, email_id)
        if row["state"] != "cancelled":
            take_back(connection, email_id, key)
        return {"id": email_id, "status": "cancelled"}

    return await service.store.write(work)


@router.patch("/emails/{email_id}/schedule", responses=answer(ListedEmail))
async def reschedule(
    mailbox_id: str, email_id: str, body: ScheduleRequest, key: Writer, service: Serving
) -> dict[str, Any]:
    """Change a message that waits for its time; it is decided anew, and approvals are void."""
    await service.store.read(lambda connection: in_mailbox(connection, mailbox_id, email_id))
    await change_scheduled(service, key, email_id, body.as_changes())
    row = await service.store.read(lambda connection: listed_message(connection, email_id))
    return listed_email(row, key)


def in_mailbox(connection: Connection, mailbox_id: str, email_id: str) -> RowMapping:
    """The message as a list has it, if it is one of that mailbox; raises NotFoundError."""
    row = listed_message(connection, email_id)
    if row["mailbox_id"] != mailbox_id:
        raise NotFoundError(f"there is no message {email_id} in this mailbox")
    return row


def answer_of(row: RowMapping) -> dict[str, Any]:
    """Who an answer to this message goes to, its subject, and what it answers."""
    draft = row["draft"]
    subject = str(draft.get("subject", ""))
    again = subject.lower().startswith("re:")
    return {
        "to": [draft["from_address"]] if draft.get("from_address") else draft.get("to", []),
        "subject": subject if again else f"Re: {subject}",
        "in_reply_to": row["message_id"],
    }


async def send_as(
    service: Service,
    key: Key,
    box: StoredMailbox,
    flat: dict[str, Any],
    request: Request,
    response: Response,
    idempotency_key: str | None = None,
) -> dict[str, Any]:
    """Hand in `flat` (a body of `POST /v1/emails`) and answer as these clients read it."""
    if box.oversight_mode == "read_only":
        raise ProblemError(
            403,
            "the mailbox is set to read_only, so nothing leaves it",
            f"ask for another mode: POST /v1/mailboxes/{box.id}/request-upgrade, with "
            'target_mode "gated_send"; a person lets it through',
            rule="the mailbox is set to read_only",
        )
    body = one_key(checked(flat), idempotency_key)
    digest = body_digest(request.url.path.encode() + b"\n" + await request.body())
    accepted = await hand_in(service, key, body, digest)
    if accepted.repeated:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"

    def look(connection: Connection) -> dict[str, Any]:
        shown = message_json(connection, accepted.id)
        listed = listed_email(listed_message(connection, accepted.id), key)
        return {
            **shown,
            "status": listed["status"],
            "state": listed["state"],
            "idempotent": accepted.repeated,
            "message": _SAID.get(listed["state"], "See `status`."),
        }

    return await service.store.read(look)
