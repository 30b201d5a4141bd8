"""The service's own intake, for the listeners that run inside of it."""

from pipeline.inbound.intake import BusyError, UnknownMailboxError
from pipeline.sender.receiving import Receiving
from pipeline.store.database import Store
from pipeline.store.execution import NotFoundError, Who
from pipeline.store.mailboxes import find_mailbox
from pipeline.store.writer import StoreUnavailableError
from policy.lifecycle import Actor

__all__ = ["OwnIntake"]

_WHO = Who(Actor.SYSTEM, "listener")


class OwnIntake:
    """Takes mail for the mailboxes in `store`; see `pipeline.inbound.intake.Intake`."""

    def __init__(self, store: Store, receiving: Receiving) -> None:
        self._store = store
        self._receiving = receiving

    async def knows(self, address: str) -> bool:
        """Whether there is a mailbox of that address."""
        try:
            await self._store.read(lambda connection: find_mailbox(connection, address))
        except NotFoundError:
            return False
        return True

    async def take(self, raw: bytes, address: str) -> str:
        """Keep the message for a mailbox, durably, and return its id."""
        try:
            received = await self._receiving.receive(raw, address, _WHO, "listener")
        except NotFoundError as error:
            raise UnknownMailboxError(str(error)) from error
        except StoreUnavailableError as error:
            raise BusyError(str(error)) from error
        return received.id
