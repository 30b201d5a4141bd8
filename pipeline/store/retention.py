"""How long things are kept: what is older goes, but for what proves that the gate was never passed.

What messages say is personal data and is kept no longer than it is needed (GDPR Art. 5(1)(e)). What
stays is as after an erasure: states, versions, digests, the audit log, and who was written to when.
"""

from sqlalchemy import Connection, and_, delete, select

from pipeline.store.erasing import erase_content
from pipeline.store.execution import SYSTEM, now_ms
from pipeline.store.tables import consent_request, idempotency, message, session
from policy.lifecycle import FINAL

__all__ = ["forget_content", "forget_expired"]

_DAY_MS = 86_400_000
_AT_ONCE = 100
_IDEMPOTENCY_DAYS = 7


def forget_content(connection: Connection, days: int) -> int:
    """Erase what messages say that ended more than `days` ago, some at once; returns how many.

    A message that still waits for a person or a server is never touched.
    """
    query = (
        select(message.c.id)
        .where(
            and_(
                message.c.state.in_([state.value for state in FINAL]),
                message.c.erased == 0,
                message.c.changed_at < now_ms() - days * _DAY_MS,
            )
        )
        .order_by(message.c.id)
        .limit(_AT_ONCE)
    )
    keys = list(connection.execute(query).scalars())
    erase_content(connection, keys, SYSTEM)
    return len(keys)


def forget_expired(connection: Connection) -> int:
    """Drop what is good for nothing any more; returns how many rows.

    Idempotency keys after 7 days, sessions that ended, consents that nobody confirmed in time.
    """
    now = now_ms()
    conditions = (
        (idempotency, idempotency.c.created_at < now - _IDEMPOTENCY_DAYS * _DAY_MS),
        (session, session.c.expires_at < now),
        (
            consent_request,
            and_(consent_request.c.expires_at < now, consent_request.c.confirmed_at.is_(None)),
        ),
    )
    return sum(
        connection.execute(delete(table).where(condition)).rowcount
        for table, condition in conditions
    )
