"""Messages in, results out: one pure function from Arrow batch to Arrow batch.

Every engine carries this function and nothing else, so the result cannot depend on the engine.
Workers import this module, so it imports nothing that only a command needs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from classifier.prediction import MessageText, Prediction
from pipeline.batch.columns import CARRIED, DECISIONS, RESULTS, findings
from pipeline.batch.deciding import Decider
from pipeline.facts import HEADERS_READ, Ledger, Mailbox
from pipeline.mail.message import Message
from policy.syntax import Source

__all__ = ["Kernel", "Reader", "kernel_of", "text_of"]

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
        """`batch` has the columns `CARRIED`; to as many rows in the schema `RESULTS`."""
        read = list(_judged(batch))
        predictions = self.reader.classify_many([text_of(message) for message in read])
        found = findings(predictions, probabilities=self.probabilities)
        decided = self._decisions(read, predictions)
        carried = [batch.column(name) for name in CARRIED.names]
        return pa.RecordBatch.from_arrays([*carried, *found, *decided], schema=RESULTS)

    def _decisions(self, read: list[Message], predictions: list[Prediction]) -> list[pa.Array]:
        if self.decider is None:
            return [pa.nulls(len(read), field.type) for field in DECISIONS]
        decided = [
            self.decider.decide(message, prediction)
            for message, prediction in zip(read, predictions, strict=True)
        ]
        columns = zip(*decided, strict=True) if decided else [()] * len(DECISIONS)
        return [pa.array(one, field.type) for one, field in zip(columns, DECISIONS, strict=True)]


def kernel_of(
    model: Path | None, policy: tuple[Source, ...], mailbox: Mailbox, probabilities: bool
) -> Kernel:
    """The kernel of a worker; everything it is made of can be sent to another machine.

    `policy` are the files of one checked policy, empty for none. Raises
    `classifier.artifact.ModelError`.
    """
    from pipeline.batch.preloaded import classifier
    from policy.loading import load

    loaded = load(*policy).policy if policy else None
    decider = Decider(loaded, mailbox, Ledger()) if loaded else None
    return Kernel(classifier(model), decider, probabilities=probabilities)


def _judged(batch: pa.RecordBatch) -> Iterator[Message]:
    """The messages with no more than what the classifier and the facts read of them."""
    plain = zip(*(_values(batch.column(name)) for name in _JUDGED), strict=True)
    headers = batch.column("headers")
    named = list(zip(*map(_values, headers.flatten().flatten()), strict=True))
    kept = [[named[at] for at in range(*span)] for span in pairwise(_offsets(headers))]
    answers = batch.column("reply_to")
    addresses = _values(answers.flatten())
    reply_to = [tuple(addresses[slice(*span)]) for span in pairwise(_offsets(answers))]
    for fields, found, to in zip(plain, kept, reply_to, strict=True):
        values: dict[str, tuple[str, ...]] = {}
        for name, value in found:
            if name in HEADERS_READ:
                values[name] = (*values.get(name, ()), value)
        yield Message(reply_to=to, headers=values, **dict(zip(_JUDGED, fields, strict=True)))


def _values(texts: pa.Array) -> list[Any]:
    """What a column of texts holds; by way of NumPy, which is quicker."""
    found: list[Any] = texts.to_numpy(zero_copy_only=False).tolist()
    return found


def _offsets(lists: pa.Array) -> list[int]:
    """Where in `lists.flatten()` each list starts, and where the last ends."""
    offsets = lists.offsets.to_numpy()
    found: list[int] = (offsets - offsets[0]).tolist()
    return found


def text_of(message: Message) -> MessageText:
    """What the classifier reads of a message."""
    return MessageText(
        subject=message.subject,
        body=message.text,
        quoted=message.quoted,
        signature=message.signature,
        hidden=message.hidden_text,
    )
