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

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import pyarrow as pa

from pipeline.mail.message import Attachment, Message

__all__ = ["MESSAGES", "Entry", "batch_of", "entries", "structs"]

_TEXT = pa.large_string()
_TEXTS = pa.large_list(_TEXT)
_ATTACHMENTS = pa.large_list(
    pa.struct({"name": _TEXT, "media_type": _TEXT, "size": pa.int64()}.items())
)
_HEADERS = pa.large_list(pa.struct({"name": _TEXT, "value": _TEXT}.items()))

MESSAGES = pa.schema(
    {
        "source": _TEXT,
        "offset": pa.int64(),
        "size": pa.int64(),
        "message_id": _TEXT,
        "thread_id": _TEXT,
        "in_reply_to": _TEXT,
        "references": _TEXTS,
        "date": pa.timestamp("us", "UTC"),
        "from_address": _TEXT,
        "from_name": _TEXT,
        "to": _TEXTS,
        "cc": _TEXTS,
        "reply_to": _TEXTS,
        "subject": _TEXT,
        "text": _TEXT,
        "quoted": _TEXT,
        "signature": _TEXT,
        "html_text": _TEXT,
        "hidden_text": _TEXT,
        "attachments": _ATTACHMENTS,
        "headers": _HEADERS,
        "authentication_results": _TEXTS,
        "labels": _TEXTS,
        "defects": _TEXTS,
        "error": _TEXT,
    }
)
"""In Arrow's types, not those of polars: the processes of a batch job do without polars."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message and where it stands: `offset` in `source`, as the schema defines them."""

    source: str
    offset: int
    message: Message
    labels: tuple[str, ...] = ()


_PLAIN = (
    "size", "message_id", "in_reply_to", "date", "from_address", "from_name", "subject", "text",
    "quoted", "signature", "html_text", "hidden_text", "error",
)  # fmt: skip
_LISTS = ("references", "to", "cc", "reply_to", "authentication_results", "defects")
_OF_ENTRY = ("source", "offset", "labels")


def batch_of(
    rows: Sequence[Entry], schema: pa.Schema = MESSAGES, headers: Collection[str] | None = None
) -> pa.RecordBatch:
    """The entries as columns, in their order.

    `schema` has some columns of `MESSAGES`; of the headers only `headers` (lower case) are kept
    when given.
    """
    return pa.RecordBatch.from_arrays(
        [_column(field, rows, headers) for field in schema], schema=schema
    )


def _column(field: pa.Field, rows: Sequence[Entry], headers: Collection[str] | None) -> pa.Array:
    name = field.name
    if name == "attachments":
        return structs(
            [
                [(one.name, one.media_type, one.size) for one in row.message.attachments]
                for row in rows
            ],
            field.type,
        )
    if name == "headers":
        return structs([_headers(row.message, headers) for row in rows], field.type)
    if name in _OF_ENTRY:
        return pa.array([getattr(row, name) for row in rows], field.type)
    return pa.array([getattr(row.message, name) for row in rows], field.type)


def _headers(message: Message, wanted: Collection[str] | None) -> list[tuple[str, str]]:
    found = message.headers
    names = found if wanted is None else [name for name in wanted if name in found]
    return [(name, value) for name in names for value in found[name]]


def structs(rows: Sequence[Sequence[tuple[Any, ...]]], kind: pa.DataType) -> pa.Array:
    """A column of type `kind`, a list of structs: in each row the structs as tuples of fields.

    Field by field, which is several times quicker than an object for each struct.
    """
    fields = list(kind.value_type)
    columns = list(zip(*chain.from_iterable(rows), strict=True)) or [()] * len(fields)
    values = pa.StructArray.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)],
        fields=fields,
    )
    offsets = pa.array(accumulate(map(len, rows), initial=0), pa.int64())
    return pa.LargeListArray.from_arrays(offsets, values, type=kind)


def entries(rows: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The entries that rows of the schema `MESSAGES` hold: the inverse of `batch_of`.

    A row need not have every column.
    """
    return [_entry(row) for row in rows]


def _entry(row: Mapping[str, Any]) -> Entry:
    headers: dict[str, tuple[str, ...]] = {}
    for item in row["headers"]:
        headers[item["name"]] = (*headers.get(item["name"], ()), item["value"])
    fields: dict[str, Any] = {name: row[name] for name in _PLAIN if name in row}
    fields |= {name: tuple(row[name]) for name in _LISTS if name in row}
    message = Message(
        attachments=tuple(
            Attachment(item["name"], item["media_type"], item["size"])
            for item in row["attachments"]
        ),
        headers=headers,
        **fields,
    )
    return Entry(row["source"], row["offset"], message, tuple(row["labels"]))
