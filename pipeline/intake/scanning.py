"""`scan`: any mail archive or ticket export as a polars LazyFrame in one schema."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from pipeline.intake.items import Item, items, read
from pipeline.intake.plan import plan
from pipeline.intake.schema import MESSAGES, Entry, batch_of
from pipeline.intake.tickets import Columns

__all__ = ["scan"]

_BATCH_ROWS = 1_000
_SCHEMA = pl.DataFrame(pl.from_arrow(MESSAGES.empty_table())).schema
_PLACE = {"source": pl.String, "offset": pl.Int64}


def scan(
    path: str | Path, *, columns: str | Columns | None = None, scratch: Path | None = None
) -> pl.LazyFrame:
    """Every message under `path`, lazily: see `pipeline.intake.schema` for the columns.

    A projection to `source` and `offset` parses nothing; a limit stops the reading; a filter is
    applied batch by batch, so memory is bounded whatever the size. `columns` is a preset or a
    mapping for ticket exports, `scratch` where compressed mailboxes are unpacked. Raises
    IntakeError at once when there is nothing at `path` that can be read.
    """
    shards = plan(Path(path), scratch=scratch).shards

    def source(
        wanted: list[str] | None, predicate: pl.Expr | None, limit: int | None, rows: int | None
    ) -> Iterator[pl.DataFrame]:
        stream = (item for shard in shards for item in items(shard, columns))
        left = limit
        place_only = wanted is not None and set(wanted) <= set(_PLACE)
        while batch := list(islice(stream, min(rows or _BATCH_ROWS, _BATCH_ROWS))):
            table = _places(batch) if place_only else _frame([read(one) for one in batch])
            if left is not None:
                # The limit counts rows of the source, before the filter.
                table, left = table.head(left), left - min(left, table.height)
            if predicate is not None:
                table = table.filter(predicate)
            yield table if wanted is None else table.select(wanted)
            if left == 0:
                return

    return register_io_source(source, schema=_SCHEMA, is_pure=True, explain_name="gatepost")


def _frame(rows: Sequence[Entry]) -> pl.DataFrame:
    """The entries as a frame in the schema `MESSAGES`, in their order."""
    return pl.DataFrame(pl.from_arrow(batch_of(rows), schema=_SCHEMA))


def _places(batch: list[Item]) -> pl.DataFrame:
    rows = {"source": [item.source for item in batch], "offset": [item.offset for item in batch]}
    return pl.DataFrame(rows, schema=_PLACE)
