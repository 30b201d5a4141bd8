"""Shards on many machines, by Dask distributed (the optional extra `dask`).

Only shard descriptors travel and only manifests come back: a worker reads the archive and writes
its part itself, so the input and the working folder must be on a file system that all share. The
scheduler repeats what a lost worker had under way; what has lost several workers is tried alone in
a process of this machine and, if it is deadly, narrowed down (`pipeline.batch.local`).
"""

from pipeline.batch.local import alone
from pipeline.batch.parts import work
from pipeline.batch.shards import Run
from pipeline.intake.errors import IntakeError

__all__ = ["run_cluster"]

_CONNECT_SECONDS = 10
_DEATHS = 3
"""How many workers a shard may lose before it is taken for deadly."""


def run_cluster(run: Run, address: str | None, workers: int) -> None:
    """Does the pending shards on the cluster at `address`, or on one of `workers` processes here.

    Raises IntakeError when Dask is not installed or nobody answers at `address`.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise IntakeError("--engine dask needs the extra: pip install 'gatepost[dask]'") from error
    with dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS - 1}):
        if address is not None:
            try:
                client = Client(address, timeout=_CONNECT_SECONDS)  # type: ignore[no-untyped-call]
            except OSError as error:
                raise IntakeError(f"--address {address}: no cluster answers") from error
            with client:
                _submit(run, client)
            return
        with (
            LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers, threads_per_worker=1, dashboard_address=None, memory_limit=0
            ) as cluster,
            Client(cluster) as client,  # type: ignore[no-untyped-call]
        ):
            _submit(run, client)


def _submit(run: Run, client: object) -> None:
    from distributed import Client, KilledWorker, as_completed

    assert isinstance(client, Client)
    while run.pending:
        shards = {client.submit(work, run.job, shard, pure=False): shard for shard in run.pending}
        for future in as_completed(list(shards)):  # type: ignore[no-untyped-call]  # Dask
            try:
                run.done(shards[future], future.result())
            except KilledWorker:
                # Dask also suspects what only waited on the worker: each is tried alone, here.
                alone(run, shards[future])
            future.release()
