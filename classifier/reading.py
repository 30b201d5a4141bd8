"""A batch of messages as the model reads it: zones, sentences and words, in whole arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from classifier.prediction import MessageText
from classifier.sentences import Indices

MESSAGES_AT_ONCE: Final = 128
CHARACTERS_AT_ONCE: Final = 1_000_000
"""What is read and scored in one go: its arrays stay in the processor's cache, and memory bounded
however long messages are."""


class Zone(NamedTuple):
    """A zone of a message: its name, its text as given and in normal form.

    `digits` counts figures and words for them; `first_word` is the place of its first word among
    the words of the batch.
    """

    name: str
    original: str
    normal: str
    digits: int
    first_word: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch of messages, read.

    `zones` and `languages` are those of each message. Sentences stand in the order of messages and
    zones, those of message `i` from `bounds[i]` to `bounds[i + 1]`; the first `routed[i]` of them,
    those of subject and body, alone decide the intent. `rows` are the scorer's rows for the words
    of all sentences, `lengths` each sentence's number of words, and `begins` the place of its first
    word among the words of the batch: a long sentence is read in windows that overlap.
    """

    zones: list[list[Zone]]
    languages: list[str]
    bounds: Indices
    routed: Indices
    rows: Indices
    lengths: Indices
    begins: Indices

    @property
    def counts(self) -> Indices:
        """How many sentences each message has."""
        return np.diff(self.bounds)

    def sentences(self, message: int) -> slice:
        """The sentences of a message among those of the batch."""
        return slice(int(self.bounds[message]), int(self.bounds[message + 1]))

    def rows_of(self, sentence: int) -> Indices:
        """The rows of a sentence's words."""
        first = int(self.lengths[:sentence].sum())
        return self.rows[first : first + int(self.lengths[sentence])]

    def place(self, message: int, sentence: int) -> tuple[Zone, slice]:
        """The zone that a message's sentence is in, and its words among the zone's words."""
        begin = int(self.begins[sentence])
        zone = next(one for one in reversed(self.zones[message]) if one.first_word <= begin)
        first = begin - zone.first_word
        return zone, slice(first, first + int(self.lengths[sentence]))


def batches(messages: Iterable[MessageText]) -> Iterator[list[MessageText]]:
    """Messages in runs that are read in one go; one message may be longer than all that."""
    batch: list[MessageText] = []
    characters = 0
    for message in messages:
        batch.append(message)
        characters += sum(len(text) for _, text in message.zones())
        if len(batch) == MESSAGES_AT_ONCE or characters > CHARACTERS_AT_ONCE:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
