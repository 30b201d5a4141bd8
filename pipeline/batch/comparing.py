"""Two results of the same inbox side by side: what a new model or policy changes."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipeline.batch.excerpts import excerpt
from pipeline.intake.errors import IntakeError

__all__ = ["Change", "Comparison"]

_NEEDED = ("source", "offset", "intent", "mode", "tags")
_SAMPLES = 3


@dataclass(slots=True)
class Change:
    """How many messages went from one value to another, and a few of them: place and subject."""

    count: int = 0
    samples: list[tuple[str, str]] = field(default_factory=list)


class Comparison:
    """Takes the tables of a new result and compares each message with the earlier result.

    Messages are the same when they stand at the same place of the same input. `intents` and
    `modes` are changes by (before, after), `tags` by (tag, `set` or `no longer set`).
    """

    def __init__(self, earlier: Path) -> None:
        """Reads the Parquet result `earlier`; raises IntakeError when it is none."""
        try:
            rows = pl.scan_parquet(earlier)
            missing = [name for name in _NEEDED if name not in rows.collect_schema()]
            if missing:
                raise IntakeError(f"{earlier}: no result of gatepost classify: no {missing[0]!r}")
            self._earlier = rows.select(
                _key(),
                pl.col("intent", "mode").cast(pl.Categorical).name.suffix("_before"),
                pl.col("tags").list.join(" ").cast(pl.Categorical).alias("tags_before"),
            ).collect()
        except FileNotFoundError:
            raise IntakeError(f"{earlier}: there is no such file") from None
        except (OSError, pl.exceptions.PolarsError) as error:
            raise IntakeError(f"{earlier}: not a .parquet result: {error}") from error
        self.matched = 0
        self.only_now = 0
        self.changed = 0
        self.intents: dict[tuple[str, str], Change] = {}
        self.modes: dict[tuple[str, str], Change] = {}
        self.tags: Counter[tuple[str, str]] = Counter()

    @property
    def only_before(self) -> int:
        """Messages of the earlier result that the new one has not."""
        return self._earlier.height - self.matched

    def write(self, table: pl.DataFrame) -> None:
        """Compares the messages of `table`."""
        place = pl.format("{}:{}", "source", "offset").alias("place")
        joined = table.select(
            _key(), place, "subject", "intent", "mode", pl.col("tags").list.join(" ")
        ).join(self._earlier, on="key", how="inner", maintain_order="left")
        self.matched += joined.height
        self.only_now += table.height - joined.height
        changed = joined.filter(
            pl.col("intent").ne_missing(pl.col("intent_before").cast(pl.String))
            | pl.col("mode").ne_missing(pl.col("mode_before").cast(pl.String))
            | pl.col("tags").ne_missing(pl.col("tags_before").cast(pl.String))
        )
        self.changed += changed.height
        for row in changed.iter_rows(named=True):
            sample = (row["place"], excerpt(row["subject"], 70))
            _note(self.intents, row["intent_before"], row["intent"], sample)
            _note(self.modes, row["mode_before"] or "none", row["mode"] or "none", sample)
            before, after = set(row["tags_before"].split()), set(row["tags"].split())
            self.tags.update((tag, "set") for tag in after - before)
            self.tags.update((tag, "no longer set") for tag in before - after)


def _key() -> pl.Expr:
    return pl.struct("source", "offset").hash(seed=0).alias("key")


def _note(
    changes: dict[tuple[str, str], Change], before: str, after: str, sample: tuple[str, str]
) -> None:
    if before == after:
        return
    change = changes.setdefault((before, after), Change())
    change.count += 1
    if len(change.samples) < _SAMPLES:
        change.samples.append(sample)
