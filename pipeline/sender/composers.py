"""Composing and signing in processes of their own: work of milliseconds, none of it in the service.

A message goes to a free process at once; those that come while all are busy go there together,
since the way there and back costs as much as half of the work. When a process dies (memory, a
signal), each message of its batch is tried alone in a new one, and only the caller whose message
kills that, too, is told that the service cannot take it now.
"""

import asyncio
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TypeVar

from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import ComposingError, Draft, compose
from pipeline.mail.identity import Provenance, identity_field
from pipeline.mail.identity_keys import IdentityFolder
from pipeline.mail.signing import DkimKey, SigningKeyError, load_keys, signature_fields
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Composers"]

Argument = TypeVar("Argument")
Result = TypeVar("Result")
_LARGEST_BATCH = 16
_AHEAD = 2  # batches for each process: one in work, and one that it finds when that is done
_dkim_keys: tuple[DkimKey, ...] = ()
_identities: tuple[IdentityFolder, ...] = ()


@dataclass(frozen=True, slots=True)
class _Order:
    """What to compose: the draft, what its identity says, and the time of signing."""

    draft: Draft
    provenance: Provenance
    at: datetime


class Composers:
    """`processes` that compose and sign.

    `dkim_keys` are files by the names of their DNS records, `identity_keys` folders by domain;
    raises SigningKeyError when one of them cannot be used.
    """

    def __init__(
        self, processes: int, dkim_keys: Mapping[str, Path], identity_keys: Mapping[str, Path]
    ) -> None:
        load_keys(dkim_keys)
        for domain, folder in identity_keys.items():
            IdentityFolder(domain, folder)
        self._processes = processes
        self._files = (dict(dkim_keys), dict(identity_keys))
        self._pool = self._started()
        self._waiting: deque[tuple[_Order, asyncio.Future[bytes]]] = deque()
        self._batches: set[asyncio.Task[None]] = set()

    async def composed(self, draft: Draft, provenance: Provenance, at: datetime) -> bytes:
        """`draft` as signed bytes; raises ComposingError, StoreUnavailableError."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((_Order(draft, provenance, at), future))
        self._hand_out()
        try:
            return await future
        except SigningKeyError as error:  # it was there at the start: whoever keeps it must act
            raise StoreUnavailableError(str(error)) from None

    def close(self) -> None:
        """Finish what was handed in."""
        self._pool.shutdown()

    def _hand_out(self) -> None:
        while self._waiting and len(self._batches) < _AHEAD * self._processes:
            size = min(len(self._waiting), _LARGEST_BATCH)
            batch = [self._waiting.popleft() for _ in range(size)]
            task = asyncio.create_task(self._compose(batch), name="composing")
            self._batches.add(task)
            task.add_done_callback(self._batch_ended)

    def _batch_ended(self, task: "asyncio.Task[None]") -> None:
        self._batches.discard(task)
        if not task.cancelled():  # else the service ends, and nobody waits any more
            self._hand_out()

    async def _compose(self, batch: Sequence[tuple[_Order, "asyncio.Future[bytes]"]]) -> None:
        try:
            results = await self._run(_composed_each, [order for order, _ in batch])
        except Exception:  # whatever it is: each alone, so that it stops one only
            results = [await self._composed_alone(order) for order, _ in batch]
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():  # its caller is gone
                continue
            if isinstance(result, bytes):
                future.set_result(result)
            else:
                future.set_exception(result)

    async def _composed_alone(self, order: _Order) -> bytes | Exception:
        try:
            return await self._run(_composed, order)
        except BrokenProcessPool:
            return StoreUnavailableError("the processes that compose messages keep dying")
        except Exception as error:
            return error

    async def _run(self, work: Callable[[Argument], Result], argument: Argument) -> Result:
        pool = self._pool
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work, argument)
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._started()
            raise

    def _started(self) -> ProcessPoolExecutor:
        # Not forked: a fork copies the locks that other threads hold.
        pool = ProcessPoolExecutor(
            self._processes,
            mp_context=get_context("spawn"),
            initializer=_prepare,
            initargs=self._files,
        )
        for _ in range(self._processes):
            pool.submit(os.getpid)  # starts a process, so that no message waits for it
        return pool


def _prepare(dkim_keys: Mapping[str, Path], identity_keys: Mapping[str, Path]) -> None:
    global _dkim_keys, _identities
    _dkim_keys = load_keys(dkim_keys)
    _identities = tuple(IdentityFolder(*one) for one in identity_keys.items())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service finishes what is running
    threading.Thread(target=_end_with_the_service, daemon=True).start()


def _end_with_the_service() -> None:
    """A service that was killed cannot end its processes: they watch it themselves."""
    parent = parent_process()
    assert parent is not None, "this runs in a process of the pool only"
    parent.join()
    os._exit(1)


def _composed_each(orders: Sequence[_Order]) -> list[bytes | Exception]:
    """For each order the bytes, or what is wrong with it."""
    results: list[bytes | Exception] = []
    for order in orders:
        try:
            results.append(_composed(order))
        except (ComposingError, SigningKeyError) as error:
            results.append(error)
    return results


def _composed(order: _Order) -> bytes:
    """The message with its identity, if its domain has one, and under its domain's signatures."""
    raw = compose(order.draft)
    sender = order.draft.sender.address
    dkim_keys = [key for key in _dkim_keys if key.signs_for(sender)]
    identities = [key for folder in _identities if (key := folder.key()).signs_for(sender)]
    if not dkim_keys and not identities:
        return raw
    message = canonical_form(raw)
    identity = b""
    if identities:
        nearest = max(identities, key=lambda key: len(key.domain))
        identity = identity_field(message, order.provenance, nearest, order.at)
        message = message.below(identity)
    return signature_fields(message, dkim_keys, order.at) + identity + raw
