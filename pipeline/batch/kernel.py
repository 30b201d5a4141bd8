"""Messages in, results out: one pure function from Arrow batch to Arrow batch.

Every engine carries this function and nothing else, so the result cannot depend on the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl
import pyarrow as pa

from classifier.prediction import MessageText, Prediction
from pipeline.batch.columns import DECISIONS, RESULTS, findings
from pipeline.batch.deciding import Decider, rule_of
from pipeline.intake.schema import MESSAGES, Entry, entries
from pipeline.mail.message import Message

__all__ = ["Kernel", "Reader", "text_of"]


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
        rows = entries(messages)
        predictions = self.reader.classify_many([text_of(row.message) for row in rows])
        found = findings(predictions, probabilities=self.probabilities)
        decided = self._decisions(rows, predictions)
        return pl.concat([messages, found, decided], how="horizontal").select(list(RESULTS))

    def _decisions(self, rows: list[Entry], predictions: list[Prediction]) -> pl.DataFrame:
        if self.decider is None:
            return pl.DataFrame({name: [None] * len(rows) for name in DECISIONS}, schema=DECISIONS)
        decided = [
            self.decider.decide(row.message, prediction)
            for row, prediction in zip(rows, predictions, strict=True)
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


def text_of(message: Message) -> MessageText:
    """What the classifier reads of a message."""
    return MessageText(
        subject=message.subject,
        body=message.text,
        quoted=message.quoted,
        signature=message.signature,
        hidden=message.hidden_text,
    )
