"""Another policy into force while the service runs: only one that is proved, and all at once.

The gate is exchanged inside of the transaction that bumps the policy's version. Whoever judged by
the policy before finds another version when it writes, and judges anew; approvals that were given
under it are void, by the life-cycle table. A policy that is refused changes nothing.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from pipeline.sender.acceptance import Acceptance
from pipeline.sender.proved import NotServedError, Proved
from pipeline.store.database import Store
from pipeline.store.execution import SYSTEM, Who
from pipeline.store.in_force import put_into_force
from pipeline.store.writer import StoreUnavailableError

__all__ = ["CannotReloadError", "Reloaded", "Reloading"]

_log = structlog.get_logger()


class CannotReloadError(Exception):
    """This service was started with a policy that stands in no file."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The policy in force, and whether it is another one than before."""

    name: str
    digest: str
    changed: bool


class Reloading:
    """Puts what `load` returns into force; `load` takes a while and raises NotServedError."""

    def __init__(
        self, store: Store, acceptance: Acceptance, load: Callable[[], Proved] | None
    ) -> None:
        self._store = store
        self._acceptance = acceptance
        self._load = load
        self._one_at_a_time = asyncio.Lock()
        self._by_signal: asyncio.Task[None] | None = None

    async def reload(self, who: Who) -> Reloaded:
        """Read, prove and put into force the policy as its files are now.

        Raises NotServedError, CannotReloadError, StoreUnavailableError; then nothing has changed.
        """
        if self._load is None:
            raise CannotReloadError("this service has no policy files to read again")
        async with self._one_at_a_time:
            proved = await asyncio.to_thread(self._load)
            old = self._acceptance.gate
            new = old.with_policy(proved.policy, proved.certificate)

            def into_force(connection: Connection) -> bool:
                # Another process may have been first, or the same rules have a new certificate.
                changed = put_into_force(connection, new.digest, who)
                self._acceptance.gate = new
                return changed

            try:
                changed = await self._store.write(into_force)
            except BaseException:
                self._acceptance.gate = old
                raise
            if changed:
                _log.info("policy_reloaded", policy=proved.policy.name, digest=new.digest)
            return Reloaded(proved.policy.name, new.digest, changed)

    def on_hangup(self) -> None:
        """Reload at every SIGHUP from now on, where the process takes signals at all."""
        if threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hung_up)

    def _hung_up(self) -> None:
        self._by_signal = asyncio.get_running_loop().create_task(self._reload_and_tell())

    async def _reload_and_tell(self) -> None:
        try:
            await self.reload(SYSTEM)
        except NotServedError as error:
            _log.error("policy_not_reloaded", reason=str(error))
        except (CannotReloadError, StoreUnavailableError) as error:
            _log.error("policy_not_reloaded", reason=str(error))
