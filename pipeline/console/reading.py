"""What the classifier read in a message that came in, and the words that made it read so."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import RowMapping

from pipeline.sender.gate import Gate

__all__ = ["Explained", "Why", "explained"]

_MOST = 12


@dataclass(frozen=True, slots=True)
class Why:
    """Words of the message that speak for `label`.

    `by` is the name of a signal, or empty where the model learned it; `zone` is the part of the
    message, and `start` and `end` are characters of it.
    """

    label: str
    by: str
    zone: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A reading with its reasons; shares are in 0..1.

    `as_then` says whether the model that reads now is the one that read when the message came.
    """

    intent: str
    share: float
    second: str
    second_share: float
    unsure: bool
    evidence: tuple[Why, ...]
    as_then: bool


def explained(gate: Gate, row: RowMapping) -> Explained | None:
    """Why the received message in `row` is read as it is; None without a classifier or text."""
    draft: Mapping[str, object] = row["draft"]
    found = gate.explanation(
        *(str(draft.get(name) or "") for name in ("subject", "text", "hidden", "quoted"))
    )
    if found is None or row["erased"]:
        return None
    (_, share), (second, second_share) = sorted(
        found.probabilities.items(), key=lambda pair: -pair[1]
    )[:2]
    reading = draft.get("reading")
    then = reading.get("model", "") if isinstance(reading, dict) else ""
    ranked = sorted(found.evidence, key=lambda one: (one.source != "signal", -abs(one.weight)))
    places = {
        (one.label, one.zone, one.start, one.end): Why(
            one.label, one.name if one.source == "signal" else "", one.zone, one.start, one.end,
            " ".join(one.text.split()),
        )
        for one in ranked
        if one.text.strip()
    }  # fmt: skip
    return Explained(
        intent=found.intent,
        share=share,
        second=second,
        second_share=second_share,
        unsure=found.unsure,
        evidence=tuple(places.values())[:_MOST],
        as_then=then == gate.model,
    )
