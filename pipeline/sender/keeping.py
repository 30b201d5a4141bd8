"""Once an hour: what was kept long enough goes, and the audit log gets a root."""

import asyncio

import structlog

from pipeline.store.audit_roots import add_root
from pipeline.store.database import Store
from pipeline.store.retention import forget_content, forget_expired

__all__ = ["keep_no_longer"]

_log = structlog.get_logger()
_HOUR = 3600.0


async def keep_no_longer(store: Store, content_days: int | None) -> None:
    """Forget for ever what is too old; `content_days` None keeps what messages say.

    The service logs the root. A failure is tried again an hour later: nothing depends on the
    minute.
    """
    while True:
        try:
            root = await store.write(add_root)
            if root is not None:  # whoever collects the log has it where nobody can change it
                _log.info("audit_root", size=root.size, root=root.root)
            await store.write(forget_expired)
            forgotten = 0
            while content_days and (count := await _some(store, content_days)):
                forgotten += count
            if forgotten:
                await store.forget()
                _log.info("content_forgotten", messages=forgotten)
        except Exception as error:
            _log.error("cannot_forget", error=type(error).__name__)
        await asyncio.sleep(_HOUR)


async def _some(store: Store, days: int) -> int:
    return await store.write(lambda connection: forget_content(connection, days))
