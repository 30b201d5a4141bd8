"""A process that takes mail in, over LMTP, SMTP or IMAP, to be killed at any moment."""

import asyncio
import os
import signal
from pathlib import Path

from pipeline.inbound.imap import ImapAccount, Poller
from pipeline.inbound.intake import Intake
from pipeline.sender.gate import Gate
from pipeline.sender.service import running
from pipeline.sender.settings import Settings
from pipeline.sender.taking_in import OwnIntake
from tests.pipeline.sender.support import ordinary, policy

__all__ = ["fetch", "listen"]

_POLICY = policy()


def listen(location: Path | str, protocol: str, port: int) -> None:
    """Take in over `protocol` on `port` until killed."""

    async def run() -> None:
        settings = _settings(location, **{f"receive_{protocol}": f"127.0.0.1:{port}"})
        async with running(settings, Gate(_POLICY, ordinary)):
            await asyncio.Event().wait()

    asyncio.run(run())


def fetch(location: Path | str, account: ImapAccount, before_death: int | None) -> None:
    """Take what is there over IMAP; dies with the message after so many, kept but not marked."""

    async def run() -> None:
        async with running(_settings(location), Gate(_POLICY, ordinary)) as service:
            intake: Intake = OwnIntake(service.store, service.receiving)
            if before_death is not None:
                intake = _Deadly(intake, before_death)
            await Poller(account, intake).take_new()

    asyncio.run(run())


class _Deadly:
    """An intake that kills its process when one more than `lives` messages are durable."""

    def __init__(self, intake: Intake, lives: int) -> None:
        self._intake = intake
        self._lives = lives

    async def knows(self, address: str) -> bool:
        return await self._intake.knows(address)

    async def take(self, raw: bytes, address: str) -> str:
        identity = await self._intake.take(raw, address)
        if self._lives == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._lives -= 1
        return identity


def _settings(location: Path | str, **more: str) -> Settings:
    return Settings(
        store=str(location), smtp_host="127.0.0.1", smtp_port=1, smtp_tls="off",
        composing_processes=1, **more,
    )  # fmt: skip
