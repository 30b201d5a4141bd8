import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipeline.batch.classifying import Outcome, Settings, classify_archive
from pipeline.batch.errors import StrictError
from pipeline.batch.job import Part
from pipeline.batch.watching import Watcher
from pipeline.intake.errors import IntakeError

from .archives import texts
from .readers import kernel

WILD = Path(os.environ.get("GATEPOST_EVALUATION_DATA", "/nonexistent"), "wild_mime")


def run(source: Path, output: Path, **settings: object) -> Outcome:
    return classify_archive(Settings(str(source), output, **settings), Watcher(), kernel=kernel)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.intake import plan as module

    real = module.plan
    monkeypatch.setattr(
        "pipeline.batch.classifying.plan",
        lambda path, scratch: real(path, scratch=scratch, shard_bytes=4_000),
    )


def test_every_message_is_a_row_and_nothing_else_is_left(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(30)])
    outcome = run(source, tmp_path / "out.parquet")
    assert (outcome.summary.messages, outcome.summary.rows) == (30, 30)
    assert pl.read_parquet(tmp_path / "out.parquet").height == 30
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.mbox", "out.parquet", "out.parquet.run.json"]


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(30)])
    run(source, tmp_path / "one.parquet", workers=1)
    run(source, tmp_path / "two.parquet", workers=2)
    assert digest(tmp_path / "one.parquet") == digest(tmp_path / "two.parquet")


def test_an_interrupted_run_must_be_resumed_or_begun_again(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(30)])
    output = tmp_path / "out.parquet"

    class Impatient(Watcher):
        def done(self, part: Part) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        classify_archive(Settings(str(source), output), Impatient(), kernel=kernel)
    assert not output.exists()
    with pytest.raises(IntakeError, match="--resume"):
        run(source, output)
    outcome = run(source, output, resume=True)
    assert outcome.summary.rows == 30
    run(source, tmp_path / "other.parquet")
    assert digest(output) == digest(tmp_path / "other.parquet")


SCRIPT = """
import sys, time
from pathlib import Path
import pipeline.batch.classifying as module
from functools import partial
from pipeline.batch.watching import Watcher
from tests.pipeline.batch.readers import kernel
from pipeline.intake.plan import plan

class Slow(Watcher):
    def done(self, part):
        print("part", flush=True)
        sys.stdin.readline()

module.plan = lambda path, scratch: plan(path, scratch=scratch, shard_bytes=4_000)
module.classify_archive(module.Settings(sys.argv[1], Path(sys.argv[2])), Slow(), kernel=kernel)
"""


def test_kill_9_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", [f"text {n}" for n in range(40)])
    output = tmp_path / "out.parquet"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(source), str(output)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3],
        start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"part\n"
    process.stdin.write(b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"part\n"
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    committed = list((tmp_path / ".out.parquet.work").glob("*.json"))
    assert len(committed) == 2
    seen: list[Part] = []

    class Counting(Watcher):
        def done(self, part: Part) -> None:
            seen.append(part)

    classify_archive(Settings(str(source), output, resume=True), Counting(), kernel=kernel)
    assert pl.read_parquet(output)["subject"].to_list() == [f"s{n}" for n in range(40)]
    assert {path.stem for path in committed} <= {Path(part.path).stem for part in seen}


def test_a_changed_input_is_not_resumed_from(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", ["old words"])
    work = tmp_path / ".out.parquet.work"
    run(source, tmp_path / "first.parquet")
    work.mkdir()
    (work / "0.json").write_text("{}")
    source.unlink()
    texts(source, ["new words"])
    run(source, tmp_path / "out.parquet", resume=True)
    assert pl.read_parquet(tmp_path / "out.parquet")["text"].to_list() == ["new words"]


def test_a_sample_is_spread_over_the_input(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", [f"text {n} " + "x" * 300 for n in range(300)])
    outcome = run(source, tmp_path / "out.parquet", sample=100)
    offsets = pl.read_parquet(tmp_path / "out.parquet")["offset"].to_list()
    assert outcome.summary.rows < 300
    assert max(offsets) > source.stat().st_size // 3


def test_strict_stops_and_leaves_no_result(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"no header at all")
    with pytest.raises(StrictError, match="no header"):
        run(tmp_path / "a.eml", tmp_path / "out.parquet", strict=True)
    assert not (tmp_path / "out.parquet").exists()


def test_the_reason_for_keeping_card_data_is_recorded(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", ["4111 1111 1111 1111"])
    run(source, tmp_path / "out.csv", keep_card_data="court order 7")
    record = json.loads((tmp_path / "out.csv.run.json").read_text())
    assert record["keep_card_data"] == "court order 7"
    assert "4111 1111 1111 1111" in (tmp_path / "out.csv").read_text()


def test_an_empty_mailbox_gives_an_empty_table(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    outcome = run(folder, tmp_path / "out.parquet")
    assert outcome.summary.rows == 0
    assert pl.read_parquet(tmp_path / "out.parquet").height == 0


def test_an_address_is_fetched_first(tmp_path: Path) -> None:
    source = texts(tmp_path / "a.mbox", ["one", "two"])
    classify_archive(
        Settings(f"file://{source}", tmp_path / "out.parquet"), Watcher(), kernel=kernel
    )
    table = pl.read_parquet(tmp_path / "out.parquet")
    assert table["text"].to_list() == ["one", "two"]


@pytest.mark.skipif(not WILD.is_dir(), reason="the evaluation data is not here")
def test_every_wild_message_is_a_row(tmp_path: Path) -> None:
    files = [path for path in WILD.rglob("*") if path.is_file()]
    outcome = run(WILD, tmp_path / "out.parquet")
    assert outcome.summary.rows + len(outcome.skipped) == len(files)
    sources = pl.read_parquet(tmp_path / "out.parquet")["source"]
    assert sources.n_unique() == outcome.summary.rows


@pytest.mark.parametrize("columns", ["zendesk2", {"text": "Words"}, {"words": "Body"}])
def test_a_mistake_in_the_columns_stops_before_anything_is_read(
    tmp_path: Path, columns: str | dict[str, str]
) -> None:
    (tmp_path / "in.csv").write_text("Ticket ID,Subject,Body\n1,a,b\n2,c,d\n")
    settings = Settings(str(tmp_path / "in.csv"), tmp_path / "out.csv", columns=columns)
    with pytest.raises(IntakeError):
        classify_archive(settings, Watcher(), kernel=kernel)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_result_never_takes_the_place_of_its_inbox(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("Ticket ID,Subject,Body\n1,a,b\n")
    (tmp_path / "same.csv").symlink_to(tmp_path / "in.csv")
    settings = Settings(str(tmp_path / "in.csv"), tmp_path / "same.csv")
    with pytest.raises(IntakeError, match="replace the inbox"):
        classify_archive(settings, Watcher(), kernel=kernel)
