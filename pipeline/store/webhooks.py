"""Subscriptions to events: who is told, of what, under which secret."""

import base64
import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, and_, insert, select, update
from uuid_utils import uuid7

from pipeline.store import audit
from pipeline.store.execution import NotFoundError, Who, now_ms
from pipeline.store.tables import webhook_subscription as subscription

__all__ = [
    "end_subscription", "find_subscription", "list_subscriptions", "rotate_secret", "subscribe",
]  # fmt: skip

_SECRET_BYTES = 24


def subscribe(
    connection: Connection,
    url: str,
    events: Sequence[str],
    who: Who,
    *,
    mailbox_id: str | None = None,
    secret: str | None = None,
    created_by: str,
) -> RowMapping:
    """A new subscription, whose row has its secret in the form of Standard Webhooks (`whsec_…`).

    `mailbox_id` None means every mailbox. A `secret` in another form is taken as text.
    """
    identity = str(uuid7())
    connection.execute(
        insert(subscription),
        {
            "id": identity,
            "url": url,
            "events": sorted(set(events)),
            "mailbox_id": mailbox_id,
            "secret": _standard(secret),
            "created_by": created_by,
            "created_at": now_ms(),
        },
    )
    _record(connection, "create_webhook", identity, who)
    return find_subscription(connection, identity)


def find_subscription(connection: Connection, identity: str) -> RowMapping:
    """A subscription in force; raises NotFoundError."""
    query = select(subscription).where(
        and_(subscription.c.id == identity, subscription.c.ended_at.is_(None))
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no webhook {identity}")
    return row


def list_subscriptions(
    connection: Connection, *, after: str = "", limit: int = 100
) -> Sequence[RowMapping]:
    """The subscriptions in force by id, hence oldest first, those after the id `after`."""
    query = (
        select(subscription)
        .where(and_(subscription.c.ended_at.is_(None), subscription.c.id > after))
        .order_by(subscription.c.id)
        .limit(limit)
    )
    return connection.execute(query).mappings().all()


def rotate_secret(connection: Connection, identity: str, overlap_ms: int, who: Who) -> RowMapping:
    """Give a subscription another secret; for `overlap_ms` deliveries are signed with both.

    Returns its row; raises NotFoundError.
    """
    before = find_subscription(connection, identity)
    connection.execute(
        update(subscription)
        .where(subscription.c.id == identity)
        .values(
            secret=_standard(None),
            previous_secret=before["secret"],
            previous_until=now_ms() + overlap_ms,
        )
    )
    _record(connection, "rotate_webhook", identity, who)
    return find_subscription(connection, identity)


def end_subscription(connection: Connection, identity: str, who: Who) -> None:
    """Tell this receiver nothing any more; raises NotFoundError."""
    find_subscription(connection, identity)
    connection.execute(
        update(subscription).where(subscription.c.id == identity).values(ended_at=now_ms())
    )
    _record(connection, "end_webhook", identity, who)


def _standard(secret: str | None) -> str:
    if secret is not None and secret.startswith("whsec_"):
        return secret
    key = secrets.token_bytes(_SECRET_BYTES) if secret is None else secret.encode()
    return f"whsec_{base64.b64encode(key).decode()}"


def _record(connection: Connection, event: str, identity: str, who: Who) -> None:
    audit.record(
        connection,
        at=now_ms(),
        actor=who.actor.value,
        actor_id=who.id,
        event=event,
        detail={"webhook": identity},
    )
