"""A result as a file: Parquet, CSV, JSON lines or SQLite; it appears whole or not at all."""

import json
import os
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

import polars as pl
import pyarrow.parquet as pq

from pipeline.intake.errors import IntakeError

__all__ = ["FORMATS", "Sink", "Tee", "Writer", "writer_to"]

_ROW_GROUP = 20_000


class Sink(Protocol):
    """Whatever takes the tables of a result, in order."""

    def write(self, table: pl.DataFrame) -> None:
        """Takes the next table."""


class Tee:
    """Gives every table to several sinks."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks

    def write(self, table: pl.DataFrame) -> None:
        """Gives `table` to each."""
        for sink in self._sinks:
            sink.write(table)


class _Format(Protocol):
    """One format: tables are appended in order, then it is closed."""

    def append(self, table: pl.DataFrame) -> None: ...

    def close(self) -> None: ...


class Writer:
    """Writes tables of one schema to `path`; as a context, replaces `path` if nothing failed."""

    def __init__(self, path: Path, sink: type) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.name}.tmp.{os.getpid()}")
        self._make = sink
        self._sink: _Format | None = None

    def write(self, table: pl.DataFrame) -> None:
        """Appends the rows of `table`; the first table gives the schema."""
        if self._sink is None:
            self._sink = self._make(self._partial, table)
        self._sink.append(table)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._sink is not None:
            self._sink.close()
        if kind is None:
            self._partial.replace(self.path)
        else:
            self._partial.unlink(missing_ok=True)


class _Parquet:
    """Row groups of 20,000 rows whatever the tables are, Zstandard."""

    def __init__(self, path: Path, first: pl.DataFrame) -> None:
        self._schema = first.clear().to_arrow().schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._held: list[pl.DataFrame] = []

    def append(self, table: pl.DataFrame) -> None:
        self._held.append(table)
        while sum(held.height for held in self._held) >= _ROW_GROUP:
            held = pl.concat(self._held)
            self._group(held[:_ROW_GROUP])
            self._held = [held[_ROW_GROUP:]]

    def _group(self, table: pl.DataFrame) -> None:
        self._writer.write_table(table.to_arrow().cast(self._schema), row_group_size=_ROW_GROUP)

    def close(self) -> None:
        if self._held and (rest := pl.concat(self._held)).height:
            self._group(rest)
        self._writer.close()


class _Csv:
    """Lists of texts between semicolons, other nested values as JSON; RFC 4180 quoting.

    A text that a spreadsheet would run as a formula is preceded by an apostrophe.
    """

    def __init__(self, path: Path, first: pl.DataFrame) -> None:
        self._stream: IO[bytes] = path.open("wb")
        self._header = True

    def append(self, table: pl.DataFrame) -> None:
        text = pl.col(pl.String)
        flat = _flat(table).with_columns(text.str.replace(r"^([=+\-@\t\r])", "'$1"))
        flat.write_csv(self._stream, include_header=self._header)
        self._header = False

    def close(self) -> None:
        self._stream.close()


class _JsonLines:
    """One JSON object a line."""

    def __init__(self, path: Path, first: pl.DataFrame) -> None:
        self._stream: IO[bytes] = path.open("wb")

    def append(self, table: pl.DataFrame) -> None:
        table.write_ndjson(self._stream)

    def close(self) -> None:
        self._stream.close()


class _Sqlite:
    """A table `messages`; nested values as JSON."""

    def __init__(self, path: Path, first: pl.DataFrame) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path)
        columns = ", ".join(
            f'"{name}" {_sql_type(kind)}' for name, kind in _flat(first).schema.items()
        )
        self._connection.execute(f"CREATE TABLE messages ({columns})")
        marks = ", ".join("?" * first.width)
        self._insert = f"INSERT INTO messages VALUES ({marks})"  # noqa: S608  # only marks

    def append(self, table: pl.DataFrame) -> None:
        self._connection.executemany(self._insert, _flat(table).iter_rows())

    def close(self) -> None:
        self._connection.commit()
        self._connection.close()


def _sql_type(kind: pl.DataType) -> str:
    if kind.is_integer() or kind == pl.Boolean:
        return "INTEGER"
    return "REAL" if kind.is_float() else "TEXT"


def _flat(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with every nested column as text, and instants as ISO 8601."""
    columns = []
    for name, kind in table.schema.items():
        if kind == pl.List(pl.String):
            columns.append(table[name].list.join("; "))
        elif kind.is_nested():
            values = [
                None if value is None else json.dumps(value, ensure_ascii=False)
                for value in table[name].to_list()
            ]
            columns.append(pl.Series(name, values, dtype=pl.String))
        elif kind.is_temporal():
            columns.append(table[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        else:
            columns.append(table[name])
    return pl.DataFrame(columns)


FORMATS: dict[str, type] = {
    ".parquet": _Parquet,
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".sqlite": _Sqlite,
    ".db": _Sqlite,
}
"""The formats by the ending of the file's name."""


def writer_to(path: Path) -> Writer:
    """A writer for `path`; raises IntakeError for an ending that names no format."""
    sink = FORMATS.get(path.suffix.lower())
    if sink is None:
        raise IntakeError(f"{path}: the ending names no format; known are {', '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise IntakeError(f"{path}: there is no folder {path.parent}")
    return Writer(path, sink)
