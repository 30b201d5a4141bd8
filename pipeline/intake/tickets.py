"""Ticket exports as messages: CSV, JSONL and Parquet of help desks, by column presets.

A preset is a mapping from our fields to the column names a vendor uses, tried in order and
without regard to case, blanks, dots and underscores. What no field takes is kept as a header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.intake.errors import IntakeError
from pipeline.mail.headers import parse_date
from pipeline.mail.html_text import html_text
from pipeline.mail.message import Message
from pipeline.mail.quotes import split_body

if TYPE_CHECKING:  # imported where a table is read: the processes that sort mail do without it
    import polars as pl

__all__ = ["PRESETS", "check_columns", "columns_of", "count_rows", "read_tickets"]

Columns = Mapping[str, str]
"""Our field to the export's column, for example ``{"text": "Ticket description"}``."""

_FIELDS = ("message_id", "date", "from_address", "from_name", "to", "subject", "text", "labels",
           "thread_id")  # fmt: skip

PRESETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "zendesk": {
        "message_id": ("id", "ticket id", "ticketid"),
        "date": ("created_at", "created at", "ticket created at", "ticket created - timestamp"),
        "from_address": ("requester email", "requester.email", "via.source.from.address"),
        "from_name": ("requester name", "requester", "requester.name", "via.source.from.name"),
        "to": ("recipient", "via.source.to.address"),
        "subject": ("subject", "raw_subject", "ticket subject"),
        "text": ("description", "comment", "ticket description", "latest comment", "body"),
        "labels": ("tags", "ticket tags"),
    },
    "gorgias": {
        "message_id": ("ticket id", "id", "ticket_id"),
        "date": ("creation date", "created_datetime", "created datetime", "ticket creation date"),
        "from_address": ("customer email", "customer.email", "sender.email", "from"),
        "from_name": ("customer name", "customer.name", "sender.name"),
        "to": ("to", "receiver.email", "integration"),
        "subject": ("subject", "ticket subject"),
        "text": ("body_text", "first message", "message", "messages", "excerpt", "stripped_text"),
        "labels": ("tags",),
    },
    "freshdesk": {
        "message_id": ("ticket id", "id", "display_id"),
        "date": ("created time", "created_at"),
        "from_address": ("email", "contact email", "requester email"),
        "from_name": ("full name", "contact name", "requester name", "name"),
        "to": ("to_emails", "support_email"),
        "subject": ("subject",),
        "text": ("description_text", "description text", "description"),
        "labels": ("tags",),
    },
    "gmail": {
        "message_id": ("message id", "message-id", "messageid", "id"),
        "thread_id": ("thread id", "threadid"),
        "date": ("date", "internaldate"),
        "from_address": ("from", "from email", "sender"),
        "from_name": ("from name",),
        "to": ("to", "recipient"),
        "subject": ("subject",),
        "text": ("body", "plain body", "text", "snippet"),
        "labels": ("labels", "label"),
    },
}
"""Column names by vendor; exports differ by account and version, hence several names a field."""

_MARKUP = ("</", "<br", "<p>", "<div")


def columns_of(names: list[str], wanted: str | Columns | None, where: str) -> dict[str, str]:
    """Which column of an export holds which field.

    `wanted` is a preset's name, a mapping of one's own, or None: then the preset that finds the
    most fields wins. Raises IntakeError naming the columns when there is no text to classify.
    """
    if isinstance(wanted, Mapping):
        unknown = [name for name in wanted if name not in _FIELDS]
        if unknown:
            fields = ", ".join(_FIELDS)
            raise IntakeError(f"--columns: no field {unknown[0]!r}; the fields are {fields}")
        missing = [column for column in wanted.values() if column not in names]
        if missing:
            raise IntakeError(f"{where}: no column {missing[0]!r}; there are {', '.join(names)}")
        return dict(wanted)
    if wanted is not None and wanted not in PRESETS:
        raise IntakeError(
            f"--columns: no preset {wanted!r}; there are {', '.join(PRESETS)}, "
            "or name your own as text=COLUMN,subject=COLUMN"
        )
    chosen = [PRESETS[wanted]] if wanted else list(PRESETS.values())
    found = max((_match(names, preset) for preset in chosen), key=len)
    # A plain table of our own names, or of the most common ones, needs no preset.
    plain = {field: name for name in names for field in _FIELDS if name.lower() == field}
    found = {**found, **plain}
    if "text" not in found and "subject" not in found:
        raise IntakeError(
            f"{where}: no column with the text of the tickets among {', '.join(names[:20])}; "
            "name it with --columns text=COLUMN,subject=COLUMN"
        )
    return found


def _match(names: list[str], preset: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    known = {_key(name): name for name in reversed(names)}
    found = {}
    for field, candidates in preset.items():
        column = next((known[_key(name)] for name in candidates if _key(name) in known), None)
        if column is not None:
            found[field] = column
    return found


def _key(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _scan(path: str) -> pl.LazyFrame:
    import polars as pl

    lowered = path.lower()
    if lowered.endswith(".parquet"):
        return pl.scan_parquet(path)
    if lowered.endswith((".jsonl", ".ndjson")):
        return pl.scan_ndjson(path, infer_schema_length=1_000, ignore_errors=True)
    separator = "\t" if lowered.endswith(".tsv") else ","
    # Everything is text first: an order number is not a number, and nothing may fail to parse.
    return pl.scan_csv(
        path, separator=separator, infer_schema=False, encoding="utf8-lossy",
        truncate_ragged_lines=True, ignore_errors=True,
    )  # fmt: skip


@contextmanager
def _readable(path: str) -> Iterator[None]:
    """What polars says against a file, as an IntakeError."""
    from polars.exceptions import PolarsError

    try:
        yield
    except (PolarsError, OSError) as error:
        raise IntakeError(f"{path}: the table cannot be read: {error}") from error


def count_rows(path: str) -> int:
    """How many rows an export has; raises IntakeError when it cannot be read as a table."""
    from polars import len as length

    with _readable(path):
        return int(_scan(path).select(length()).collect().item())


def check_columns(path: str, wanted: str | Columns | None) -> None:
    """Raises IntakeError, as `columns_of`, when an export cannot be read with `wanted`."""
    with _readable(path):
        names = _scan(path).collect_schema().names()
    columns_of(names, wanted, path)


def read_tickets(
    path: str, start: int, end: int, wanted: str | Columns | None = None
) -> Iterator[tuple[int, Message, tuple[str, ...]]]:
    """The rows `start` to `end` of an export as (row number, message, labels)."""
    with _readable(path):
        rows = _scan(path).slice(start, end - start).collect()
    columns = columns_of(rows.columns, wanted, path)
    for number, row in enumerate(rows.iter_rows(named=True), start):
        values = {field: row[column] for field, column in columns.items()}
        rest = {name: row[name] for name in rows.columns if name not in columns.values()}
        yield number, _message(values, rest), _labels(values.get("labels"))


def _message(values: Mapping[str, Any], rest: Mapping[str, Any]) -> Message:
    text = _text(values.get("text"))
    page = html_text(text) if any(mark in text for mark in _MARKUP) else None
    body = split_body(page.visible if page else text)
    name, address = _text(values.get("from_name")), _text(values.get("from_address"))
    if "<" in address:
        shown, _, address = address.partition("<")
        name, address = name or shown.strip(' "'), address.partition(">")[0]
    quoted = "\n\n".join(part for part in (body.quoted, page.quoted if page else "") if part)
    headers = {
        key.lower(): (_text(value),) for key, value in rest.items() if value not in (None, "")
    }
    if thread := _text(values.get("thread_id")):
        headers["x-gm-thrid"] = (thread,)
    return Message(
        message_id=_text(values.get("message_id")),
        date=_date(values.get("date")),
        from_address=address.strip(),
        from_name=name,
        to=tuple(_labels(values.get("to"))),
        subject=_text(values.get("subject")),
        text=body.new.strip(),
        quoted=quoted,
        signature=body.signature,
        html_text=page.visible if page else "",
        hidden_text=page.hidden if page else "",
        headers=headers,
        error=None if text or values.get("subject") else "the ticket has neither text nor subject",
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "\n\n".join(_text(item) for item in value)
    return str(value).replace("\x00", "")


def _labels(value: object) -> tuple[str, ...]:
    """Tags as a list, or as text between commas or semicolons (JSON brackets are dropped)."""
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(_text(item) for item in value)
    pieces = str(value).strip("[] ").replace(";", ",").split(",")
    return tuple(piece.strip(" \"'") for piece in pieces if piece.strip(" \"'"))


def _date(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    text = _text(value).strip()
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return parse_date(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
