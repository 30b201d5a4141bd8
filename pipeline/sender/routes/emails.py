"""Messages: hand one in, see what became of it, take it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy import Connection

from pipeline.sender.authentication import Reader, Writer
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import EmailRequest
from pipeline.sender.routes.translation import author_of, cannot_compose, message_json, one_key
from pipeline.sender.service import Service, serving
from pipeline.store.execution import NotFoundError, Who, execute
from pipeline.store.idempotency import KeyReusedError, body_digest
from pipeline.store.keys import Key
from pipeline.store.messages import find_message
from policy.lifecycle import Actor, LifecycleEvent

router = APIRouter(prefix="/v1/emails", tags=["emails"])


@router.post("", status_code=202)
async def send(
    body: EmailRequest,
    request: Request,
    response: Response,
    key: Writer,
    service: Annotated[Service, Depends(serving)],
    idempotency_key: Annotated[str | None, Header(max_length=256)] = None,
) -> dict[str, Any]:
    """Hand in a message; the answer says whether it is queued, held or blocked, and why.

    With an idempotency key (header or field) the same request twice is one message.
    """
    body = one_key(body, idempotency_key)
    digest = body_digest(await request.body())
    with cannot_compose():
        try:
            accepted = await service.acceptance.accept(body, author_of(key), digest)
        except KeyReusedError as error:
            raise ProblemError(
                409, str(error), "use a new idempotency key for a new message",
                field="idempotency_key",
            ) from None  # fmt: skip
        except NotFoundError as error:
            raise ProblemError(
                422, f"from: {error}", "write from an address that has a mailbox here",
                field="from",
            ) from None  # fmt: skip
    if accepted.repeated:
        response.status_code = 200
        response.headers["Idempotent-Replayed"] = "true"
    return await service.store.read(lambda connection: message_json(connection, accepted.id))


@router.get("/{email_id}")
async def one(
    email_id: str, key: Reader, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """What became of a message, and why."""
    return await service.store.read(
        lambda connection: message_json(connection, email_id, full=True)
    )


@router.post("/{email_id}/cancel")
async def cancel(
    email_id: str, key: Writer, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Take a message back before it is handed over; only its author may."""
    return await service.store.write(lambda connection: _cancel(connection, email_id, key))


def _cancel(connection: Connection, email_id: str, key: Key) -> dict[str, Any]:
    if find_message(connection, email_id)["author_key"] != key.id and "admin" not in key.scopes:
        raise NotFoundError(f"there is no message {email_id} of this key")
    execute(connection, email_id, LifecycleEvent.CANCEL, Who(Actor.AUTHOR, key.holder))
    return message_json(connection, email_id)
