"""Card numbers out of a result, in every column that holds text."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from pipeline.mail.card_numbers import redact_card_numbers

__all__ = ["masked"]

_FEWEST_DIGITS = 13
_FIRST_BYTE_NOT_ASCII = 0xC0
_MAY_HOLD_A_CARD = re.compile(r"&#|[0-9](?:[ \-./\r\n]*+(?:<[^<>]*+>[ \-./\r\n]*+)*+[0-9]){12}")
"""For ASCII: 13 digits with nothing between that would end a card number, or an HTML entity."""


def masked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """`batch` with every card number masked but for its last four digits (PCI DSS 3.4.1).

    Texts inside lists and structs are masked too.
    """
    return pa.RecordBatch.from_arrays(list(map(_masked, batch.columns)), schema=batch.schema)


def _masked(array: pa.Array) -> pa.Array:
    """`array` with the texts in it masked; itself when none had to be."""
    if pa.types.is_large_string(array.type):
        return _masked_texts(array)
    if pa.types.is_large_list(array.type):
        values = array.values
        clean = _masked(values)
        if clean is values:
            return array
        missing = array.is_null() if array.null_count else None
        return pa.LargeListArray.from_arrays(array.offsets, clean, array.type, mask=missing)
    if pa.types.is_struct(array.type):
        fields = [array.field(at) for at in range(array.type.num_fields)]
        cleaned = list(map(_masked, fields))
        if all(new is old for new, old in zip(cleaned, fields, strict=True)):
            return array
        missing = array.is_null() if array.null_count else None
        return pa.StructArray.from_arrays(cleaned, fields=list(array.type), mask=missing)
    return array


def _masked_texts(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    changed = [
        (at, after)
        for at, text in _suspects(texts)
        if (after := redact_card_numbers(text)[0]) != text
    ]
    if not changed:
        return texts
    values = texts.to_pylist()
    for at, after in changed:
        values[at] = after
    return pa.array(values, texts.type)


def _suspects(texts: pa.LargeStringArray) -> Iterator[tuple[int, str]]:
    """The texts that may hold a card number, and their places: a quick look that misses none.

    A number has 13 digits at least; each is one byte from 0 to 9, or a character beyond ASCII, or
    a reference of HTML. So whole columns are counted, and what has few digits is never looked at.
    """
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]
    bounds = bounds - bounds[0]
    # Below "0" the difference wraps round, so one comparison is enough.
    digits = np.flatnonzero((letters - ord("0") < 10) | (letters >= _FIRST_BYTE_NOT_ASCII))
    suspected = np.diff(digits.searchsorted(bounds)) >= _FEWEST_DIGITS
    references = np.flatnonzero((letters[:-1] == ord("&")) & (letters[1:] == ord("#")))
    suspected[bounds[1:].searchsorted(references, side="right")] = True
    places = np.flatnonzero(suspected)
    found = texts.take(pa.array(places)).to_numpy(zero_copy_only=False)
    for at, text in zip(places.tolist(), found.tolist(), strict=True):
        if not text.isascii() or _MAY_HOLD_A_CARD.search(text):
            yield at, text
