"""API keys: 256 random bits, of which the store keeps a digest and the first letters."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, insert, select, update
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.statements import OneOf, Statement, from_json
from pipeline.store.tables import api_key

__all__ = [
    "AUTHORS", "SCOPES", "Key", "ScopeError", "change_key", "count_keys", "create_key", "find_keys",
    "list_keys", "note_use", "recent_use", "revoke_key", "rotate_key",
]  # fmt: skip

SCOPES = ("read", "send", "oversight", "admin")
AUTHORS = ("agent", "person", "system")
_KEY = ("id", "name", "holder", "author", "scopes", "roles", "test")
_IN_FORCE = select(*(api_key.c[name] for name in _KEY)).where(api_key.c.revoked_at.is_(None))
_FIND = Statement(
    _IN_FORCE.add_columns(api_key.c.secret_sha256).where(OneOf(api_key.c.secret_sha256, "digests"))
)
_FIND_ROTATED = Statement(
    _IN_FORCE.add_columns(api_key.c.previous_sha256).where(
        and_(
            OneOf(api_key.c.previous_sha256, "digests"), api_key.c.previous_until > bindparam("now")
        )
    )
)
_THIS = select(api_key).where(
    and_(api_key.c.id == bindparam("key"), api_key.c.revoked_at.is_(None))
)
_PREFIX_LENGTH = 14
_LIVE, _TEST = "gp_live_", "gp_test_"


class ScopeError(ValueError):
    """Scopes that no key may have."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is in force; `holder` is the person or program whose key it is.

    `roles` are the teams for which the holder may approve, `*` being every team. What a `test`
    key sends is judged, held and approved like any other message, and handed to no mail server.
    """

    id: str
    name: str
    holder: str
    author: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    test: bool = False

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
    test: bool = False,
) -> tuple[Key, str]:
    """A new key, with the secret that is shown once and kept nowhere.

    `holder` names the person or program; two keys of one holder are one author, who cannot approve
    with the second what the first wrote. Raises ScopeError.
    """
    wanted = _checked(scopes)
    if author not in AUTHORS:
        raise ScopeError(f"an author is one of {', '.join(AUTHORS)}, not {author!r}")
    if test and wanted - {"send", "read"}:
        raise ScopeError("a test key sends and reads; it neither oversees nor administers")
    secret = _new_secret(test=test)
    identity = str(uuid7())
    key = Key(identity, name, holder or f"key:{identity}", author, wanted, frozenset(roles), test)
    connection.execute(
        insert(api_key),
        {
            "id": key.id,
            "prefix": secret[:_PREFIX_LENGTH],
            "secret_sha256": _digest(secret),
            "name": key.name,
            "holder": key.holder,
            "author": key.author,
            "scopes": sorted(wanted),
            "roles": sorted(key.roles),
            "test": int(test),
            "created_at": now_ms(),
        },
    )
    _record(connection, "create_key", key.id, who, scopes=sorted(wanted), test=test)
    return key, secret


def find_keys(connection: Connection, secrets: Sequence[str]) -> list[Key | None]:
    """The key in force with each secret, or with the one before for as long as that is good."""
    digests = [_digest(secret) for secret in secrets]
    found = {row[-1]: _key(row) for row in _FIND.rows(connection, {"digests": digests})}
    missing = [digest for digest in digests if digest not in found]
    if missing:
        rows = _FIND_ROTATED.rows(connection, {"digests": missing, "now": now_ms()})
        found |= {row[-1]: _key(row) for row in rows}
    return [found.get(digest) for digest in digests]


def _key(row: Sequence[Any]) -> Key:
    identity, name, holder, author, scopes, roles, test, _ = row
    return Key(
        identity, name, holder, author, frozenset(from_json(scopes)), frozenset(from_json(roles)),
        bool(test),
    )  # fmt: skip


def rotate_key(connection: Connection, identity: str, overlap_ms: int, who: Who) -> str:
    """A new secret for a key; the old one stays good for `overlap_ms`. Raises NotFoundError."""
    row = connection.execute(_THIS, {"key": identity}).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no key {identity} in force")
    secret = _new_secret(test=bool(row["test"]))
    connection.execute(
        update(api_key)
        .where(api_key.c.id == identity)
        .values(
            prefix=secret[:_PREFIX_LENGTH],
            secret_sha256=_digest(secret),
            previous_sha256=row["secret_sha256"] if overlap_ms else None,
            previous_until=now_ms() + overlap_ms,
        )
    )
    _record(connection, "rotate_key", identity, who, overlap_seconds=overlap_ms // 1000)
    return secret


def change_key(
    connection: Connection,
    identity: str,
    who: Who,
    *,
    name: str | None = None,
    scopes: Iterable[str] | None = None,
) -> None:
    """Give a key another name or other scopes; raises NotFoundError, ScopeError."""
    row = connection.execute(_THIS, {"key": identity}).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no key {identity} in force")
    wanted = frozenset(row["scopes"]) if scopes is None else _checked(scopes)
    if row["test"] and wanted - {"send", "read"}:
        raise ScopeError("a test key sends and reads; it neither oversees nor administers")
    if "send" in row["scopes"] and wanted & {"oversight", "admin"}:
        raise ScopeError("a key that sends gets no oversight afterwards: make a new one")
    connection.execute(
        update(api_key)
        .where(api_key.c.id == identity)
        .values(name=name or row["name"], scopes=sorted(wanted))
    )
    _record(connection, "change_key", identity, who, scopes=sorted(wanted))


def note_use(connection: Connection, uses: Mapping[str, tuple[int, int]]) -> None:
    """Add to each key how many requests it made, and when the last one was (ms)."""
    for identity, (count, last) in sorted(uses.items()):
        connection.execute(
            update(api_key)
            .where(api_key.c.id == identity)
            .values(requests=api_key.c.requests + count, last_used_at=last)
        )


def recent_use(connection: Connection, since: int) -> dict[str, int]:
    """How many requests each key ever made, by id; only those used after `since` (ms)."""
    query = select(api_key.c.id, api_key.c.requests).where(api_key.c.last_used_at > since)
    return {row[0]: row[1] for row in connection.execute(query)}


def revoke_key(connection: Connection, identity: str, who: Who) -> None:
    """End a key at once; raises NotFoundError."""
    done = connection.execute(
        update(api_key)
        .where(api_key.c.id == identity, api_key.c.revoked_at.is_(None))
        .values(revoked_at=now_ms())
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no key {identity} in force")
    _record(connection, "revoke_key", identity, who)


def list_keys(connection: Connection, *, before: str = "", limit: int = 50) -> list[RowMapping]:
    """Keys by id and newest first, those before the id `before`; no secrets, there are none."""
    secrets_of_it = ("secret_sha256", "previous_sha256")
    query = select(*(column for column in api_key.c if column.name not in secrets_of_it))
    if before:
        query = query.where(api_key.c.id < before)
    return list(connection.execute(query.order_by(api_key.c.id.desc()).limit(limit)).mappings())


def count_keys(connection: Connection) -> int:
    """How many keys were ever made."""
    return connection.execute(select(func.count()).select_from(api_key)).scalar_one()


def _checked(scopes: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(scopes)
    if not wanted or not wanted <= set(SCOPES):
        raise ScopeError(f"scopes are some of {', '.join(SCOPES)}, not {sorted(wanted)}")
    if {"send", "oversight"} <= wanted:
        raise ScopeError("a key may not both send and oversee: make two, for two people")
    return wanted


def _new_secret(*, test: bool) -> str:
    return (_TEST if test else _LIVE) + secrets.token_urlsafe(32)


def _record(connection: Connection, event: str, identity: str, who: Who, **detail: object) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"key": identity, **detail},
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
