from pathlib import Path

import polars as pl

from pipeline.batch.local import run_here, run_processes
from pipeline.batch.shards import Run, halves, places
from pipeline.intake.plan import plan

from .archives import mail, texts
from .readers import job


def rows(run: Run) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(part.path) for part in run.parts])


def run_of(tmp_path: Path, path: Path, name: str, shard_bytes: int = 2_000) -> Run:
    shards = plan(path, shard_bytes=shard_bytes).shards
    return Run(job(tmp_path / name), shards, lambda part: None)


def test_processes_and_this_process_agree(tmp_path: Path) -> None:
    path = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(40)])
    here, there = run_of(tmp_path, path, "here"), run_of(tmp_path, path, "there")
    run_here(here)
    run_processes(there, 2)
    assert len(here.parts) > 3
    assert [part.sha256 for part in here.parts] == [part.sha256 for part in there.parts]


def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "died"
    bodies = [f"die once {mark}" if n == 7 else f"text {n}" for n in range(16)]
    run = run_of(tmp_path, texts(tmp_path / "a.mbox", bodies), "w")
    run_processes(run, 2)
    assert mark.exists()
    assert rows(run)["subject"].to_list() == [f"s{n}" for n in range(16)]
    assert rows(run)["error"].null_count() == 16


def test_a_message_that_kills_every_worker_becomes_a_row_with_an_error(tmp_path: Path) -> None:
    bodies = ["kill this process" if n == 3 else f"text {n}" for n in range(6)]
    run = run_of(tmp_path, texts(tmp_path / "a.mbox", bodies), "w", shard_bytes=100_000)
    run_processes(run, 2)
    table = rows(run)
    assert table.height == 6
    assert table["subject"].to_list() == ["s0", "s1", "s2", "", "s4", "s5"]
    errors = table["error"].to_list()
    assert [error is None for error in errors] == [True] * 3 + [False] + [True] * 2
    assert "every process that read this message died" in errors[3]


def test_what_is_done_is_taken_over_by_the_next_run(tmp_path: Path) -> None:
    path = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(20)])
    first = run_of(tmp_path, path, "w")
    total = len(first.pending)
    run_here(first)
    seen = []
    shards = plan(path, shard_bytes=2_000).shards
    second = Run(job(tmp_path / "w"), shards, seen.append)
    assert second.pending == []
    assert len(seen) == total


def test_halves_of_any_format_meet(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.eml").write_bytes(mail(number, "x").as_bytes())
    csv = tmp_path / "t.csv"
    csv.write_text("id,subject,description\n" + "1,a,b\n" * 5)
    for path in (folder, csv, texts(tmp_path / "a.mbox", list("abcde"))):
        shard = plan(path).shards[0]
        cut = halves(shard, places(shard))
        assert cut is not None
        first, second = cut
        assert (first.start, first.end, second.end) == (shard.start, second.start, shard.end)
        assert len(places(first)) + len(places(second)) == 5
        assert first.size + second.size == shard.size
