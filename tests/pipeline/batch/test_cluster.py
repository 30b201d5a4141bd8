import importlib.util
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.batch.cluster import run_cluster
from pipeline.batch.job import Part
from pipeline.batch.local import run_here
from pipeline.batch.shards import Run
from pipeline.intake.errors import IntakeError
from pipeline.intake.plan import plan
from tests.needs import needs

from .archives import texts
from .readers import job

pytestmark = needs(importlib.util.find_spec("distributed"), "the extra dask")


def test_a_killed_worker_and_a_deadly_message_change_nothing_else(tmp_path: Path) -> None:
    import dask
    from distributed import Client, LocalCluster

    bodies = ["kill this process" if n == 22 else f"text {n}" for n in range(24)]
    path = texts(tmp_path / "a.mbox", bodies)
    shards = plan(path, shard_bytes=250).shards
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        with Client(cluster) as client:
            workers: list[int] = list(client.run(os.getpid).values())
        killed: list[int] = []

        def kill_one(part: Part) -> None:
            if not killed:
                killed.append(workers[0])
                with suppress(ProcessLookupError):  # the deadly message was quicker
                    os.kill(workers[0], signal.SIGKILL)

        run = Run(job(tmp_path / "dask"), shards, kill_one)
        run_cluster(run, cluster.scheduler_address, 2)
    assert killed
    table = pl.concat([pl.read_parquet(part.path) for part in run.parts])
    assert table.height == 24
    assert table["error"].null_count() == 23
    assert "died" in table["error"][22]

    quiet: Any = [body for n, body in enumerate(bodies) if n != 22]
    here = Run(
        job(tmp_path / "here"), plan(texts(tmp_path / "b.mbox", quiet)).shards, lambda part: None
    )
    run_here(here)
    alone = pl.concat([pl.read_parquet(part.path) for part in here.parts])
    assert alone["text"].to_list() == [text for n, text in enumerate(table["text"]) if n != 22]


def test_nobody_at_the_address_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.batch.cluster._CONNECT_SECONDS", 0.2)
    shards = plan(texts(tmp_path / "a.mbox", ["x"])).shards
    run = Run(job(tmp_path / "w"), shards, lambda part: None)
    with pytest.raises(IntakeError, match="no cluster answers"):
        run_cluster(run, "tcp://127.0.0.1:9", 1)
