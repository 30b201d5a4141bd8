"""What a candidate would read otherwise than the live model, on the same mail without labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.prediction import Prediction

__all__ = ["Differences", "differences"]


@dataclass(frozen=True, slots=True)
class Differences:
    """How two models differ on `messages`.

    `intents` counts (live, candidate) pairs that differ, `tags` counts (tag, `set` or `dropped`) by
    the candidate, `unsure` counts `now sure` and `now unsure`. `changed` are the indices of the
    messages with any difference of intent or tags, those with a dropped tag first.
    """

    messages: int
    intents: Counter[tuple[str, str]]
    tags: Counter[tuple[str, str]]
    unsure: Counter[str]
    changed: tuple[int, ...]


def differences(live: Sequence[Prediction], candidate: Sequence[Prediction]) -> Differences:
    """Compare the predictions of the same messages, in the same order."""
    intents: Counter[tuple[str, str]] = Counter()
    tags: Counter[tuple[str, str]] = Counter()
    unsure: Counter[str] = Counter()
    dropped: list[int] = []
    changed: list[int] = []
    for index, (before, after) in enumerate(zip(live, candidate, strict=True)):
        if before.intent != after.intent:
            intents[before.intent, after.intent] += 1
        tags.update((tag, "dropped") for tag in before.tags - after.tags)
        tags.update((tag, "set") for tag in after.tags - before.tags)
        if before.unsure != after.unsure:
            unsure["now unsure" if after.unsure else "now sure"] += 1
        if before.tags - after.tags:
            dropped.append(index)
        elif before.intent != after.intent or before.tags != after.tags:
            changed.append(index)
    return Differences(len(live), intents, tags, unsure, (*dropped, *changed))
