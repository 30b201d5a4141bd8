"""Messages: see what became of one, take it back."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from pipeline.sender.answers import EmailAnswer, EmailView, answer
from pipeline.sender.authentication import Reader, Writer
from pipeline.sender.routes.translation import message_json
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError, Who, execute
from pipeline.store.keys import Key
from pipeline.store.stored_messages import find_message
from policy.lifecycle import Actor, LifecycleEvent

router = APIRouter(prefix="/v1/emails", tags=["emails"])


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
