"""Messages in, results out: one pure function from Arrow batch to Arrow batch.

Every engine carries this function and nothing else, so the result cannot depend on the engine.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl
import pyarrow as pa

from classifier.prediction import MessageText, Prediction
from pipeline.batch.columns import DECISIONS, RESULTS, findings
from pipeline.batch.deciding import Decider, rule_of
from pipeline.facts import HEADERS_READ
from pipeline.intake.schema import MESSAGES
from pipeline.mail.message import Message

__all__ = ["Kernel", "Reader", "text_of"]

_JUDGED = ("from_address", "subject", "text", "quoted", "signature", "hidden_text", "error")


class Reader(Protocol):
    """The part of a classifier that the kernel uses; `classifier.model.Classifier` has it."""

    def classify_many(self, messages: Sequence[MessageText], /) -> list[Prediction]:
        """The predictions for `messages`, in order."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """Classifies messages and says under which mode a reply to each would travel.

    Without a `decider` the columns of the decision are null.
    """

    reader: Reader
    decider: Decider | None = None
    probabilities: bool = False

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """`batch` in the schema `MESSAGES`, to as many rows in the schema `RESULTS`."""
        messages = pl.DataFrame(pl.from_arrow(batch, schema=MESSAGES))
        table = self.results(messages).to_arrow(compat_level=pl.CompatLevel.newest())
        return pa.RecordBatch.from_struct_array(table.to_struct_array().combine_chunks())

    def results(self, messages: pl.DataFrame) -> pl.DataFrame:
        """The same on frames."""
        read = list(_judged(messages))
        predictions = self.reader.classify_many([text_of(message) for message in read])
        found = findings(predictions, probabilities=self.probabilities)
        decided = self._decisions(read, predictions)
        return pl.concat([messages, found, decided], how="horizontal").select(list(RESULTS))

    def _decisions(self, read: list[Message], predictions: list[Prediction]) -> pl.DataFrame:
        if self.decider is None:
            return pl.DataFrame({name: [None] * len(read) for name in DECISIONS}, schema=DECISIONS)
        decided = [
            self.decider.decide(message, prediction)
            for message, prediction in zip(read, predictions, strict=True)
        ]
        places = [rule_of(one) for one in decided]
        return pl.DataFrame(
            {
                "mode": [one.mode.label for one in decided],
                "rule": [rule for rule, _ in places],
                "rule_at": [place for _, place in places],
            },
            schema=DECISIONS,
        )


def _judged(messages: pl.DataFrame) -> Iterator[Message]:
    """The messages with no more than what the classifier and the facts read of them."""
    named = pl.element().struct.field("name")
    headers = pl.col("headers").list.eval(pl.element().filter(named.is_in(HEADERS_READ)))
    rows = messages.select("reply_to", headers, *_JUDGED)
    for reply_to, found, *plain in rows.iter_rows():
        values: dict[str, tuple[str, ...]] = {}
        for header in found:
            values[header["name"]] = (*values.get(header["name"], ()), header["value"])
        fields = dict(zip(_JUDGED, plain, strict=True))
        yield Message(reply_to=tuple(reply_to), headers=values, **fields)


def text_of(message: Message) -> MessageText:
    """What the classifier reads of a message."""
    return MessageText(
        subject=message.subject,
        body=message.text,
        quoted=message.quoted,
        signature=message.signature,
        hidden=message.hidden_text,
    )
