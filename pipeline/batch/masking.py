"""Card numbers out of a result, in every column that holds text."""

import polars as pl
import pyarrow as pa

from pipeline.mail.card_numbers import redact_card_numbers

__all__ = ["masked"]

_MAY_HOLD_A_CARD = r"&#|\pN(?:(?:<[^<>]*>|[ \-./\r\n]|[^\x00-\x7F\pN])*\pN){12}"
"""13 digits with nothing between that would end a card number, or an HTML entity.

Cheap, and never misses what `redact_card_numbers` finds.
"""


def masked(table: pl.DataFrame) -> pl.DataFrame:
    """`table` with every card number masked but for its last four digits (PCI DSS 3.4.1).

    Texts inside lists and structs are masked too.
    """
    return table.with_columns(_masked(table[name]) for name in table.columns)


def _masked(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        return _masked_texts(column)
    if not column.dtype.is_nested():
        return column
    before = column.to_arrow(compat_level=pl.CompatLevel.oldest())
    after = _masked_array(before)
    return column if after is before else pl.Series(column.name, after, dtype=column.dtype)


def _masked_texts(texts: pl.Series) -> pl.Series:
    may_hold = texts.str.contains(_MAY_HOLD_A_CARD)
    if not may_hold.any():
        return texts
    suspects = may_hold.fill_null(value=False).arg_true()
    found = [(at, text) for at, text in zip(suspects, texts.gather(suspects), strict=True)]
    changed = [(at, after) for at, text in found if (after := redact_card_numbers(text)[0]) != text]
    if not changed:
        return texts
    places, values = zip(*changed, strict=True)
    return texts.clone().scatter(list(places), list(values))  # scatter works in place


def _masked_array(array: pa.Array) -> pa.Array:
    """`array` with the texts in it masked; itself when none had to be."""
    if pa.types.is_large_string(array.type):
        before = pl.Series(array)
        after = _masked_texts(before)
        return array if after is before else after.to_arrow(compat_level=pl.CompatLevel.oldest())
    if pa.types.is_large_list(array.type):
        values = array.values
        clean = _masked_array(values)
        if clean is values:
            return array
        missing = array.is_null() if array.null_count else None
        return pa.LargeListArray.from_arrays(array.offsets, clean, array.type, mask=missing)
    if pa.types.is_struct(array.type):
        fields = [array.field(at) for at in range(array.type.num_fields)]
        cleaned = [_masked_array(field) for field in fields]
        if all(new is old for new, old in zip(cleaned, fields, strict=True)):
            return array
        missing = array.is_null() if array.null_count else None
        return pa.StructArray.from_arrays(cleaned, fields=list(array.type), mask=missing)
    return array
