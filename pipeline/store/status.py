"""What stands in a store, at a glance."""

from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.store import audit
from pipeline.store.in_force import policy_in_force
from pipeline.store.review import is_paused
from pipeline.store.schema import version_of
from pipeline.store.tables import message

__all__ = ["status_of"]


def status_of(connection: Connection) -> dict[str, Any]:
    """Schema, policy in force, end of the audit log and messages by state, for JSON."""
    last = connection.execute(audit.LAST).first()
    policy = policy_in_force(connection)
    counted = select(message.c.state, func.count()).group_by(message.c.state)
    return {
        "schema": version_of(connection),
        "paused": is_paused(connection),
        "policy": {"version": policy.version, "digest": policy.digest},
        "audit": {"rows": last.seq if last else 0, "hash": last.hash if last else audit.FIRST_HASH},
        "messages": {
            row[0]: row[1] for row in connection.execute(counted.order_by(message.c.state))
        },
    }
