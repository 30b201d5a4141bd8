"""The people who oversee: a password and a second factor each, and the sessions they opened.

A password is kept as its argon2id hash, made by the caller, who can afford the time outside of a
transaction. Of a session the store keeps the digest of its token only, so a copy of the file signs
nobody in.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.tables import person, session

__all__ = [
    "SESSION_HOURS", "Account", "PersonExistsError", "PersonNameError", "add_person",
    "close_session", "disable_person", "find_account", "list_people", "open_session",
    "person_of_session", "renew_person", "use_code",
]  # fmt: skip

SESSION_HOURS = 10
"""How long a session lasts: one working day."""

_NAME = re.compile(r"[\w.@+-]{1,100}")


class PersonExistsError(Exception):
    """There is a person of that name already."""


class PersonNameError(ValueError):
    """Not a name that a person can have here."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in; `roles` are the teams that the person approves for, `*` all.

    `name` stands in the audit log and is compared with the holder of the key that wrote a message:
    a person whose key has the same holder is its author.
    """

    name: str
    roles: frozenset[str]
    password_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)
    used_step: int


_ACCOUNT = select(
    person.c.name, person.c.roles, person.c.password_hash, person.c.totp_secret, person.c.used_step
)


def add_person(
    connection: Connection,
    *,
    name: str,
    password_hash: str,
    totp_secret: str,
    roles: Iterable[str],
    who: Who,
) -> None:
    """Add a person; raises PersonExistsError, PersonNameError."""
    if not _NAME.fullmatch(name):
        raise PersonNameError(
            f"{name!r} is no name here: write letters, digits and . _ - + @ only, such as "
            "ada.lovelace"
        )
    at = now_ms()
    try:
        connection.execute(
            insert(person),
            {
                "name": name,
                "password_hash": password_hash,
                "totp_secret": totp_secret,
                "roles": sorted(set(roles)),
                "used_step": 0,
                "created_at": at,
            },
        )
    except IntegrityError:
        raise PersonExistsError(f"there is a person {name} already") from None
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event="add_person",
        detail={"person": name, "roles": sorted(set(roles))},
    )


def renew_person(
    connection: Connection,
    name: str,
    *,
    password_hash: str,
    totp_secret: str,
    roles: Iterable[str] | None,
    who: Who,
) -> Sequence[str]:
    """Give a person another password and second factor; returns the teams they approve for.

    Those change only if `roles` are given. Every open session ends, and whoever was shut out may
    sign in again. Raises NotFoundError.
    """
    changed: dict[str, object] = {
        "password_hash": password_hash, "totp_secret": totp_secret, "used_step": 0,
        "disabled_at": None,
    }  # fmt: skip
    if roles is not None:
        changed["roles"] = sorted(set(roles))
    of_person = person.c.name == name
    if connection.execute(update(person).where(of_person).values(changed)).rowcount != 1:
        raise NotFoundError(f"there is no person {name}")
    connection.execute(delete(session).where(session.c.person == name))
    kept: list[str] = connection.execute(select(person.c.roles).where(of_person)).scalar_one()
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event="renew_person",
        detail={"person": name, "roles": kept},
    )
    return kept


def disable_person(connection: Connection, name: str, who: Who) -> None:
    """Shut a person out at once, with every open session; raises NotFoundError."""
    at = now_ms()
    done = connection.execute(
        update(person)
        .where(and_(person.c.name == name, person.c.disabled_at.is_(None)))
        .values(disabled_at=at)
    )
    if done.rowcount != 1:
        raise NotFoundError(f"there is no person {name} who may sign in")
    connection.execute(delete(session).where(session.c.person == name))
    audit.record(
        connection,
        at=at,
        actor=who.actor.value,
        actor_id=who.id,
        event="disable_person",
        detail={"person": name},
    )


def list_people(connection: Connection) -> Sequence[RowMapping]:
    """Everybody by name: roles, since when, and since when disabled; no secrets."""
    query = select(
        person.c.name, person.c.roles, person.c.created_at, person.c.disabled_at
    ).order_by(person.c.name)
    return connection.execute(query).mappings().all()


def find_account(connection: Connection, name: str) -> Account | None:
    """The person of that name, unless disabled."""
    row = connection.execute(
        _ACCOUNT.where(and_(person.c.name == name, person.c.disabled_at.is_(None)))
    ).first()
    return _account(row) if row else None


def use_code(connection: Connection, name: str, step: int) -> bool:
    """Whether the one-time code of the time step `step` is fresh; from now on it is used.

    A code is good once (RFC 6238, 5.2), so neither it nor an older one is taken again.
    """
    done = connection.execute(
        update(person)
        .where(and_(person.c.name == name, person.c.used_step < step))
        .values(used_step=step)
    )
    return bool(done.rowcount)


def open_session(connection: Connection, name: str) -> str:
    """Sign a person in; returns the token of 256 random bits that only the browser keeps."""
    token = secrets.token_urlsafe(32)
    at = now_ms()
    connection.execute(delete(session).where(session.c.expires_at <= at))
    connection.execute(
        insert(session),
        {
            "token_sha256": _digest(token),
            "person": name,
            "created_at": at,
            "expires_at": at + SESSION_HOURS * 3_600_000,
        },
    )
    audit.record(connection, at=at, actor="person", actor_id=name, event="sign_in")
    return token


def close_session(connection: Connection, token: str) -> None:
    """Sign out; a token that is not known any more is no mistake."""
    connection.execute(delete(session).where(session.c.token_sha256 == _digest(token)))


def person_of_session(connection: Connection, token: str) -> Account | None:
    """Who is signed in with that token; None when it expired or the person was disabled."""
    row = connection.execute(
        _ACCOUNT.join_from(person, session, session.c.person == person.c.name).where(
            and_(
                session.c.token_sha256 == _digest(token),
                session.c.expires_at > now_ms(),
                person.c.disabled_at.is_(None),
            )
        )
    ).first()
    return _account(row) if row else None


def _account(row: Sequence[object]) -> Account:
    name, roles, password_hash, totp_secret, used_step = row
    assert isinstance(name, str)
    assert isinstance(roles, list)
    assert isinstance(password_hash, str)
    assert isinstance(totp_secret, str)
    assert isinstance(used_step, int)
    return Account(name, frozenset(roles), password_hash, totp_secret, used_step)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
