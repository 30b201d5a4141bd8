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

from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import Draft, compose
from pipeline.mail.identity import Provenance, identity_field
from pipeline.mail.identity_keys import IdentityFolder
from pipeline.mail.signing import DkimKey, SigningKeyError, load_keys, signature_fields
from pipeline.store.writer import StoreUnavailableError

__all__ = ["Composers"]

_dkim_keys: tuple[DkimKey, ...] = ()
_identities: tuple[IdentityFolder, ...] = ()


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

    async def composed(self, draft: Draft, provenance: Provenance, at: datetime) -> bytes:
        """`draft` as signed bytes; raises ComposingError, StoreUnavailableError."""
        for _ in range(2):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(
                    pool, _composed, draft, provenance, at
                )
            except SigningKeyError as error:  # it was there at the start: whoever keeps it must act
                raise StoreUnavailableError(str(error)) from None
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


def _composed(draft: Draft, provenance: Provenance, at: datetime) -> bytes:
    """The message with its identity, if its domain has one, and under its domain's signatures."""
    raw = compose(draft)
    sender = draft.sender.address
    dkim_keys = [key for key in _dkim_keys if key.signs_for(sender)]
    identities = [key for folder in _identities if (key := folder.key()).signs_for(sender)]
    if not dkim_keys and not identities:
        return raw
    message = canonical_form(raw)
    identity = b""
    if identities:
        nearest = max(identities, key=lambda key: len(key.domain))
        identity = identity_field(message, provenance, nearest, at)
        message = message.below(identity)
    return signature_fields(message, dkim_keys, at) + identity + raw
