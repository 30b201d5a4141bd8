"""How often a key may have everything exported: counted in the store, for all its processes."""

from sqlalchemy import Connection, or_, select, update

from pipeline.store import audit
from pipeline.store.execution import Who, now_ms
from pipeline.store.tables import api_key

__all__ = ["begin_export"]

_HOUR_MS = 3_600_000


def begin_export(connection: Connection, key: str, who: Who) -> int:
    """Note that `key` has everything exported now, in the audit log, too; 0.

    Within an hour of the last time nothing is noted: the milliseconds until it may again.
    """
    now = now_ms()
    due = or_(api_key.c.exported_at.is_(None), api_key.c.exported_at <= now - _HOUR_MS)
    noted = update(api_key).where(api_key.c.id == key, due).values(exported_at=now)
    if connection.execute(noted).rowcount:
        audit.record(
            connection, at=now, actor=who.actor.value, actor_id=who.id, event="export",
            detail={"api_key": key},
        )  # fmt: skip
        return 0
    last = connection.execute(select(api_key.c.exported_at).where(api_key.c.id == key)).scalar_one()
    return max(1, int(last) + _HOUR_MS - now)
