"""Shards on this machine: in this process, or in a pool that outlives its workers.

The standard pool breaks for good when one of its processes dies. Here the shards that were under
way are then done one by one, each alone, so that the guilty one is known; it is cut in halves
until the message is found, which becomes a row with an error. Everything else goes on.
"""

from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool

from pipeline.batch.forking import pool
from pipeline.batch.job import Part
from pipeline.batch.parts import work
from pipeline.batch.shards import Run, halves, places
from pipeline.intake.plan import Shard

__all__ = ["alone", "run_here", "run_processes"]

_DEATHS = 2
"""How often a shard, alone in its process, must have killed it before it is cut."""


def run_here(run: Run) -> None:
    """Does the pending shards one after the other in this process."""
    for shard in run.pending:
        run.done(shard, work(run.job, shard))


def run_processes(run: Run, workers: int) -> None:
    """Does the pending shards in `workers` processes of one thread each."""
    while run.pending:
        for shard in _round(run, workers):
            alone(run, shard)


def _round(run: Run, workers: int) -> list[Shard]:
    """Works until all is done or a process dies; returns the shards under way at that moment."""
    waiting = iter(run.pending)
    under_way: dict[Future[Part], Shard] = {}
    with pool(workers) as processes:
        try:
            while True:
                # Few at a time, so that little is repeated when a process dies.
                while len(under_way) < 2 * workers and (shard := next(waiting, None)) is not None:
                    under_way[processes.submit(work, run.job, shard)] = shard
                if not under_way:
                    return []
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    run.done(under_way[future], future.result())
                    del under_way[future]
        except BrokenProcessPool:
            return list(under_way.values())


def alone(run: Run, shard: Shard) -> None:
    """Does a suspected shard in a process of its own; one that kills it again is narrowed."""
    for _ in range(_DEATHS):
        try:
            with pool(1) as processes:
                run.done(shard, processes.submit(work, run.job, shard).result())
            return
        except BrokenProcessPool:
            continue
    narrow(run, shard)


def narrow(run: Run, shard: Shard) -> None:
    """Cuts a deadly shard in halves; the one message of a shard becomes a row with an error."""
    parts = halves(shard, places(shard))
    if parts is None:
        run.done(shard, work(run.job, shard, poisoned=True))
        return
    run.split(shard, parts)
