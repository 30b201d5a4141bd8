"""What all `gatepost receive` verbs share: where mail is handed in, and how they end."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from pipeline.cli.service_address import key_or_exit

if TYPE_CHECKING:  # loads the HTTP client
    from pipeline.inbound.intake import RemoteIntake

__all__ = ["intake_or_exit", "until_stopped"]


def intake_or_exit(url: str, key: str) -> "RemoteIntake":
    """The intake of the service at `url`; exits 2 without a key."""
    from pipeline.inbound.intake import RemoteIntake
    from pipeline.logs import configure_logs

    configure_logs()
    return RemoteIntake(url, key_or_exit(key, "admin"))


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` until it ends or SIGTERM or SIGINT comes; raises what `work` raises."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return
