"""Processes of one thread each, forked from a server that has imported most of what they need.

This module imports nothing else of the job, so that a command can start the server first and do
its own imports meanwhile.
"""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, get_context

__all__ = ["PRELOADED", "pool", "start_server"]

PRELOADED = (
    "classifier.model",
    "pipeline.mail.reading",
    "policy.loading",
    "spacy.lang.en",
    "spacy.matcher",
)
"""What the server imports. Neither polars nor pyarrow: they have threads, and a fork of a process
with threads can hang."""

_ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def start_server() -> None:
    """Starts the server and does not wait for its imports; does nothing if it runs already."""
    get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    with _one_thread():
        forkserver.ensure_running()


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of processes with one thread each."""
    start_server()
    # Ctrl-C reaches the whole process group; the shards under way are finished and committed.
    found = ProcessPoolExecutor(
        workers,
        mp_context=get_context("forkserver"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        # Should the server have died, the pool starts another, which needs these, too.
        with _one_thread():
            yield found
    finally:
        found.shutdown(cancel_futures=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes started meanwhile keep to one thread; their libraries read the environment."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
