"""What is due without anybody asking: retries, ends of waiting, doubts, decisions that wait."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from pipeline.store.database import Store
from pipeline.store.overdue import escalate_overdue, expire_overdue, recover, retry_due
from pipeline.store.unknown import resolve_unknown
from pipeline.store.writer import StoreUnavailableError

__all__ = ["keep_house"]

_log = structlog.get_logger()
_EVERY = 1.0


async def keep_house(
    store: Store,
    decide_waiting: Callable[[], Awaitable[None]],
    wake: Callable[[], None],
    *,
    escalation_team: str,
    when_unknown: Mapping[str, str],
) -> None:
    """Look every second at what is due, for ever; `wake` is called when something can be sent.

    `decide_waiting` decides whatever is in the store and not decided; `when_unknown` says by kind
    of message what becomes of one that may or may not have arrived.
    """
    while True:
        try:
            retried = await store.write(retry_due)
            retried += sum(
                await store.write(lambda connection: recover(connection, all_leases=False))
            )
            await store.write(expire_overdue)
            await store.write(lambda connection: escalate_overdue(connection, escalation_team))
            if when_unknown:
                retried += await store.write(
                    lambda connection: resolve_unknown(connection, when_unknown)
                )
            await decide_waiting()
            if retried:
                wake()
        except StoreUnavailableError as error:
            _log.error("store_unavailable", error=str(error))
        except Exception as error:
            _log.error("housekeeping_failed", error=type(error).__name__)
        await asyncio.sleep(_EVERY)
