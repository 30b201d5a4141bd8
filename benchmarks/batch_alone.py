"""Classifying as the workers of a job do it, with nothing else in the way.

Each message is new to the process that meets it, in the order and by the shards of the job; the
processes are forked from the same server as the job's, so they start with the same model.
"""

import gc
import pickle
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from classifier.prediction import MessageText
from pipeline.batch.forking import pool, start_server
from pipeline.batch.parts import BATCH_ROWS

__all__ = ["Alone", "classify_alone"]


@dataclass(frozen=True, slots=True)
class Alone:
    """Seconds by the clock, seconds of processor of all processes together, and what making
    ready took once in each process, which is in neither."""

    wall: float
    cpu: float
    ready: float


def classify_alone(shards: Sequence[Sequence[MessageText]], workers: int, folder: Path) -> Alone:
    """Classifies the texts of `shards` on `workers` processes; `folder` holds them meanwhile."""
    paths = []
    for at, texts in enumerate(shards):
        path = folder / f"texts-{at}.pickle"
        path.write_bytes(pickle.dumps(list(texts)))
        paths.append(str(path))
    start_server()
    with pool(workers) as processes:
        ready = max(_on_each(processes, workers))
        started = time.perf_counter()
        seconds = sum(processes.map(_classify, paths))
        return Alone(time.perf_counter() - started, seconds, ready)


def _on_each(processes: ProcessPoolExecutor, workers: int) -> list[float]:
    """Makes every process ready: each is kept long enough for the next to begin."""
    return list(processes.map(_make_ready, range(workers)))


def _make_ready(_: int) -> float:
    before = time.process_time()
    from pipeline.batch.preloaded import classifier

    classifier(None)
    gc.collect()
    gc.freeze()  # as the workers do
    took = time.process_time() - before
    time.sleep(0.5)
    return took


def _classify(path: str) -> float:
    """CPU seconds that classifying the texts at `path` takes in this process."""
    from pipeline.batch.preloaded import classifier

    reader = classifier(None)
    texts: list[MessageText] = pickle.loads(Path(path).read_bytes())
    before = time.process_time()
    for at in range(0, len(texts), BATCH_ROWS):
        reader.classify_many(texts[at : at + BATCH_ROWS])
    return time.process_time() - before
