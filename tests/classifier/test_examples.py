from __future__ import annotations

from pathlib import Path

import pytest

from classifier.examples import DataError, read_examples


def test_tables_and_lines_read_alike(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,intent,tags\n"My card, stolen",fraud_claim,fraud_risk\n')
    (tmp_path / "b.jsonl").write_text(
        '{"text": "My card, stolen", "intent": "fraud_claim", "tags": ["fraud_risk"]}\n\n'
    )
    first, second = read_examples(tmp_path)
    assert (first.text, first.intent, first.tags) == (second.text, second.intent, second.tags)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"intent": "refund"}', "a.jsonl:1: text is missing"),
        ('{"text": "x", "intent": "refnd"}', "a.jsonl:1: intent 'refnd' is not one of"),
        ('{"text": "x", "intent": "refund", "tags": ["x"]}', "tag 'x' is not one of"),
        ("{", "a.jsonl:1: not JSON"),
        ("[1]", "expected an object"),
        ("", "no labelled messages"),
    ],
)
def test_mistakes_name_file_line_and_mend(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(line)
    with pytest.raises(DataError, match=message):
        read_examples(tmp_path / "a.jsonl")


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "b.parquet").write_text("no table")
    for name in ("a.jsonl", "b.parquet", "c.csv"):
        with pytest.raises(DataError, match=name):
            read_examples(tmp_path / name)
