from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipeline.intake.errors import IntakeError
from pipeline.intake.scanning import scan
from pipeline.intake.tickets import columns_of, count_rows

ZENDESK = """Id,Requester,Requester email,Subject,Description,Created at,Tags
35436,Ann Lee,ann@x.example,Parcel,"Where is it?

On 5 Jan 2026, Shop wrote:
> sent",2026-01-05 10:00:00,"parcel late"
35437,Bob,bob@x.example,Card,I never paid this,2026-01-06 10:00:00,
"""
GORGIAS = """Ticket ID,Subject,Creation date,Customer name,Customer email,First message,Tags
9,Return,2026-01-05T10:00:00+00:00,Ann,ann@x.example,<p>Too <b>small</b></p><br>,"a, b"
"""
FRESHDESK = """Ticket ID,Subject,Description,Created time,Full name,Email,Tags
9,Return,Too small,2026-01-05 10:00:00,Ann,ann@x.example,a
"""


def test_a_zendesk_csv_is_mapped_and_its_quotes_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(ZENDESK)
    first, second = scan(path).collect().rows(named=True)
    assert first["message_id"] == "35436"
    assert (first["from_name"], first["from_address"]) == ("Ann Lee", "ann@x.example")
    assert (first["subject"], first["text"]) == ("Parcel", "Where is it?")
    assert first["quoted"].endswith("> sent")
    assert first["date"] == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert second["text"] == "I never paid this"
    assert [row["offset"] for row in (first, second)] == [0, 1]


def test_a_gorgias_csv_with_html_is_text(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text(GORGIAS)
    row = scan(path, columns="gorgias").collect().row(0, named=True)
    assert row["text"] == "Too small"
    assert row["labels"] == ["a", "b"]


def test_a_freshdesk_csv_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(FRESHDESK)
    row = scan(path).collect().row(0, named=True)
    assert (row["text"], row["from_address"]) == ("Too small", "ann@x.example")


def test_nested_jsonl_and_parquet_are_read(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {"id": [1, 2], "subject": ["a", "b"], "body": ["x", None], "labels": [["i"], []],
         "from": ["Ann <ann@x.example>", "bob@x.example"]}
    )  # fmt: skip
    rows.write_ndjson(tmp_path / "t.jsonl")
    rows.write_parquet(tmp_path / "t.parquet")
    for name in ("t.jsonl", "t.parquet"):
        table = scan(tmp_path / name, columns="gmail").collect()
        assert table["from_address"].to_list() == ["ann@x.example", "bob@x.example"]
        assert table["from_name"].to_list() == ["Ann", ""]
        assert table["labels"].to_list() == [["i"], []]
        assert table["text"].to_list() == ["x", ""]


def test_columns_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("nr,frage\n1,Wo ist mein Paket?\n")
    with pytest.raises(IntakeError, match="--columns text=COLUMN"):
        scan(path).collect()
    table = scan(path, columns={"text": "frage", "message_id": "nr"}).collect()
    assert table["text"].to_list() == ["Wo ist mein Paket?"]


def test_mistakes_in_columns_name_the_choices() -> None:
    with pytest.raises(IntakeError, match="the fields are message_id"):
        columns_of(["a"], {"txt": "a"}, "x.csv")
    with pytest.raises(IntakeError, match="no column 'b'; there are a"):
        columns_of(["a"], {"text": "b"}, "x.csv")
    with pytest.raises(IntakeError, match="there are zendesk"):
        columns_of(["a"], "jira", "x.csv")


def test_a_ragged_or_broken_table_keeps_every_row(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"id,subject,description\n1,a,b,extra\n2,c\n3,\xff,d\n")
    assert scan(path).collect().height == count_rows(str(path)) == 3


def test_a_ticket_without_any_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text("id,subject,description\n1,,\n")
    assert scan(path).collect()["error"][0] == "the ticket has neither text nor subject"
