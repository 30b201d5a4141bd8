"""Idempotency keys: the same request twice is one message, however the first answer was lost."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select

from pipeline.store.execution import now_ms
from pipeline.store.statements import OneOf, Statement
from pipeline.store.tables import idempotency

__all__ = ["Earlier", "KeyReusedError", "body_digest", "earlier_messages", "remember"]


_FIND = Statement(
    select(idempotency.c.key, idempotency.c.body_sha256, idempotency.c.message).where(
        idempotency.c.api_key == bindparam("api_key"), OneOf(idempotency.c.key, "keys")
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


@dataclass(frozen=True, slots=True)
class Earlier:
    """The message that a key made before, and the digest of the body that it came with."""

    key: str
    body_sha256: str
    message: str

    def answers(self, body_sha256: str) -> str:
        """The message, if the body is the same; raises KeyReusedError."""
        if body_sha256 != self.body_sha256:
            raise KeyReusedError(f"the idempotency key {self.key!r} was used for another request")
        return self.message


def earlier_messages(
    connection: Connection, api_key: str, keys: Collection[str]
) -> Mapping[str, Earlier]:
    """Which of these keys of one caller made a message before, by key."""
    if not keys:
        return {}
    rows = _FIND.rows(connection, {"api_key": api_key, "keys": list(keys)})
    return {row[0]: Earlier(*row) for row in rows}


def remember(connection: Connection, made: Iterable[tuple[str, Earlier]]) -> None:
    """Bind keys, each of a caller, to the messages they made, in the transaction that does so."""
    now = now_ms()
    _REMEMBER.run_many(
        connection,
        [
            {
                "api_key": api_key,
                "key": one.key,
                "body_sha256": one.body_sha256,
                "message": one.message,
                "created_at": now,
            }
            for api_key, one in made
        ],
    )
