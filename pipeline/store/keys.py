"""API keys: 256 random bits, of which the store keeps a digest and the first letters."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.statements import Statement, from_json
from pipeline.store.tables import api_key

__all__ = [
    "AUTHORS", "SCOPES", "Key", "ScopeError", "count_keys", "create_key", "find_key", "list_keys",
    "revoke_key",
]  # fmt: skip

SCOPES = ("read", "send", "oversight", "admin")
AUTHORS = ("agent", "person", "system")
_KEY = ("id", "name", "holder", "author", "scopes", "roles")
_FIND = Statement(
    select(*(api_key.c[name] for name in _KEY)).where(
        api_key.c.secret_sha256 == bindparam("digest"), api_key.c.revoked_at.is_(None)
    )
)
_PREFIX = "gp_live_"


class ScopeError(ValueError):
    """Scopes that no key may have."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is in force; `holder` is the person or program whose key it is.

    `roles` are the teams for which the holder may approve, `*` being every team.
    """

    id: str
    name: str
    holder: str
    author: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether the key is good for `scope`; an admin key is good for all of them."""
        return scope in self.scopes or "admin" in self.scopes


def create_key(
    connection: Connection,
    *,
    name: str,
    scopes: Iterable[str],
    who: Who,
    holder: str | None = None,
    author: str = "agent",
    roles: Iterable[str] = (),
) -> tuple[Key, str]:
    """A new key, with the secret that is shown once and kept nowhere.

    `holder` names the person or program; two keys of one holder are one author, who cannot approve
    with the second what the first wrote. Raises ScopeError.
    """
    wanted = frozenset(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise ScopeError(f"scopes are some of {', '.join(SCOPES)}, not {sorted(wanted)}")
    if {"send", "oversight"} <= wanted:
        raise ScopeError("a key may not both send and oversee: make two, for two people")
    if author not in AUTHORS:
        raise ScopeError(f"an author is one of {', '.join(AUTHORS)}, not {author!r}")
    secret = _PREFIX + secrets.token_urlsafe(32)
    identity = str(uuid7())
    key = Key(identity, name, holder or f"key:{identity}", author, wanted, frozenset(roles))
    connection.execute(
        insert(api_key),
        {
            "id": key.id,
            "prefix": secret[:14],
            "secret_sha256": _digest(secret),
            "name": key.name,
            "holder": key.holder,
            "author": key.author,
            "scopes": sorted(wanted),
            "roles": sorted(key.roles),
            "created_at": now_ms(),
        },
    )
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event="create_key",
        detail={"key": key.id, "scopes": sorted(wanted)},
    )
    return key, secret


def find_key(connection: Connection, secret: str) -> Key | None:
    """The key in force with that secret."""
    row = _FIND.row(connection, {"digest": _digest(secret)})
    if row is None:
        return None
    identity, name, holder, author, scopes, roles = row
    return Key(
        identity, name, holder, author, frozenset(from_json(scopes)), frozenset(from_json(roles))
    )


def revoke_key(connection: Connection, identity: str, who: Who) -> None:
    """End a key at once; raises NotFoundError."""
    done = connection.execute(
        update(api_key)
        .where(api_key.c.id == identity, api_key.c.revoked_at.is_(None))
        .values(revoked_at=now_ms())
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no key {identity} in force")
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event="revoke_key",
        detail={"key": identity},
    )


def list_keys(connection: Connection) -> list[RowMapping]:
    """All keys, newest first; no secrets, for there are none."""
    columns = [column for column in api_key.c if column.name != "secret_sha256"]
    query = select(*columns).order_by(api_key.c.created_at.desc())
    return list(connection.execute(query).mappings())


def count_keys(connection: Connection) -> int:
    """How many keys were ever made."""
    return connection.execute(select(func.count()).select_from(api_key)).scalar_one()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
