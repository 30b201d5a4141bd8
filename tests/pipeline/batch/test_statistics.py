from collections import Counter
from pathlib import Path

import pytest

from pipeline.batch import statistics as module
from pipeline.batch.statistics import BINS, Statistics

from .results import classified


def test_what_the_tables_hold_is_counted_however_they_are_cut(tmp_path: Path) -> None:
    _, table = classified(tmp_path, ["one", "my card was stolen", "three", "stolen"])
    whole, cut = Statistics(), Statistics()
    whole.write(table)
    for start in range(table.height):
        cut.write(table[start : start + 1])
    for one in (whole, cut):
        assert one.modes == {("order_status", "monitored"): 2, ("fraud_claim", "gated_all"): 2}
        assert one.confidences == {(int(0.75 * BINS), False): 4}
        assert sum(one.days.values()) == 4
        assert one.languages == {"en": 4}
        assert one.senders == Counter({f"ann{n}@x.example": 1 for n in range(4)})
        assert one.fraud_count == 2
        assert [sample.reasons for sample in one.fraud] == [("stolen",)] * 2
        rule = ("gated_all", "fraud is for people", "test.policy:5")
        assert one.rules[rule] == 2
        assert [sample.subject for sample in one.samples[rule]] == ["s1", "s3"]


def test_memory_does_not_grow_with_the_senders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SENDERS", 2)
    _, table = classified(tmp_path, [f"text {n}" for n in range(12)])
    found = Statistics()
    for _ in range(3):
        found.write(table[:2])
    for start in range(2, table.height):
        found.write(table[start : start + 1])
    assert len(found.senders) <= 4
    assert dict(found.senders.most_common(2)) == {"ann0@x.example": 3, "ann1@x.example": 3}
    assert set(found.sender_intents) == set(found.senders)
