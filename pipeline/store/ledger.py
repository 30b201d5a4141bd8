"""What is known of the people written to: suppression, consent, cases, and what they got.

A change that a decision may have read bumps the facts of every message that still waits for that
person, in the same transaction: the message is decided anew before it can leave.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    String,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import case as sql_case
from uuid_utils import uuid7

from pipeline.mail.addresses import address_key, person_key
from pipeline.store import audit
from pipeline.store.each_of import each_of
from pipeline.store.execution import NotFoundError, Who, execute, now_ms
from pipeline.store.statements import Statement, to_json
from pipeline.store.tables import (
    case,
    channel_contact,
    consent,
    erasure,
    message,
    recipient,
    suppression,
)
from pipeline.store.upserts import insert_if_new
from policy.lifecycle import WAITING, LifecycleEvent, State

__all__ = [
    "Person", "close_case", "consents_of", "list_suppressed", "open_case", "people", "person",
    "person_changed", "reason_of_suppression", "record_consent", "suppress", "unsuppress",
]  # fmt: skip

_DAY = 86_400_000
_GONE_OUT = (State.SENDING.value, State.SENT.value, State.UNKNOWN.value)
_GOING_OUT = (State.QUEUED.value, State.DEFERRED.value)


@dataclass(frozen=True, slots=True)
class Person:
    """What the ledger knows of one person; a `region` of None is not known.

    `last_channel` is where they wrote last, `last_wrote_at` when in ms and `last_contact` how many
    seconds ago; all are None for somebody who never wrote. That seconds passed makes no difference
    between what was known then and now.
    """

    suppressed: bool
    consent: str
    consent_age: int | None
    region: str | None
    fraud_open: bool
    erased: bool
    first_contact: bool
    messages_24h: int
    other_channel_open: bool
    last_channel: str | None
    last_wrote_at: int | None
    last_contact: int | None = field(compare=False)


_ASKED = each_of("asked")  # [address key, person key, SHA-256 of either]
_ADDRESS, _KEY, *_DIGESTS = (
    _ASKED.c.value.op("->>", return_type=String())(place) for place in range(4)
)
_LATEST_CONSENT = (
    select(consent.c.id)
    .where(consent.c.person_key == _KEY)
    .order_by(consent.c.at.desc(), consent.c.id.desc())
    .limit(1)
    .correlate(_ASKED)
    .scalar_subquery()
)
_LATEST_TURN = (
    select(channel_contact.c.channel)
    .where(and_(channel_contact.c.person_key == _KEY, channel_contact.c.wrote_at.is_not(None)))
    .order_by(channel_contact.c.wrote_at.desc(), channel_contact.c.channel)
    .limit(1)
    .correlate(_ASKED)
    .scalar_subquery()
)
_WAITS_ELSEWHERE = (
    select(channel_contact.c.channel)
    .where(
        and_(
            channel_contact.c.person_key == _KEY,
            channel_contact.c.channel != "email",
            channel_contact.c.wrote_at > func.coalesce(channel_contact.c.answered_at, 0),
        )
    )
    .correlate(_ASKED)
    .exists()
)
_SENT_TO = recipient.join(message, message.c.id == recipient.c.message)


def _to_them(states: Iterable[str]) -> ColumnElement[bool]:
    return and_(
        recipient.c.person_key == _KEY,
        or_(*(message.c.state == state for state in states)),
        message.c.test == 0,
    )


_WENT = _to_them(_GONE_OUT)
# What still waits to leave counts, too: else whoever hands in fast enough is under every limit.
_WENT_OR_GOES = _to_them((*_GONE_OUT, *_GOING_OUT))
# As a value and not as a condition: SQLite would look through all that went out in a day.
_LATELY = sql_case(
    (
        or_(
            message.c.changed_at > bindparam("yesterday", type_=BigInteger),
            *(message.c.state == state for state in _GOING_OUT),
        ),
        1,
    ),
    else_=0,
)
_PEOPLE = Statement(
    select(
        _ADDRESS,
        exists().where(suppression.c.person_key == _KEY).correlate(_ASKED),
        exists().where(erasure.c.address_sha256.in_(_DIGESTS)).correlate(_ASKED),
        exists()
        .where(and_(case.c.person_key == _KEY, case.c.kind == "fraud", case.c.closed_at.is_(None)))
        .correlate(_ASKED),
        ~select(message.c.id).select_from(_SENT_TO).where(_WENT).correlate(_ASKED).exists(),
        select(func.coalesce(func.sum(_LATELY), 0))
        .select_from(_SENT_TO)
        .where(_WENT_OR_GOES)
        .correlate(_ASKED)
        .scalar_subquery(),
        _WAITS_ELSEWHERE,
        channel_contact.c.channel,
        channel_contact.c.wrote_at,
        consent.c.status,
        consent.c.region,
        consent.c.at,
    ).select_from(
        _ASKED.outerjoin(consent, consent.c.id == _LATEST_CONSENT).outerjoin(
            channel_contact,
            and_(channel_contact.c.person_key == _KEY, channel_contact.c.channel == _LATEST_TURN),
        )
    )
)


def person(connection: Connection, address: str) -> Person:
    """What the ledger knows of the person behind `address` now."""
    return people(connection, [address])[address]


def people(connection: Connection, addresses: Iterable[str]) -> Mapping[str, Person]:
    """What the ledger knows of the person behind each of `addresses` now."""
    keys = {address: address_key(address) for address in addresses}
    asked = [
        [key, person_key(key), *(_sha256(one) for one in (key, person_key(key)))]
        for key in set(keys.values())
    ]
    now = now_ms()
    rows = _PEOPLE.rows(connection, {"asked": to_json(asked), "yesterday": now - _DAY})
    found = {row[0]: _person(row, now) for row in rows}
    return {address: found[key] for address, key in keys.items()}


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _person(row: Sequence[Any], now: int) -> Person:
    _, suppressed, erased, fraud_open, first_contact, messages_24h, *talk, status, region, at = row
    other_channel_open, last_channel, last_wrote_at = talk
    return Person(
        suppressed=bool(suppressed or erased),
        consent=status or "unknown",
        consent_age=(now - at) // _DAY if status in ("explicit", "soft") else None,
        region=region,
        fraud_open=bool(fraud_open),
        erased=bool(erased),
        first_contact=bool(first_contact),
        messages_24h=messages_24h,
        other_channel_open=bool(other_channel_open),
        last_channel=last_channel,
        last_wrote_at=last_wrote_at,
        last_contact=max(0, now - last_wrote_at) // 1000 if last_wrote_at is not None else None,
    )


def suppress(connection: Connection, address: str, reason: str, who: Who) -> None:
    """Write nothing unasked to a person any more, from this moment, from any mailbox."""
    key = person_key(address)
    connection.execute(
        insert_if_new(suppression), {"person_key": key, "reason": reason, "at": now_ms()}
    )
    person_changed(connection, key, who, "suppress", {"reason": reason})


def unsuppress(connection: Connection, address: str, who: Who) -> None:
    """Take the person behind `address` off the list; raises NotFoundError."""
    key = person_key(address)
    done = connection.execute(suppression.delete().where(suppression.c.person_key == key))
    if done.rowcount != 1:
        raise NotFoundError(f"{address} is not suppressed")
    person_changed(connection, key, who, "unsuppress", {})


def list_suppressed(
    connection: Connection, *, after: str = "", limit: int = 50
) -> Sequence[RowMapping]:
    """The suppression list by address, those after the address `after`."""
    query = select(suppression).where(suppression.c.person_key > after)
    return (
        connection.execute(query.order_by(suppression.c.person_key).limit(limit)).mappings().all()
    )


def reason_of_suppression(connection: Connection, address: str) -> str | None:
    """Why an address is on the suppression list; None when it is not."""
    query = select(suppression.c.reason).where(suppression.c.person_key == person_key(address))
    reason: str | None = connection.execute(query).scalar()
    return reason


def consents_of(connection: Connection, address: str) -> Sequence[RowMapping]:
    """What one person said about advertising, latest first."""
    query = select(consent).where(consent.c.person_key == person_key(address))
    latest = query.order_by(consent.c.at.desc(), consent.c.id.desc())
    return connection.execute(latest).mappings().all()


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
    key = person_key(address)
    connection.execute(
        insert(consent),
        {
            "person_key": key,
            "status": status,
            "region": region,
            "evidence": evidence or {},
            "at": now_ms(),
        },
    )
    person_changed(connection, key, who, "consent", {"status": status})


def open_case(connection: Connection, address: str, kind: str, why: str, who: Who) -> str:
    """Open a case about a person, unless one of that kind is open; returns its id."""
    key = person_key(address)
    same = and_(case.c.person_key == key, case.c.kind == kind, case.c.closed_at.is_(None))
    found: str | None = connection.execute(select(case.c.id).where(same)).scalar()
    if found is not None:
        return found
    identity = str(uuid7())
    connection.execute(
        insert(case),
        {"id": identity, "person_key": key, "kind": kind, "why": why, "opened_at": now_ms()},
    )
    person_changed(
        connection, key, who, "open_case", {"case": identity, "kind": kind}, fraud=kind == "fraud"
    )
    return identity


def close_case(connection: Connection, identity: str, who: Who) -> None:
    """Close a case; waiting messages of that person are decided anew. Raises NotFoundError."""
    key: str | None = connection.execute(
        select(case.c.person_key).where(and_(case.c.id == identity, case.c.closed_at.is_(None)))
    ).scalar()
    if key is None:
        raise NotFoundError(f"there is no open case {identity}")
    connection.execute(
        update(case).where(case.c.id == identity).values(closed_at=now_ms(), closed_by=who.id)
    )
    person_changed(connection, key, who, "close_case", {"case": identity})


def person_changed(
    connection: Connection,
    key: str,
    who: Who,
    event: str,
    detail: dict[str, object],
    *,
    fraud: bool = False,
) -> None:
    """Record `event` about the person `key`, and have what waits for them decided anew."""
    audit.record(
        connection, at=now_ms(), actor=who.actor.value, actor_id=who.id, event=event, detail=detail
    )
    waiting = (
        select(message.c.id)
        .join(recipient, recipient.c.message == message.c.id)
        .where(
            and_(
                recipient.c.person_key == key,
                message.c.state.in_([*(state.value for state in WAITING), State.SENDING.value]),
            )
        )
    )
    for identity in connection.execute(waiting).scalars().all():
        execute(
            connection, identity, LifecycleEvent.CHANGE_FACTS, who, {"fraud": fraud},
            detail={"because": event},
        )  # fmt: skip
