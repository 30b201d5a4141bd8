import sqlite3
from pathlib import Path

import polars as pl
import pytest

from pipeline.batch.assembling import WRITTEN, assemble
from pipeline.batch.local import run_here
from pipeline.batch.shards import Run
from pipeline.batch.writing import Tee, writer_to
from pipeline.intake.errors import IntakeError
from pipeline.intake.plan import plan

from .archives import mail, mbox, texts
from .readers import decider, job


class Collected:
    def __init__(self) -> None:
        self.tables: list[pl.DataFrame] = []

    def write(self, table: pl.DataFrame) -> None:
        self.tables.append(table)

    @property
    def table(self) -> pl.DataFrame:
        return pl.concat(self.tables)


class Failing:
    def write(self, table: pl.DataFrame) -> None:
        raise ZeroDivisionError


def run_of(tmp_path: Path, path: Path, shard_bytes: int = 1_000) -> Run:
    run = Run(job(tmp_path / "w"), plan(path, shard_bytes=shard_bytes).shards, lambda part: None)
    run_here(run)
    return run


def test_the_first_of_equal_messages_is_the_original(tmp_path: Path) -> None:
    same = [mail(1, "x", message_id="<same@x>"), mail(2, "y"), mail(1, "x", message_id="<same@x>")]
    run = run_of(tmp_path, mbox(tmp_path / "a.mbox", same), shard_bytes=300)
    assert len(run.parts) > 1
    found = Collected()
    summary = assemble(run.parts, found, None)
    assert found.table["duplicate_of"].to_list() == [None, None, "a.mbox:0"]
    assert summary.duplicates == 1


def test_messages_without_an_id_are_equal_by_what_they_say(tmp_path: Path) -> None:
    messages = [mail(1, "same"), mail(1, "same"), mail(1, "other"), mail(1, "third")]
    for message in messages:
        del message["Message-ID"]
    found = Collected()
    run = run_of(tmp_path, mbox(tmp_path / "a.mbox", messages))
    summary = assemble(run.parts, found, None)
    assert [value is None for value in found.table["duplicate_of"]] == [True, False, True, True]
    assert summary.duplicates_by_text == 1


def test_a_risk_anywhere_in_a_thread_gates_every_reply_to_it(tmp_path: Path) -> None:
    thread = [
        mail(1, "where is my order"),
        mail(2, "my card was stolen", References="<1@x.example>"),
        mail(3, "and my order?", References="<1@x.example> <2@x.example>"),
        mail(4, "another thread"),
    ]
    found = Collected()
    summary = assemble(run_of(tmp_path, mbox(tmp_path / "a.mbox", thread)).parts, found, decider())
    assert found.table["mode"].to_list() == ["gated_all"] * 3 + ["monitored"]
    assert found.table["rule"][0] == "fraud is for people"
    assert found.table["tags"].to_list() == [[], ["fraud_risk"], [], []]
    assert summary.modes == {"gated_all": 3, "monitored": 1}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return run_of(tmp_path, texts(tmp_path / "a.mbox", ["one", "stolen", "=SUM(A1)"]))


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".sqlite"])
def test_every_format_holds_every_row(tmp_path: Path, run: Run, ending: str) -> None:
    path = tmp_path / f"out{ending}"
    with writer_to(path) as writer:
        assemble(run.parts, writer, decider())
    if ending == ".parquet":
        table = pl.read_parquet(path)
        assert table.schema == WRITTEN
    elif ending == ".csv":
        table = pl.read_csv(path)
        assert (
            table["tags"].to_list() == [None, "fraud_risk", None]
            or table["tags"][1] == "fraud_risk"
        )
    elif ending == ".jsonl":
        table = pl.read_ndjson(path)
        assert table["tags"].to_list() == [[], ["fraud_risk"], []]
    else:
        with sqlite3.connect(path) as connection:
            table = pl.read_database("SELECT * FROM messages", connection)
    assert table["subject"].to_list() == ["s0", "s1", "s2"]
    assert table["intent"].to_list() == ["order_status", "fraud_claim", "order_status"]


def test_a_spreadsheet_runs_no_text_as_a_formula(tmp_path: Path, run: Run) -> None:
    with writer_to(tmp_path / "out.csv") as writer:
        assemble(run.parts, writer, None)
    assert pl.read_csv(tmp_path / "out.csv")["text"][2] == "'=SUM(A1)"


def test_a_result_appears_whole_or_not_at_all(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "out.parquet"
    path.write_bytes(b"the earlier result")
    with pytest.raises(ZeroDivisionError), writer_to(path) as writer:
        assemble(run.parts, Tee(writer, Failing()), None)
    assert path.read_bytes() == b"the earlier result"
    assert [item.name for item in tmp_path.iterdir() if "tmp" in item.name] == []


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=r"known are \.parquet"):
        writer_to(tmp_path / "out.xlsx")
    with pytest.raises(IntakeError, match="there is no folder"):
        writer_to(tmp_path / "absent" / "out.csv")
