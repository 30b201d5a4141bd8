"""The originals of some rows of a result, written back as an mbox that any mail program opens."""

import json
import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipeline.intake.errors import IntakeError
from pipeline.intake.items import Item, items
from pipeline.intake.plan import Format, Shard, plan

__all__ = ["Selected", "export", "inbox_of", "selection"]

_NEEDED = ("source", "offset", "size", "from_address", "date")
_ENVELOPE_LINES = re.compile(rb"(?m)^(>{0,50}From )")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Selected:
    """One row that was chosen: where its original stands, and what its envelope line says."""

    source: str
    offset: int
    size: int
    from_address: str
    date: datetime | None


def selection(result: Path, where: str) -> list[Selected]:
    """The rows of the Parquet `result` for which the SQL condition `where` holds.

    Raises IntakeError when `result` is none or the condition cannot be understood.
    """
    table = pl.scan_parquet(result)
    try:
        names = table.collect_schema().names()
    except FileNotFoundError:
        raise IntakeError(f"{result}: there is no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        raise IntakeError(f"{result}: not a .parquet result of gatepost classify") from error
    try:
        rows = table.sql(f"SELECT * FROM self WHERE {where}")  # noqa: S608  # the user's own file, read only
        found = rows.select(_NEEDED).collect()
    except pl.exceptions.ColumnNotFoundError as error:
        told = str(error).partition(";")[0]
        raise IntakeError(f"--where: {told}; the columns are {', '.join(names)}") from error
    except (OSError, pl.exceptions.PolarsError) as error:
        # What follows the first paragraph is the state of the query engine.
        told = str(error).partition("\n\n")[0]
        raise IntakeError(f"{result}, where {where}: {told}") from error
    return [Selected(*row) for row in found.iter_rows()]


def inbox_of(result: Path) -> Path:
    """The inbox that a result was made from, by the run record beside it."""
    record = result.with_name(f"{result.name}.run.json")
    try:
        source = str(json.loads(record.read_text("utf-8"))["source"])
    except (OSError, ValueError, KeyError) as error:
        raise IntakeError(f"{record} does not tell the inbox; name it with --inbox") from error
    if source == "-" or not Path(source).exists():
        raise IntakeError(f"the inbox {source!r} is not there; name it with --inbox")
    return Path(source)


def export(chosen: list[Selected], inbox: Path, output: Path, scratch: Path) -> int:
    """Writes the originals of `chosen` from `inbox` to the mbox `output`; returns how many.

    In the order of the inbox, their "From " lines quoted (mboxrd). `scratch` is for compressed
    inboxes. Raises IntakeError, and writes nothing, when an original is not there any more.
    """
    wanted = {(one.source, one.offset): one for one in chosen}
    partial = output.with_name(f".{output.name}.tmp.{os.getpid()}")
    try:
        with partial.open("wb") as stream:
            for item in _originals(inbox, wanted, scratch):
                one = wanted.pop((item.source, item.offset))
                stream.write(_as_mbox(item, one))
        if wanted:
            source, offset = next(iter(wanted))
            raise IntakeError(
                f"{inbox}: {len(wanted)} of the messages are not there any more, the first at "
                f"{source}:{offset}; classify the inbox again"
            )
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
    return len(chosen)


def _originals(
    inbox: Path, wanted: dict[tuple[str, int], Selected], scratch: Path
) -> Iterator[Item]:
    """The items of `inbox` at the places `wanted`; only shards that hold one are read."""
    places: dict[str, list[int]] = {}
    for source, offset in sorted(wanted):
        places.setdefault(source, []).append(offset)
    for shard in plan(inbox, scratch=scratch).shards:
        if shard.format is Format.TICKETS:
            raise IntakeError(f"{inbox}: tickets have no original messages; filter the table")
        if _may_hold(shard, places):
            yield from (item for item in items(shard) if (item.source, item.offset) in wanted)


def _may_hold(shard: Shard, places: dict[str, list[int]]) -> bool:
    if shard.format is Format.FILES:
        return any(file.name in places for file in shard.files)
    name = shard.files[0].name
    if shard.format is Format.MBOX:
        offsets = places.get(name, [])
        return bisect_left(offsets, shard.start) < bisect_left(offsets, shard.end)
    return any(source.startswith(f"{name}!") for source in places)


def _as_mbox(item: Item, one: Selected) -> bytes:
    content = item.content
    if not isinstance(content, bytes) or len(content) != one.size:
        raise IntakeError(
            f"{item.source}:{item.offset}: the inbox has changed since it was classified; "
            "classify it again"
        )
    sender = re.sub(r"[^!-~]", "", one.from_address) or "MAILER-DAEMON"
    line = f"From {sender} {(one.date or _EPOCH):%a %b %d %H:%M:%S %Y}\n"
    end = b"\n" if content.endswith(b"\n") else b"\n\n"
    return line.encode("ascii") + _ENVELOPE_LINES.sub(rb">\1", content) + end
