"""Processes of one thread each, forked from a server that has imported most of what they need.

This module imports nothing else of the job, so that a command can start the server first and do
its own imports meanwhile.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver, get_context
from pathlib import Path

__all__ = ["FORKED_MODEL", "ONE_THREAD", "PRELOADED", "pool", "start_server"]

PRELOADED = ("pipeline.batch.deciding", "pipeline.batch.parts", "pipeline.batch.preloaded")
"""What the server imports. Not polars: it has threads, and a fork of a process with threads can
hang. The model comes last, when everything that it is frozen with is there."""
FORKED_MODEL = "GATEPOST_FORKED_MODEL"
"""The variable that tells the server which model to read; empty for the starter model."""

ONE_THREAD = {
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # A part of Arrow that the batch job does not use starts a thread when it is imported.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Workers keep to one thread each; their libraries read the environment."""


def start_server(model: Path | None = None) -> None:
    """Starts the server and does not wait for what it imports, nor for the model that it reads.

    Does nothing if it runs already. None is the starter model.
    """
    get_context("forkserver").set_forkserver_preload(list(PRELOADED))
    with _environment({**ONE_THREAD, FORKED_MODEL: str(model or "")}):
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
        with _environment(ONE_THREAD):
            yield found
    finally:
        found.shutdown(cancel_futures=True)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Processes started meanwhile have `values` in their environment."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
