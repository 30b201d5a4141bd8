"""Mail to look a model over with: from a store, an export of an inbox, or a file of labels."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from classifier.examples import Example, read_examples
from classifier.prediction import MessageText
from pipeline.intake.items import items, read
from pipeline.intake.plan import plan
from pipeline.reviews import is_store, location
from pipeline.store.corrections import Reviewed, received
from pipeline.store.database import read_store

__all__ = ["LATEST", "Sample", "samples_in"]

LATEST = 5_000
_TABLES = (".csv", ".parquet", ".jsonl")
_LABELLED, _READ_BY_A_MODEL = "intent", "confidence"


@dataclass(frozen=True, slots=True)
class Sample:
    """A message under a name that finds it again; `at` is when it came, None when nobody said.

    `intent` and `tags` are a person's; None when none has said.
    """

    name: str
    text: MessageText
    at: datetime | None = None
    intent: str | None = None
    tags: frozenset[str] | None = None


def samples_in(source: str, latest: int = LATEST) -> list[Sample]:
    """At most `latest` messages of `source`: of a store the latest, else the first.

    A file or folder of labels (with a column `intent` that no model wrote) gives labelled ones; a
    result of `gatepost classify` counts as unlabelled, and so does everything else that
    `gatepost classify` reads. Raises DataError, CannotOpenError and IntakeError.
    """
    if is_store(source):
        rows = read_store(location(source), lambda connection: received(connection, latest=latest))
        return [_of_store(row) for row in rows]
    path = Path(source)
    columns = _columns(path)
    if _LABELLED in columns and _READ_BY_A_MODEL not in columns:
        return [_of_labels(one) for one in read_examples(path)[:latest]]
    if _READ_BY_A_MODEL in columns and path.suffix == ".parquet":
        return list(_of_result(path, latest))
    with tempfile.TemporaryDirectory() as scratch:
        found = (
            item for shard in plan(path, scratch=Path(scratch)).shards for item in items(shard)
        )
        return [
            Sample(
                f"{entry.source}:{entry.offset}",
                MessageText(
                    entry.message.subject,
                    entry.message.text,
                    entry.message.quoted,
                    entry.message.signature,
                    entry.message.hidden_text,
                ),
                entry.message.date,
            )
            for entry in map(read, islice(found, latest))
        ]


def _of_store(one: Reviewed) -> Sample:
    draft = {name: str(value or "") for name, value in one.draft.items()}
    return Sample(
        one.message,
        MessageText(
            draft.get("subject", ""),
            draft.get("text", ""),
            draft.get("quoted", ""),
            hidden=draft.get("hidden", ""),
        ),
        datetime.fromtimestamp(one.at / 1000, UTC),
        one.labels.intent if one.corrections else None,
        one.labels.tags if one.corrections else None,
    )


def _of_labels(one: Example) -> Sample:
    return Sample(
        one.template, MessageText(one.subject, one.text), intent=one.intent, tags=one.tags
    )


def _of_result(path: Path, latest: int) -> Iterator[Sample]:
    import polars as pl

    names = ["source", "offset", "date", "subject", "text", "quoted", "signature", "hidden_text"]
    for row in pl.scan_parquet(path).select(names).head(latest).collect().iter_rows(named=True):
        zones = (row["subject"], row["text"], row["quoted"], row["signature"], row["hidden_text"])
        yield Sample(
            f"{row['source']}:{row['offset']}",
            MessageText(*(zone or "" for zone in zones)),
            row["date"],
        )


def _columns(path: Path) -> set[str]:
    """The columns of a table, or of the first table of a folder; none of anything else."""
    if path.is_dir():
        tables = sorted(file for file in path.iterdir() if file.suffix in _TABLES)
        return _columns(tables[0]) if tables else set()
    if not path.is_file() or path.suffix not in _TABLES:
        return set()
    if path.suffix == ".jsonl":
        with path.open("rb") as file:
            try:
                first = json.loads(file.readline())
            except ValueError:
                return set()
        return set(first) if isinstance(first, dict) else set()
    import polars as pl

    scan = pl.scan_parquet if path.suffix == ".parquet" else pl.scan_csv
    try:
        return set(scan(path).collect_schema().names())
    except (OSError, pl.exceptions.PolarsError):
        return set()
