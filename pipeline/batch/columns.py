"""The columns of a result: those of a message, then what was found out about it.

| column | meaning |
|---|---|
| the columns of `pipeline.intake.schema` | but for `html_text`, and `headers` in a result |
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
from operator import attrgetter

import pyarrow as pa

from classifier.labels import INTENTS
from classifier.prediction import Prediction
from pipeline.intake.schema import MESSAGES, structs

__all__ = ["CARRIED", "DECISIONS", "FINDINGS", "NOT_WRITTEN", "RESULTS", "findings"]

_TEXT = pa.large_string()
_REASONS = pa.large_list(
    pa.struct([("tag", _TEXT), ("signal", _TEXT), ("zone", _TEXT), ("text", _TEXT)])
)
_EVIDENCE = pa.large_list(
    pa.struct(
        [
            ("label", _TEXT),
            ("source", _TEXT),
            ("name", _TEXT),
            ("zone", _TEXT),
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("text", _TEXT),
            ("weight", pa.float64()),
        ]
    )
)
_evidence = attrgetter(*(field.name for field in _EVIDENCE.value_type))

CARRIED = pa.schema([field for field in MESSAGES if field.name != "html_text"])
"""What the job carries of a message; its `headers` are those that facts read."""

FINDINGS = pa.schema(
    {
        "intent": _TEXT,
        "confidence": pa.float64(),
        "unsure": pa.bool_(),
        "out_of_scope": pa.float64(),
        "tags": pa.large_list(_TEXT),
        "tag_reasons": _REASONS,
        "evidence": _EVIDENCE,
        "probabilities": pa.struct([(intent, pa.float64()) for intent in INTENTS]),
        "language": _TEXT,
    }
)
DECISIONS = pa.schema({"mode": _TEXT, "rule": _TEXT, "rule_at": _TEXT})
RESULTS = pa.schema([*CARRIED, *FINDINGS, *DECISIONS])

NOT_WRITTEN = ("headers",)
"""Columns that the job needs on its way and that a result leaves out."""


def findings(predictions: Sequence[Prediction], *, probabilities: bool) -> list[pa.Array]:
    """The predictions, in their order, as columns in the schema `FINDINGS`."""
    return [
        pa.array([one.intent for one in predictions], _TEXT),
        pa.array([one.confidence for one in predictions], pa.float64()),
        pa.array([one.unsure for one in predictions], pa.bool_()),
        pa.array([one.out_of_scope for one in predictions], pa.float64()),
        pa.array([sorted(one.tags) for one in predictions], pa.large_list(_TEXT)),
        structs([_reasons(one) for one in predictions], _REASONS),
        structs([list(map(_evidence, one.evidence)) for one in predictions], _EVIDENCE),
        _probabilities(predictions, wanted=probabilities),
        pa.array([one.language for one in predictions], _TEXT),
    ]


def _reasons(prediction: Prediction) -> list[tuple[str, str, str, str]]:
    """The signals that set each tag; where the model alone set it, the words it went by."""
    if not prediction.tags:
        return []
    by_signal = {item.label for item in prediction.evidence if item.source == "signal"}
    return [
        (item.label, item.name, item.zone, item.text)
        for item in prediction.evidence
        if item.label in prediction.tags
        and (item.source == "signal" or item.label not in by_signal)
    ]


def _probabilities(predictions: Sequence[Prediction], *, wanted: bool) -> pa.Array:
    kind = FINDINGS.field("probabilities").type
    if not wanted:
        return pa.nulls(len(predictions), kind)
    columns = [
        pa.array([one.probabilities[intent] for one in predictions], pa.float64())
        for intent in INTENTS
    ]
    return pa.StructArray.from_arrays(columns, fields=list(kind))
