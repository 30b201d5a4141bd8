"""The columns of a result: those of a message, then what was found out about it.

| column | meaning |
|---|---|
| the columns of `pipeline.intake.schema` | but for `headers` and `html_text` in a result |
| `duplicate_of` | `source:offset` of the first message that is the same; null for the first |
| `intent`, `confidence` | the most probable intent and its calibrated probability, 0 to 1 |
| `unsure` | a person should route this message |
| `out_of_scope` | probability, 0 to 1, that no intent of the taxonomy covers it |
| `tags` | in alphabetical order |
| `tag_reasons` | per tag: the signal that set it, its zone and its words; else the model's words |
| `evidence` | every reason: label, `signal` or `model`, name, zone, place, words, weight |
| `probabilities` | of every intent; null unless asked for |
| `language` | ISO 639-1, or `und` |
| `mode` | under which the reply of an agent would travel; null without a policy |
| `rule`, `rule_at` | the rule that decided and its place, `file:line` |

Places in `evidence` count characters of the text as it was read, before card numbers are masked.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from classifier.labels import INTENTS
from classifier.prediction import Prediction
from pipeline.intake.schema import MESSAGES, table_of

__all__ = ["DECISIONS", "FINDINGS", "NOT_WRITTEN", "RESULTS", "findings"]

_REASON = pl.Struct({"tag": pl.String, "signal": pl.String, "zone": pl.String, "text": pl.String})
_EVIDENCE = pl.Struct(
    {
        "label": pl.String,
        "source": pl.String,
        "name": pl.String,
        "zone": pl.String,
        "start": pl.Int64,
        "end": pl.Int64,
        "text": pl.String,
        "weight": pl.Float64,
    }
)

FINDINGS = pl.Schema(
    {
        "intent": pl.String(),
        "confidence": pl.Float64(),
        "unsure": pl.Boolean(),
        "out_of_scope": pl.Float64(),
        "tags": pl.List(pl.String),
        "tag_reasons": pl.List(_REASON),
        "evidence": pl.List(_EVIDENCE),
        "probabilities": pl.Struct(dict.fromkeys(INTENTS, pl.Float64)),
        "language": pl.String(),
    }
)
DECISIONS = pl.Schema({"mode": pl.String(), "rule": pl.String(), "rule_at": pl.String()})
RESULTS = pl.Schema({**MESSAGES, **FINDINGS, **DECISIONS})

NOT_WRITTEN = ("headers", "html_text")
"""Columns that the job needs on its way and that a result leaves out: they double its size."""


def findings(predictions: Sequence[Prediction], *, probabilities: bool) -> pl.DataFrame:
    """The predictions as columns, in their order."""
    columns: dict[str, list[Any]] = {
        "intent": [one.intent for one in predictions],
        "confidence": [float(one.confidence) for one in predictions],
        "unsure": [bool(one.unsure) for one in predictions],
        "out_of_scope": [float(one.out_of_scope) for one in predictions],
        "tags": [sorted(one.tags) for one in predictions],
        "tag_reasons": [_reasons(one) for one in predictions],
        "evidence": [_evidence(one) for one in predictions],
        "probabilities": [
            {name: float(one.probabilities[name]) for name in INTENTS} if probabilities else None
            for one in predictions
        ],
        "language": [one.language for one in predictions],
    }
    return table_of(columns, FINDINGS)


def _reasons(prediction: Prediction) -> list[dict[str, str]]:
    """The signals that set each tag; where the model alone set it, the words it went by."""
    by_signal = {item.label for item in prediction.evidence if item.source == "signal"}
    return [
        {"tag": item.label, "signal": item.name, "zone": item.zone, "text": item.text}
        for item in prediction.evidence
        if item.label in prediction.tags
        and (item.source == "signal" or item.label not in by_signal)
    ]


def _evidence(prediction: Prediction) -> list[dict[str, object]]:
    return [
        {
            "label": item.label,
            "source": item.source,
            "name": item.name,
            "zone": item.zone,
            "start": int(item.start),
            "end": int(item.end),
            "text": item.text,
            "weight": float(item.weight),
        }
        for item in prediction.evidence
    ]
