"""The one schema of a message as a row, for every source and every format.

| column | meaning |
|---|---|
| `source` | the file (or the member of an archive, after `!`) that the message came from |
| `offset` | where it starts there: bytes in an mbox, else its number, from 0 |
| `size` | bytes of the raw message; 0 for a ticket, which has none |
| `message_id` | without angle brackets; empty when the message has none |
| `thread_id` | id of the first message of its thread, as far as this message tells |
| `in_reply_to`, `references` | message ids |
| `date` | instant in UTC; null when the message does not state one anybody can read |
| `from_address`, `from_name`, `to`, `cc`, `reply_to` | addresses, groups flattened |
| `subject`, `text` | decoded; `text` is the visible text the writer added |
| `quoted`, `signature` | quoted or forwarded text, signature |
| `html_text`, `hidden_text` | text of the HTML parts: visible, and hidden from a reader |
| `attachments` | name, media type, encoded size in bytes |
| `headers` | every header, names in lower case; for a ticket: its other columns |
| `authentication_results` | values of that header (RFC 8601), topmost first |
| `labels` | labels of the mailbox or tags of the ticket |
| `defects` | what was mended while reading, in stable words |
| `error` | what could not be read, in a sentence; null when everything was |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from pipeline.mail.message import Attachment, Message

__all__ = ["MESSAGES", "Entry", "entries", "frame", "table_of"]

_ATTACHMENT = pl.Struct({"name": pl.String, "media_type": pl.String, "size": pl.Int64})
_HEADER = pl.Struct({"name": pl.String, "value": pl.String})
_TEXTS = pl.List(pl.String)

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "source": pl.String,
    "offset": pl.Int64,
    "size": pl.Int64,
    "message_id": pl.String,
    "thread_id": pl.String,
    "in_reply_to": pl.String,
    "references": _TEXTS,
    "date": pl.Datetime("us", "UTC"),
    "from_address": pl.String,
    "from_name": pl.String,
    "to": _TEXTS,
    "cc": _TEXTS,
    "reply_to": _TEXTS,
    "subject": pl.String,
    "text": pl.String,
    "quoted": pl.String,
    "signature": pl.String,
    "html_text": pl.String,
    "hidden_text": pl.String,
    "attachments": pl.List(_ATTACHMENT),
    "headers": pl.List(_HEADER),
    "authentication_results": _TEXTS,
    "labels": _TEXTS,
    "defects": _TEXTS,
    "error": pl.String,
}
MESSAGES = pl.Schema(_COLUMNS)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message and where it stands: `offset` in `source`, as the schema defines them."""

    source: str
    offset: int
    message: Message
    labels: tuple[str, ...] = ()


_PLAIN = (
    "size", "message_id", "thread_id", "in_reply_to", "date", "from_address", "from_name",
    "subject", "text", "quoted", "signature", "html_text", "hidden_text", "error",
)  # fmt: skip
_LISTS = ("references", "to", "cc", "reply_to", "authentication_results", "defects")


def frame(rows: Iterable[Entry]) -> pl.DataFrame:
    """The entries as a frame in the schema `MESSAGES`, in their order."""
    listed = list(rows)
    messages = [row.message for row in listed]
    columns: dict[str, list[Any]] = {
        "source": [row.source for row in listed],
        "offset": [row.offset for row in listed],
        "labels": [list(row.labels) for row in listed],
        "attachments": [
            [
                {"name": item.name, "media_type": item.media_type, "size": item.size}
                for item in message.attachments
            ]
            for message in messages
        ],
        "headers": [
            [
                {"name": name, "value": value}
                for name, values in message.headers.items()
                for value in values
            ]
            for message in messages
        ],
    }
    for name in _PLAIN:
        columns[name] = [getattr(message, name) for message in messages]
    for name in _LISTS:
        columns[name] = [list(getattr(message, name)) for message in messages]
    return table_of(columns, MESSAGES)


def table_of(columns: Mapping[str, list[Any]], schema: pl.Schema) -> pl.DataFrame:
    """The lists as a frame in `schema`; by way of Arrow, which is quicker for nested values."""
    types = schema.to_frame().to_arrow().schema
    table = pa.Table.from_pydict({name: columns[name] for name in schema}, schema=types)
    return pl.DataFrame(pl.from_arrow(table, schema=schema))


def entries(rows: pl.DataFrame) -> list[Entry]:
    """The entries that a frame in the schema `MESSAGES` holds: the inverse of `frame`."""
    return [_entry(row) for row in rows.iter_rows(named=True)]


def _entry(row: Mapping[str, Any]) -> Entry:
    headers: dict[str, tuple[str, ...]] = {}
    for item in row["headers"]:
        headers[item["name"]] = (*headers.get(item["name"], ()), item["value"])
    fields: dict[str, Any] = {name: row[name] for name in _PLAIN if name != "thread_id"}
    fields |= {name: tuple(row[name]) for name in _LISTS}
    message = Message(
        attachments=tuple(
            Attachment(item["name"], item["media_type"], item["size"])
            for item in row["attachments"]
        ),
        headers=headers,
        **fields,
    )
    return Entry(row["source"], row["offset"], message, tuple(row["labels"]))
