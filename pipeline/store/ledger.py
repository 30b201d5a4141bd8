"""What is known of the people written to: suppression, consent, cases, and what they got.

A change that a decision may have read bumps the facts of every message that still waits for that
person, in the same transaction: the message is decided anew before it can leave.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from uuid_utils import uuid7

from pipeline.mail.addresses import address_key
from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, execute, now_ms
from pipeline.store.tables import case, consent, erasure, message, recipient, suppression
from policy.lifecycle import WAITING, LifecycleEvent, State

__all__ = [
    "Person", "close_case", "open_case", "person", "record_consent", "suppress", "unsuppress",
]  # fmt: skip

_DAY = 86_400_000
_GONE_OUT = (State.SENDING.value, State.SENT.value, State.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Person:
    """What the ledger knows of one address; a `region` of None is not known."""

    suppressed: bool
    consent: str
    consent_age: int | None
    region: str | None
    fraud_open: bool
    erased: bool
    first_contact: bool
    messages_24h: int


_SUPPRESSED = select(suppression.c.address_key)
_ERASED = select(erasure.c.address_sha256)
_CONSENT = select(consent.c.status, consent.c.region, consent.c.at).order_by(
    consent.c.at.desc(), consent.c.id.desc()
)


def person(connection: Connection, address: str) -> Person:
    """What the ledger knows of `address` now."""
    key = address_key(address)
    now = now_ms()
    latest = connection.execute(_CONSENT.where(consent.c.address_key == key).limit(1)).first()
    given = latest.at if latest and latest.status in ("explicit", "soft") else None
    went = (
        select(func.count())
        .select_from(recipient.join(message, message.c.id == recipient.c.message))
        .where(and_(recipient.c.address_key == key, message.c.state.in_(_GONE_OUT)))
    )
    total = connection.execute(went).scalar_one()
    recent = (
        connection.execute(went.where(message.c.changed_at > now - _DAY)).scalar_one()
        if total
        else 0
    )
    return Person(
        suppressed=connection.execute(_SUPPRESSED.where(suppression.c.address_key == key)).first()
        is not None,
        consent=latest.status if latest else "unknown",
        consent_age=(now - given) // _DAY if given is not None else None,
        region=latest.region if latest else None,
        fraud_open=connection.execute(
            select(case.c.id)
            .where(
                and_(case.c.address_key == key, case.c.kind == "fraud", case.c.closed_at.is_(None))
            )
            .limit(1)
        ).first()
        is not None,
        erased=connection.execute(
            _ERASED.where(erasure.c.address_sha256 == hashlib.sha256(key.encode()).hexdigest())
        ).first()
        is not None,
        first_contact=total == 0,
        messages_24h=recent,
    )


def suppress(connection: Connection, address: str, reason: str, who: Who) -> None:
    """Write nothing unasked to `address` any more, from this moment, from any mailbox."""
    key = address_key(address)
    statement = upsert(suppression).on_conflict_do_nothing()
    connection.execute(statement, {"address_key": key, "reason": reason, "at": now_ms()})
    _changed(connection, key, who, "suppress", {"reason": reason})


def unsuppress(connection: Connection, address: str, who: Who) -> None:
    """Take `address` off the list; raises NotFoundError."""
    key = address_key(address)
    done = connection.execute(suppression.delete().where(suppression.c.address_key == key))
    if done.rowcount != 1:
        raise NotFoundError(f"{address} is not suppressed")
    _changed(connection, key, who, "unsuppress", {})


def record_consent(
    connection: Connection,
    address: str,
    status: str,
    who: Who,
    *,
    region: str | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Append to the consent ledger: who said what, when, to which wording."""
    key = address_key(address)
    connection.execute(
        insert(consent),
        {
            "address_key": key,
            "status": status,
            "region": region,
            "evidence": evidence or {},
            "at": now_ms(),
        },
    )
    _changed(connection, key, who, "consent", {"status": status})


def open_case(connection: Connection, address: str, kind: str, why: str, who: Who) -> str:
    """Open a case about a person, unless one of that kind is open; returns its id."""
    key = address_key(address)
    same = and_(case.c.address_key == key, case.c.kind == kind, case.c.closed_at.is_(None))
    found: str | None = connection.execute(select(case.c.id).where(same)).scalar()
    if found is not None:
        return found
    identity = str(uuid7())
    connection.execute(
        insert(case),
        {"id": identity, "address_key": key, "kind": kind, "why": why, "opened_at": now_ms()},
    )
    _changed(
        connection, key, who, "open_case", {"case": identity, "kind": kind}, fraud=kind == "fraud"
    )
    return identity


def close_case(connection: Connection, identity: str, who: Who) -> None:
    """Close a case; waiting messages of that person are decided anew. Raises NotFoundError."""
    key: str | None = connection.execute(
        select(case.c.address_key).where(and_(case.c.id == identity, case.c.closed_at.is_(None)))
    ).scalar()
    if key is None:
        raise NotFoundError(f"there is no open case {identity}")
    connection.execute(
        update(case).where(case.c.id == identity).values(closed_at=now_ms(), closed_by=who.id)
    )
    _changed(connection, key, who, "close_case", {"case": identity})


def _changed(
    connection: Connection,
    key: str,
    who: Who,
    event: str,
    detail: dict[str, object],
    *,
    fraud: bool = False,
) -> None:
    audit.record(
        connection, at=now_ms(), actor=who.actor.value, actor_id=who.id, event=event, detail=detail
    )
    waiting = (
        select(message.c.id)
        .join(recipient, recipient.c.message == message.c.id)
        .where(
            and_(
                recipient.c.address_key == key,
                message.c.state.in_([*(state.value for state in WAITING), State.SENDING.value]),
            )
        )
    )
    for identity in connection.execute(waiting).scalars().all():
        execute(
            connection, identity, LifecycleEvent.CHANGE_FACTS, who, {"fraud": fraud},
            detail={"because": event},
        )  # fmt: skip
