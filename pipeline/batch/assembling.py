"""The parts of a run to one result: what can only be known once every message was seen.

Two things look across messages. Duplicates: of equal messages the first of the input is the
original, whatever worker was first. Threads: a reply to a harmless message of a thread that
carries a risk tag is decided with that tag. Both need a few bytes a message; the rows themselves
are streamed from part to part, so memory does not grow with the input.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from pipeline.batch.columns import CARRIED, NOT_WRITTEN, RESULTS
from pipeline.batch.deciding import Decider, Labels, Preview
from pipeline.batch.job import Part
from pipeline.batch.writing import Sink
from pipeline.intake.schema import entries

__all__ = ["WRITTEN", "Summary", "assemble"]

_PLACE = ("source", "offset")
WRITTEN = pl.Schema(
    {
        **{
            name: kind
            for name, kind in pl.DataFrame(pl.from_arrow(RESULTS.empty_table())).schema.items()
            if name not in NOT_WRITTEN
        },
        "duplicate_of": pl.String(),
    }
)
"""The columns of a finished result."""


@dataclass(slots=True)
class Summary:
    """What a run has counted; `messages` were found in the input, `rows` were written.

    `errors` are messages of which something could not be read, `mended` those that had defects
    and could be read whole.
    """

    messages: int = 0
    rows: int = 0
    errors: int = 0
    mended: int = 0
    unsure: int = 0
    duplicates: int = 0
    duplicates_by_text: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)

    def add(self, table: pl.DataFrame) -> None:
        """Counts the rows of `table`, which has the columns `WRITTEN`."""
        self.rows += table.height
        self.errors += table.height - table["error"].null_count()
        self.mended += table.filter(
            pl.col("error").is_null() & (pl.col("defects").list.len() > 0)
        ).height
        self.unsure += int(table["unsure"].sum())
        copies = table.filter(pl.col("duplicate_of").is_not_null())
        self.duplicates += copies.height
        self.duplicates_by_text += int((copies["message_id"] == "").sum())
        self.intents.update(table["intent"].to_list())
        self.tags.update(table["tags"].explode(empty_as_null=False).drop_nulls().to_list())
        self.modes.update(table["mode"].drop_nulls().to_list())


def assemble(parts: Sequence[Part], writer: Sink, decider: Decider | None) -> Summary:
    """Writes every row of `parts`, in order, with its duplicates and threads seen to."""
    summary = Summary(messages=sum(part.messages for part in parts))
    assert summary.messages == sum(part.rows for part in parts), "every message is a row"
    paths = [part.path for part in parts if part.rows]
    if not paths:
        writer.write(pl.DataFrame(schema=WRITTEN))
        return summary
    originals = _originals(paths)
    threads = _threads(paths) if decider else {}
    for path in paths:
        table = pl.read_parquet(path)
        table = table.join(originals, on="duplicate_key", how="left", maintain_order="left")
        here = pl.format("{}:{}", *_PLACE)
        table = table.with_columns(
            duplicate_of=pl.when(pl.col("original") != here).then(pl.col("original"))
        )
        if decider:
            table = _with_threads(table, threads, decider)
        written = table.select(list(WRITTEN))
        writer.write(written)
        summary.add(written)
    return summary


def _originals(paths: list[str]) -> pl.DataFrame:
    """For every key that more than one message has, the place of the first message."""
    return (
        pl.scan_parquet(paths)
        .select("duplicate_key", pl.format("{}:{}", *_PLACE).alias("original"))
        .group_by("duplicate_key", maintain_order=True)
        .agg(pl.col("original").first(), pl.len())
        .filter(pl.col("len") > 1)
        .drop("len")
        .collect()
    )


def _threads(paths: list[str]) -> dict[str, frozenset[str]]:
    """The tags of every thread of more than one message that carries any."""
    rows = (
        pl.scan_parquet(paths)
        .select("thread_id", "tags")
        .filter(pl.col("thread_id") != "")
        .group_by("thread_id")
        .agg(pl.len(), pl.col("tags").list.explode(keep_nulls=False, empty_as_null=False).unique())
        .filter((pl.col("len") > 1) & (pl.col("tags").list.len() > 0))
        .collect()
    )
    return {thread: frozenset(tags) for thread, _, tags in rows.iter_rows()}


def _with_threads(
    table: pl.DataFrame, threads: dict[str, frozenset[str]], decider: Decider
) -> pl.DataFrame:
    """`table` with the decisions of those messages renewed whose thread carries further tags."""
    changed: dict[int, Preview] = {}
    for index, (thread, tags) in enumerate(table.select("thread_id", "tags").iter_rows()):
        further = threads.get(thread, frozenset()) - set(tags)
        if not further:
            continue
        row = table[index]
        entry = entries(row.select(CARRIED.names).iter_rows(named=True))[0]
        labels = Labels(
            intent=row["intent"][0],
            confidence=row["confidence"][0],
            tags=frozenset(tags),
            language=row["language"][0],
            unsure=row["unsure"][0],
        )
        changed[index] = decider.decide(entry.message, labels, further)
    if not changed:
        return table
    columns = {name: table[name].to_list() for name in ("mode", "rule", "rule_at")}
    for index, values in changed.items():
        for name, value in zip(columns, values, strict=True):
            columns[name][index] = value
    return table.with_columns(pl.Series(name, values) for name, values in columns.items())
