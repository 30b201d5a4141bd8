"""Composing and signing in processes of their own: work of milliseconds, none of it in the service.

A process that dies (memory, a signal) costs its callers one more try in a new one; when that dies,
too, they are told that the service cannot take mail now.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context, parent_process
from pathlib import Path

from pipeline.mail.composing import Draft, compose
from pipeline.mail.signing import DkimKey, load_keys, sign
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Composers"]

_keys: tuple[DkimKey, ...] = ()


class Composers:
    """`processes` that compose and sign with the keys in `files`; raises SigningKeyError."""

    def __init__(self, processes: int, files: Mapping[str, Path]) -> None:
        load_keys(files)
        self._processes = processes
        self._files = dict(files)
        self._pool = self._started()

    async def composed(self, draft: Draft, at: datetime) -> bytes:
        """`draft` as signed bytes; raises ComposingError, StoreUnavailableError."""
        for _ in range(2):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, _composed, draft, at)
            except BrokenProcessPool:
                if pool is self._pool:
                    self._pool = self._started()
        raise StoreUnavailableError("the processes that compose messages keep dying")

    def close(self) -> None:
        """Finish what was handed in."""
        self._pool.shutdown()

    def _started(self) -> ProcessPoolExecutor:
        # Not forked: a fork copies the locks that other threads hold.
        pool = ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=_prepare,
            initargs=(self._files,),
        )
        for _ in range(self._processes):
            pool.submit(os.getpid)  # starts a process, so that no message waits for it
        return pool


def _prepare(files: Mapping[str, Path]) -> None:
    global _keys
    _keys = load_keys(files)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service finishes what is running
    threading.Thread(target=_end_with_the_service, daemon=True).start()


def _end_with_the_service() -> None:
    """A service that was killed cannot end its processes: they watch it themselves."""
    parent = parent_process()
    assert parent is not None, "this runs in a process of the pool only"
    parent.join()
    os._exit(1)


def _composed(draft: Draft, at: datetime) -> bytes:
    return sign(compose(draft), [key for key in _keys if key.signs_for(draft.sender.address)], at)
