"""Idempotency keys: the same request twice is one message, however the first answer was lost."""

import hashlib

from sqlalchemy import Connection, bindparam, insert, select

from pipeline.store.execution import now_ms
from pipeline.store.statements import Statement
from pipeline.store.tables import idempotency

__all__ = ["KeyReusedError", "body_digest", "earlier_message", "remember"]


_FIND = Statement(
    select(idempotency.c.body_sha256, idempotency.c.message).where(
        idempotency.c.api_key == bindparam("api_key"), idempotency.c.key == bindparam("key")
    )
)
_REMEMBER = Statement(
    insert(idempotency).values({column: bindparam(column.name) for column in idempotency.c})
)


class KeyReusedError(Exception):
    """The key was used for another body."""


def body_digest(body: bytes) -> str:
    """What two requests must share to be the same: SHA-256 of the body in hex."""
    return hashlib.sha256(body).hexdigest()


def earlier_message(connection: Connection, api_key: str, key: str, body: str) -> str | None:
    """The message that this key of this caller made before; raises KeyReusedError."""
    row = _FIND.row(connection, {"api_key": api_key, "key": key})
    if row is None:
        return None
    digest, message = row
    if digest != body:
        raise KeyReusedError(f"the idempotency key {key!r} was used for another request")
    return str(message)


def remember(connection: Connection, api_key: str, key: str, body: str, message: str) -> None:
    """Bind a key to the message it made, in the transaction that makes it."""
    _REMEMBER.run(
        connection,
        {
            "api_key": api_key,
            "key": key,
            "body_sha256": body,
            "message": message,
            "created_at": now_ms(),
        },
    )
