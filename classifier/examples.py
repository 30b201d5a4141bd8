"""Training text: one labelled message per line, read and checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classifier.labels import INTENTS, TAGS

REVIEW: Final = "review"
"""The `kind` of a message whose labels a reviewer confirmed or corrected."""
_SUFFIXES = (".jsonl", ".csv", ".parquet")


class DataError(ValueError):
    """Labelled text that cannot be used; the message names file, line and mend."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. Examples of one `template` say the same thing in other words, so they
    are never split between training and measuring."""

    text: str
    subject: str
    intent: str
    tags: frozenset[str]
    template: str
    voice: str = ""
    kind: str = "seed"


def read_examples(path: Path) -> list[Example]:
    """Read a .jsonl, .csv or .parquet file, or all such files of a folder in order of name.

    Tables have the columns text and intent, and may have subject, tags (parted by spaces or
    commas), template and voice. Raises `DataError` for the first line that is not a labelled
    message, or when there is none.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in _SUFFIXES)
    examples = [example for file in files for example in _read_file(file)]
    if not examples:
        raise DataError(f"{path}: no labelled messages; expected {', '.join(_SUFFIXES)} files")
    return examples


def _read_file(file: Path) -> Iterator[Example]:
    if file.suffix in (".csv", ".parquet"):
        rows: Iterable[tuple[str, Any]] = _table_rows(file)
    else:
        rows = _json_rows(file)
    for where, row in rows:
        yield example_from(row, where)


def _table_rows(file: Path) -> Iterator[tuple[str, Any]]:
    import polars as pl  # a user's own labels only: the starter text is .jsonl

    read = pl.read_parquet if file.suffix == ".parquet" else pl.read_csv
    try:
        table = read(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    for number, row in enumerate(table.iter_rows(named=True), start=2):
        yield f"{file}:{number}", row


def _json_rows(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{file}:{number}"
            try:
                yield where, json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{where}: not JSON: {error}") from error


def example_from(row: Mapping[str, Any], where: str) -> Example:
    """A labelled message from its fields (`text`, `intent`; optional `subject`, `tags`, ...).

    Raises `DataError`, naming `where`, for a missing text or an unknown label.
    """
    if not isinstance(row, Mapping):
        raise DataError(f"{where}: expected an object with text and intent")
    text, intent = row.get("text"), row.get("intent")
    if not isinstance(text, str):
        raise DataError(f"{where}: text is missing; give the message's text")
    if intent not in INTENTS:
        raise DataError(f"{where}: intent {intent!r} is not one of {', '.join(INTENTS)}")
    tags = row.get("tags") or []
    if isinstance(tags, str):
        tags = tags.replace(",", " ").split()
    unknown = [tag for tag in tags if tag not in TAGS]
    if unknown:
        raise DataError(f"{where}: tag {unknown[0]!r} is not one of {', '.join(TAGS)}")
    return Example(
        text=text,
        subject=str(row.get("subject") or ""),
        intent=intent,
        tags=frozenset(tags),
        template=str(row.get("template") or where),
        voice=str(row.get("voice") or ""),
        kind=str(row.get("kind") or "seed"),
    )
