"""Messages that were classified before, as a frame of the facts that a policy reads.

`gatepost policy impact` asks two policies about them. A column that has the name of a fact is that
fact; else it is made from the columns of `pipeline.batch.columns` in the way of
`pipeline.facts.facts_of_reply`, whose fixed part stands for every message.
"""

import polars as pl

from classifier.prediction import Prediction
from pipeline.facts import Ledger, Mailbox, facts_of_reply, ordinary_reply
from pipeline.mail.reading import read_message
from policy.facts import EnumType, NumberType, SetType, Unit, Vocabulary
from policy.frames import facts_frame, schema

__all__ = ["facts_of_history"]

_SAMPLE = b"From: customer@example.org\r\nSubject: sample\r\n\r\nsample\r\n"
_LABELS = Prediction("other", 1.0, {}, frozenset(), (), "en", unsure=False, out_of_scope=0.0)


def facts_of_history(frame: pl.LazyFrame, vocabulary: Vocabulary) -> pl.LazyFrame:
    """The frame with one column for each fact, under the fact's name, and no other columns."""
    present = frame.collect_schema()
    fixed = facts_frame(
        [
            facts_of_reply(
                read_message(_SAMPLE),
                _LABELS,
                ordinary_reply(vocabulary, Mailbox()),
                ledger=Ledger(),
            )
        ],
        vocabulary,
    ).row(0, named=True)
    columns = []
    for name, kind in schema(vocabulary).items():
        found = _column(name, present, vocabulary)
        constant = pl.lit(fixed[name], dtype=pl.String if isinstance(kind, pl.Enum) else kind)
        columns.append((constant if found is None else found).cast(kind, strict=False).alias(name))
    return frame.select(columns)


def _column(name: str, present: pl.Schema, vocabulary: Vocabulary) -> pl.Expr | None:
    """The fact from the columns that there are; None when they do not tell it."""
    fact = vocabulary.get(name)
    if fact is None:
        return None  # a further column of a set of more than 64 members
    source = {
        "thread.tags": "tags",
        "content.language": "language",
        "content.subject": "subject",
        "recipient.address": "from_address",
        "recipient.domain": "from_address",
    }.get(name, name)
    column = name if name in present else source
    if column not in present:
        return None
    match fact.type, present[column]:
        case SetType(members), pl.List():
            return _mask(column, members)
        case NumberType(unit=unit), dtype if dtype.is_float():
            return (pl.col(column) * Unit(unit).scale).round()
        case EnumType(), _:
            return pl.col(column).cast(pl.String)
    if name == "recipient.domain" and column == source:
        return pl.col(column).str.split("@").list.last()
    return pl.col(column)


def _mask(column: str, members: tuple[str, ...]) -> pl.Expr:
    """A list of names as bits, the first 64 members; null stays null."""
    bits = [
        pl.when(pl.col(column).list.contains(member)).then(pl.lit(1 << bit, pl.UInt64)).otherwise(0)
        for bit, member in enumerate(members[:64])
    ]
    return pl.when(pl.col(column).is_null()).then(None).otherwise(pl.sum_horizontal(bits))
