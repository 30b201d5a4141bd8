"""Results for the tests of what reads them: an archive through the test classifier."""

from pathlib import Path

import polars as pl

from pipeline.batch.assembling import Summary
from pipeline.batch.classifying import Settings, classify_archive
from pipeline.batch.watching import Watcher
from pipeline.batch.writing import Sink

from .archives import texts
from .readers import kernel


def classified(folder: Path, bodies: list[str], *sinks: Sink) -> tuple[Summary, pl.DataFrame]:
    """The counts and the table of an mbox with `bodies`; also given to `sinks`."""
    source = folder / "in.mbox"
    source.unlink(missing_ok=True)
    texts(source, bodies)
    settings = Settings(str(source), folder / "out.parquet")
    outcome = classify_archive(settings, Watcher(), *sinks, kernel=kernel)
    return outcome.summary, pl.read_parquet(folder / "out.parquet")
