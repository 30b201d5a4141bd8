"""A freer mode for a mailbox: asked for by anybody, let through by a code that a person has.

The code comes into being when a person asks to see it, is kept as a digest, lasts a day, counts
once, and is void after five wrong tries. Whoever asked for the upgrade never sees its code.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, select, update
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.mailboxes import change_mailbox, mailbox_by_id
from pipeline.store.tables import upgrade_request
from policy.modes import MAILBOX_MODES

__all__ = [
    "TooManyRequestsError", "UpgradeError", "ask_for_upgrade", "code_for_upgrade", "is_freer",
    "open_upgrades", "upgrade",
]  # fmt: skip

_HOUR_MS = 3_600_000
_CODE_MS = 24 * _HOUR_MS
_PER_HOUR = 3
_TRIES = 5
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike
_CODE_LENGTH = 10


class UpgradeError(Exception):
    """An upgrade that is none, or that this person may not let through."""


class TooManyRequestsError(Exception):
    """A mailbox asked too often; `seconds` until it may again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"an upgrade of this mailbox was asked for {_PER_HOUR} times in an hour")
        self.seconds = seconds


def is_freer(mode: str, than: str) -> bool:
    """Whether `mode` gives a mailbox more freedom than another does."""
    return MAILBOX_MODES.index(mode) < MAILBOX_MODES.index(than)


def ask_for_upgrade(connection: Connection, mailbox_id: str, mode: str, who: Who) -> str:
    """Note that `mode` is wanted for a mailbox; an earlier wish for it is void. Returns the id.

    Raises NotFoundError, UpgradeError when it is no upgrade, TooManyRequestsError.
    """
    now = now_ms()
    box = mailbox_by_id(connection, mailbox_id)
    if not is_freer(mode, box.oversight_mode):
        raise UpgradeError(f"{mode} gives no more freedom than {box.oversight_mode}")
    of_mailbox = upgrade_request.c.mailbox_id == mailbox_id
    recent = connection.execute(
        select(func.count(), func.min(upgrade_request.c.asked_at)).where(
            and_(of_mailbox, upgrade_request.c.asked_at > now - _HOUR_MS)
        )
    ).one()
    if recent[0] >= _PER_HOUR:
        raise TooManyRequestsError((recent[1] + _HOUR_MS - now) // 1000 + 1)
    _close(connection, and_(of_mailbox, upgrade_request.c.closed_at.is_(None)), "replaced")
    identity = str(uuid7())
    connection.execute(
        insert(upgrade_request),
        {
            "id": identity,
            "mailbox_id": mailbox_id,
            "target_mode": mode,
            "asked_by": who.id,
            "asked_at": now,
            "wrong_codes": 0,
        },
    )
    _record(connection, "request_upgrade", who, mailbox_id, request=identity, target_mode=mode)
    return identity


def open_upgrades(connection: Connection) -> Sequence[RowMapping]:
    """The upgrades that wait for a person, oldest first."""
    query = (
        select(upgrade_request)
        .where(upgrade_request.c.closed_at.is_(None))
        .order_by(upgrade_request.c.id)
    )
    return connection.execute(query).mappings().all()


def code_for_upgrade(connection: Connection, identity: str, who: Who) -> tuple[str, int]:
    """The code that lets an upgrade through, for a person's eyes, and until when it is good.

    A code that was shown before is void. Raises NotFoundError, and UpgradeError for the hand that
    asked for the upgrade.
    """
    query = select(upgrade_request).where(
        and_(upgrade_request.c.id == identity, upgrade_request.c.closed_at.is_(None))
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"no upgrade {identity} is waiting")
    if row["asked_by"] == who.id:
        raise UpgradeError("nobody lets through an upgrade that they asked for")
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
    expires = now_ms() + _CODE_MS
    connection.execute(
        update(upgrade_request)
        .where(upgrade_request.c.id == identity)
        .values(
            code_sha256=_digest(identity, letters),
            code_by=who.id,
            code_expires_at=expires,
            wrong_codes=0,
        )
    )
    _record(connection, "show_upgrade_code", who, row["mailbox_id"], request=identity)
    return f"{letters[:5]}-{letters[5:]}", expires


def upgrade(connection: Connection, mailbox_id: str, code: str, who: Who) -> bool:
    """Set the mode that was asked for, if `code` is the one; returns whether it was.

    A wrong code is counted, so this must be committed either way. Raises NotFoundError when no
    upgrade of that mailbox waits.
    """
    query = select(upgrade_request).where(
        and_(upgrade_request.c.mailbox_id == mailbox_id, upgrade_request.c.closed_at.is_(None))
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError("no upgrade of this mailbox is waiting")
    this = upgrade_request.c.id == row["id"]
    letters = code.upper().replace("-", "").replace(" ", "")
    good = hmac.compare_digest(_digest(row["id"], letters), row["code_sha256"] or "")
    if not good or row["code_expires_at"] < now_ms():
        wrong = row["wrong_codes"] + 1
        connection.execute(update(upgrade_request).where(this).values(wrong_codes=wrong))
        if wrong >= _TRIES:
            _close(connection, this, "guessed")
        _record(connection, "wrong_upgrade_code", who, mailbox_id, request=row["id"])
        return False
    box = mailbox_by_id(connection, mailbox_id)
    _close(connection, this, "upgraded")
    change_mailbox(connection, mailbox_id, {"oversight_mode": row["target_mode"]}, who)
    _record(
        connection, "upgrade", who, mailbox_id, request=row["id"], old_mode=box.oversight_mode,
        new_mode=row["target_mode"], let_through_by=row["code_by"],
    )  # fmt: skip
    return True


def _close(connection: Connection, condition: ColumnElement[bool], outcome: str) -> None:
    connection.execute(
        update(upgrade_request).where(condition).values(closed_at=now_ms(), outcome=outcome)
    )


def _digest(identity: str, letters: str) -> str:
    return hashlib.sha256(f"{identity}:{letters}".encode()).hexdigest()


def _record(
    connection: Connection, event: str, who: Who, mailbox_id: str, **detail: object
) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"mailbox_id": mailbox_id, **detail},
    )
