"""What a report tells of a run, counted while the tables pass by; never holds the messages."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from pipeline.batch.excerpts import excerpt

__all__ = ["BINS", "Sample", "Statistics"]

BINS = 20
"""Bars of the histogram of confidence, of equal width from 0 to 1."""

_RULE_SAMPLES = 5
_ERROR_SAMPLES = 3
_FRAUD_ROWS = 200
_SENDERS = 50_000
_NO_DATE = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as a report shows it: its text shortened and redacted, and where it stands.

    `reasons` are the words that signals of fraud have found, none when the model alone judged.
    """

    place: str
    date: datetime | None
    name: str
    address: str
    subject: str
    text: str
    intent: str
    confidence: float
    mode: str
    reasons: tuple[str, ...]


class Statistics:
    """Takes the tables of a result (`pipeline.batch.assembling.WRITTEN`) and counts.

    `days` counts by day and intent, `confidences` by bin and whether unsure, `modes` by intent
    and mode, `rules` by mode, rule and place; `samples` has a few messages of each rule. `fraud`
    are the newest messages that carry `fraud_risk`, of `fraud_count` in all.
    """

    def __init__(self) -> None:
        self.days: Counter[tuple[date, str]] = Counter()
        self.undated = 0
        self.confidences: Counter[tuple[int, bool]] = Counter()
        self.modes: Counter[tuple[str, str]] = Counter()
        self.rules: Counter[tuple[str, str, str]] = Counter()
        self.samples: defaultdict[tuple[str, str, str], list[Sample]] = defaultdict(list)
        self.signals: Counter[tuple[str, str]] = Counter()
        self.languages: Counter[str] = Counter()
        self.senders: Counter[str] = Counter()
        self.sender_intents: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.errors: Counter[str] = Counter()
        self.error_places: defaultdict[str, list[str]] = defaultdict(list)
        self.defects: Counter[str] = Counter()
        self.intent_confidence: Counter[str] = Counter()
        self.unsure: Counter[str] = Counter()
        self.fraud_count = 0
        self._fraud: list[Sample] = []

    def write(self, table: pl.DataFrame) -> None:
        """Counts the rows of `table`."""
        self._count(table)
        self._count_senders(table)
        self._count_rules(table)
        self._take_fraud(table)
        failed = table.filter(pl.col("error").is_not_null())
        for source, offset, error in failed.select("source", "offset", "error").iter_rows():
            self.errors[error] += 1
            if len(self.error_places[error]) < _ERROR_SAMPLES:
                self.error_places[error].append(f"{source}:{offset}")

    @property
    def fraud(self) -> list[Sample]:
        """The newest messages that carry `fraud_risk`, at most 200, the newest first."""
        newest = sorted(self._fraud, key=lambda one: one.date or _NO_DATE, reverse=True)
        return newest[:_FRAUD_ROWS]

    def _count(self, table: pl.DataFrame) -> None:
        self.undated += table["date"].null_count()
        dated = table.filter(pl.col("date").is_not_null())
        self.days.update(_counts(dated, pl.col("date").dt.date(), "intent"))
        bins = (pl.col("confidence") * BINS).floor().clip(0, BINS - 1).cast(pl.Int64)
        self.confidences.update(_counts(table, bins, "unsure"))
        self.modes.update(_counts(table.filter(pl.col("mode").is_not_null()), "intent", "mode"))
        for intent, confidence, unsure in (
            table.group_by("intent", maintain_order=True)
            .agg(pl.col("confidence").sum(), unsure_count=pl.col("unsure").sum())
            .iter_rows()
        ):
            self.intent_confidence[intent] += confidence
            self.unsure[intent] += unsure
        self.languages.update(table["language"].to_list())
        mended = table.filter(pl.col("error").is_null())["defects"]
        self.defects.update(mended.explode(empty_as_null=False).drop_nulls().to_list())
        for reasons in table["tag_reasons"].to_list():
            self.signals.update({(one["tag"], one["signal"]) for one in reasons})

    def _count_senders(self, table: pl.DataFrame) -> None:
        written = table.filter(pl.col("from_address") != "")
        address = pl.col("from_address").str.to_lowercase()
        for (sender, intent), count in _counts(written, address, "intent").items():
            self.senders[sender] += count
            self.sender_intents[sender][intent] += count
        if len(self.senders) > 2 * _SENDERS:
            # The busiest are wanted; whoever is rare so far is dropped, so memory stays bounded.
            self.senders = Counter(dict(self.senders.most_common(_SENDERS)))
            self.sender_intents = defaultdict(
                Counter, {name: self.sender_intents[name] for name in self.senders}
            )

    def _count_rules(self, table: pl.DataFrame) -> None:
        decided = table.filter(pl.col("mode").is_not_null())
        self.rules.update(_counts(decided, "mode", "rule", "rule_at"))
        originals = decided.filter(pl.col("duplicate_of").is_null())
        first = originals.group_by("mode", "rule", "rule_at", maintain_order=True).head(
            _RULE_SAMPLES
        )
        for row in first.iter_rows(named=True):
            samples = self.samples[row["mode"], row["rule"], row["rule_at"]]
            if len(samples) < _RULE_SAMPLES:
                samples.append(_sample(row))

    def _take_fraud(self, table: pl.DataFrame) -> None:
        found = table.filter(pl.col("tags").list.contains("fraud_risk"))
        self.fraud_count += found.height
        newest = found.sort("date", descending=True, nulls_last=True).head(_FRAUD_ROWS)
        self._fraud += [_sample(row) for row in newest.iter_rows(named=True)]
        self._fraud = self.fraud


def _counts(table: pl.DataFrame, *keys: str | pl.Expr) -> Counter[Any]:
    """How many rows of `table` have each combination of `keys`."""
    counted = table.group_by(*keys, maintain_order=True).len()
    return Counter({tuple(row[:-1]): row[-1] for row in counted.iter_rows()})


def _sample(row: dict[str, Any]) -> Sample:
    words = dict.fromkeys(
        excerpt(one["text"], 60)
        for one in row["evidence"]
        if one["label"] == "fraud_risk" and one["source"] == "signal"
    )
    return Sample(
        place=f"{row['source']}:{row['offset']}",
        date=row["date"],
        name=row["from_name"],
        address=row["from_address"],
        subject=excerpt(row["subject"], 90),
        text=excerpt(row["text"]),
        intent=row["intent"],
        confidence=row["confidence"],
        mode=row["mode"] or "",
        reasons=tuple(words)[:3],
    )
