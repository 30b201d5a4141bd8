"""Messages: hand one in or many, see what became of it, take it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from pipeline.sender.answers import BatchAnswer, EmailAnswer, EmailView, answer
from pipeline.sender.authentication import Reader, Writer
from pipeline.sender.problems import ProblemError, problem
from pipeline.sender.requests import Body, EmailRequest
from pipeline.sender.routes.handing_in import checked, content_digest, hand_in
from pipeline.sender.routes.translation import message_json, one_key
from pipeline.sender.service import Service, Serving
from pipeline.store.execution import NotFoundError, Who, execute
from pipeline.store.idempotency import body_digest
from pipeline.store.keys import Key
from pipeline.store.messages import find_message
from policy.lifecycle import Actor, LifecycleEvent

router = APIRouter(prefix="/v1/emails", tags=["emails"])

IdempotencyKey = Annotated[
    str | None, Header(max_length=256, description="the same key and body twice is one message")
]
_LARGEST_BATCH = 100


class BatchRequest(Body):
    """Several messages, each as `POST /v1/emails` takes it; each stands for itself."""

    emails: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_LARGEST_BATCH)]


@router.post("", status_code=202, responses=answer(EmailAnswer, 202))
async def send(
    body: EmailRequest,
    request: Request,
    response: Response,
    key: Writer,
    service: Serving,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, Any]:
    """Hand in a message; the answer says whether it is queued, held or blocked, and why.

    With an idempotency key (header or field) the same request twice is one message.
    """
    body = one_key(body, idempotency_key)
    accepted = await hand_in(service, key, body, body_digest(await request.body()))
    if accepted.repeated:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return await service.store.read(lambda connection: message_json(connection, accepted.id))


@router.post("/batch", responses=answer(BatchAnswer))
async def send_many(
    body: BatchRequest, key: Writer, service: Serving, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Hand in up to 100 messages; `results` has, in their order, what became of each.

    One that is refused takes none of the others with it: its place has the problem. With an
    idempotency key, repeat the whole request until every place has an `id`: what was accepted
    before is not sent again.
    """
    results = [
        await _one_of_many(service, key, place, one, idempotency_key)
        for place, one in enumerate(body.emails)
    ]
    accepted = sum("id" in one for one in results)
    return {"results": results, "accepted": accepted, "refused": len(results) - accepted}


@router.get("/{email_id}", responses=answer(EmailView))
async def one(email_id: str, key: Reader, service: Serving) -> dict[str, Any]:
    """What became of a message, and why.

    Mail that came in and waits for a person is shown without its words, unless the key oversees.
    """
    return await service.store.read(
        lambda connection: message_json(connection, email_id, full=True, reader=key)
    )


@router.post("/{email_id}/cancel", responses=answer(EmailAnswer))
async def cancel(email_id: str, key: Writer, service: Serving) -> dict[str, Any]:
    """Take a message back before it is handed over; only its author may."""

    def work(connection: Connection) -> dict[str, Any]:
        take_back(connection, email_id, key)
        return message_json(connection, email_id)

    return await service.store.write(work)


def own_message(connection: Connection, email_id: str, key: Key) -> None:
    """Raise NotFoundError unless `key` wrote the message, or administers."""
    if find_message(connection, email_id)["author_key"] != key.id and "admin" not in key.scopes:
        raise NotFoundError(f"there is no message {email_id} of this key")


def take_back(connection: Connection, email_id: str, key: Key) -> None:
    """Cancel a message of this key; raises NotFoundError, RefusedError."""
    own_message(connection, email_id, key)
    execute(connection, email_id, LifecycleEvent.CANCEL, Who(Actor.AUTHOR, key.holder))


async def _one_of_many(
    service: Service, key: Key, place: int, given: dict[str, Any], batch_key: str | None
) -> dict[str, Any]:
    try:
        body = checked(given)
        if batch_key is not None and body.idempotency_key is None:
            body = one_key(body, f"{batch_key[:240]}/{place}")
        accepted = await hand_in(service, key, body, content_digest(given))
    except ProblemError as error:
        return {"index": place, **problem(error.status, error.detail, error.mend, **error.members)}
    shown = await service.store.read(lambda connection: message_json(connection, accepted.id))
    return {"index": place, "repeated": accepted.repeated, **shown}
