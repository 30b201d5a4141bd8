"""Drift: whether the mail of now is still like the mail of before, as the classifier sees it.

Each group of features is compared by a two-sample test and by its population stability index. An
alarm needs both: a difference that is not chance (Holm's correction over all groups, so that a
whole run raises a false alarm at most once in a hundred) and one that is large enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact, ks_2samp

from classifier.evaluation import predict_all, united_fraud_scores
from classifier.features import words
from classifier.model import Classifier
from classifier.prediction import MessageText
from classifier.text import normal_form

__all__ = ["CHANCE", "LARGE", "LEAST", "Profile", "Shift", "profile", "shifts"]

CHANCE: Final = 0.01
"""Probability of any alarm at all when nothing has changed."""
LARGE: Final = 0.1
"""Index from which a shift matters: under 0.1 is held stable by custom, over 0.25 a great change
(Siddiqi, Credit Risk Scorecards, 2006)."""
LEAST: Final = 100
"""Messages needed on each side."""
_RISE: Final = 0.03
"""Rise of the share of unsure messages, in points of one, that matters."""
_BINS: Final = 10
_EXPECTED: Final = 5
"""The chi-squared test holds where at least so many are expected in each cell (Cochran, 1954)."""

Group = NDArray[np.float64] | NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Profile:
    """How a set of messages looks to a classifier: one value a message in each group.

    `named` groups hold words, of which shares are compared; `measured` ones hold numbers.
    """

    count: int
    unsure: int
    named: Mapping[str, NDArray[np.str_]]
    measured: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Shift:
    """How one group of features moved; `p_value` is corrected, `size` an index or a rise.

    `before` and `after` are what to show: the mean, or the label whose share changed most.
    """

    group: str
    size: float
    p_value: float
    alarm: bool
    before: str
    after: str


def profile(
    classifier: Classifier, vocabulary: Mapping[str, int], messages: Sequence[MessageText]
) -> Profile:
    """Classify messages and keep what is compared; `vocabulary` is that of the model."""
    predictions = predict_all(classifier, messages)
    fraud = united_fraud_scores(classifier, messages, predictions)
    return Profile(
        count=len(messages),
        unsure=sum(one.unsure for one in predictions),
        named={
            "intent": np.array([one.intent for one in predictions]),
            "tags": np.array([" ".join(sorted(one.tags)) or "none" for one in predictions]),
            "language": np.array([one.language for one in predictions]),
        },
        measured={
            "confidence": np.array([one.confidence for one in predictions]),
            "out of scope": np.array([one.out_of_scope for one in predictions]),
            "fraud score": np.clip(fraud, -20.0, 20.0).astype(np.float64),
            "unknown words": np.array([_unknown(one, vocabulary) for one in messages]),
            "length": np.array([float(len(one.body)) for one in messages]),
        },
    )


def shifts(before: Profile, after: Profile) -> list[Shift]:
    """How each group moved, and by what the share of unsure messages rose.

    Raises `ValueError` when there are fewer than `LEAST` messages on a side.
    """
    if min(before.count, after.count) < LEAST:
        raise ValueError(
            f"{before.count} messages before and {after.count} after are too few: it takes {LEAST}"
        )
    found = [*_named(before, after), *_measured(before, after), _unsure(before, after)]
    return _corrected(found)


def _named(before: Profile, after: Profile) -> Iterator[Shift]:
    for name, old in before.named.items():
        new = after.named[name]
        labels = sorted({*old.tolist(), *new.tolist()})
        counts = np.array([[(side == label).sum() for label in labels] for side in (old, new)])
        shares = counts / counts.sum(axis=1, keepdims=True)
        most = int(np.abs(shares[1] - shares[0]).argmax())
        shown = [f"{labels[most]} {share[most]:.1%}" for share in shares]
        yield Shift(name, _index(counts), _chi_squared(counts), False, *shown)


def _measured(before: Profile, after: Profile) -> Iterator[Shift]:
    for name, old in before.measured.items():
        new = after.measured[name]
        edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1]))
        places = [np.searchsorted(edges, side, side="right") for side in (old, new)]
        counts = np.array([np.bincount(place, minlength=len(edges) + 1) for place in places])
        p_value = float(ks_2samp(old, new, method="asymp").pvalue)
        yield Shift(
            name, _index(counts), p_value, False, f"mean {old.mean():.3g}", f"mean {new.mean():.3g}"
        )


def _unsure(before: Profile, after: Profile) -> Shift:
    shares = before.unsure / before.count, after.unsure / after.count
    table = [
        [after.unsure, after.count - after.unsure],
        [before.unsure, before.count - before.unsure],
    ]
    return Shift(
        "unsure",
        shares[1] - shares[0],
        float(fisher_exact(table, alternative="greater").pvalue),
        False,
        *(f"{share:.1%}" for share in shares),
    )


def _corrected(found: Sequence[Shift]) -> list[Shift]:
    """Holm's step-down correction of the p-values (Scandinavian Journal of Statistics 6, 1979)."""
    result = list(found)
    worst = 0.0
    for rank, place in enumerate(sorted(range(len(found)), key=lambda one: found[one].p_value)):
        one = found[place]
        worst = max(worst, min(1.0, one.p_value * (len(found) - rank)))
        large = one.size >= (_RISE if one.group == "unsure" else LARGE)
        alarm = large and worst < CHANCE
        result[place] = Shift(one.group, one.size, worst, alarm, one.before, one.after)
    return result


def _index(counts: NDArray[np.int64]) -> float:
    """The population stability index of two rows of counts; half a message where there is none."""
    filled = np.where(counts == 0, 0.5, counts)
    before, after = filled / filled.sum(axis=1, keepdims=True)
    return float(((after - before) * np.log(after / before)).sum())


def _chi_squared(counts: NDArray[np.int64]) -> float:
    """The p-value of equal shares, labels too rare for the test taken together."""
    expected = counts.sum(axis=0) * counts.sum(axis=1).min() / counts.sum()
    rare = expected < _EXPECTED
    table = counts[:, ~rare]
    if rare.any():
        table = np.column_stack([table, counts[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0


def _unknown(message: MessageText, vocabulary: Mapping[str, int]) -> float:
    found = words(normal_form(message.body))
    return sum(word not in vocabulary for word in found) / len(found) if found else 0.0
