"""`gatepost classify` with the starter model."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from classifier.artifact import STARTER_MODEL
from pipeline.cli.classify import classify
from tests.needs import needs

ROOT = Path(__file__).parents[3]
GATEPOST = Path(sys.executable).with_name("gatepost")
INBOX = ROOT / "data" / "inbox.mbox"
SHOP = ROOT / "data" / "shop" / "shop.policy"

pytestmark = needs((ROOT / STARTER_MODEL).exists(), "the starter model: gatepost train")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def run(*arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(classify)
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def test_the_models_own_folder_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(INBOX, "-o", "sorted.parquet")
    assert done.exit_code == 0, done.stderr
    refused = run(INBOX, "-o", "sorted.parquet", "--model", "nowhere")
    assert refused.exit_code == 2
    assert "nowhere" in refused.stderr


def test_the_sample_inbox_becomes_a_table_a_report_and_a_comparison(tmp_path: Path) -> None:
    first = run(INBOX, "-o", tmp_path / "first.parquet")
    assert first.exit_code == 0, first.stderr
    assert "88 messages in, 88 rows out" in first.stdout
    assert "no policy given" in first.stdout
    second = run(
        INBOX, "-o", tmp_path / "second.parquet", "--policy", SHOP, "--report",
        tmp_path / "report.html", "--compare", tmp_path / "first.parquet", "--json",
    )  # fmt: skip
    assert second.exit_code == 0, second.stderr
    found = json.loads(second.stdout)
    assert found["rows"] == 88
    assert found["comparison"]["matched"] == 88
    assert found["comparison"]["intents"] == []
    assert sum(change["messages"] for change in found["comparison"]["modes"]) == 88
    table = pl.read_parquet(tmp_path / "second.parquet")
    assert table["mode"].null_count() == 0
    assert table.filter(mode="gated_all")["rule_at"].str.contains(r"\.policy:\d+$").all()
    assert "Inbox report" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["absent.mbox", "-o", "x.parquet"], "no such file"),
        ([INBOX, "-o", "x.xlsx"], "names no format"),
        ([INBOX, "-o", "x.csv", "--compare", "absent.parquet"], "no such file"),
        ([INBOX, "-o", "x.csv", "--mailbox-mode", "open"], "one of autonomous"),
        ([INBOX, "-o", "x.csv", "--engine", "ray"], "local or dask"),
        ([INBOX, "-o", "x.csv", "--keep-card-data", "so"], "say why"),
        ([INBOX, "-o", "x.csv", "--report", "absent/x.html"], "no folder"),
        ([INBOX, "-o", "x.csv", "--report", "x.txt"], "must end in .html"),
        (["x.pst", "-o", "x.csv"], "readpst"),
    ],
)
def test_bad_input_is_told_in_a_line_and_nothing_is_written(
    tmp_path: Path, arguments: list[str | Path], said: str
) -> None:
    (tmp_path / "x.pst").write_bytes(b"!BDN")
    placed = [
        tmp_path / one if isinstance(one, str) and one.startswith(("x.", "absent")) else one
        for one in arguments
    ]
    done = run(*placed)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["x.pst"]


def test_an_empty_inbox_says_so(tmp_path: Path) -> None:
    (tmp_path / "none.mbox").touch()
    done = run(tmp_path / "none.mbox", "-o", tmp_path / "none.parquet")
    assert done.exit_code == 0
    assert f"no message was found in {tmp_path / 'none.mbox'}\n" in done.stdout
    assert "0 messages in, 0 rows out" in done.stdout


def test_what_is_damaged_is_counted_and_pointed_to(tmp_path: Path) -> None:
    (tmp_path / "x.mbox").write_bytes(b"\x00\xff\x13 no mail at all")
    done = run(tmp_path / "x.mbox", "-o", tmp_path / "x.parquet")
    assert "1 message in, 1 row out: 1 with an error" in done.stdout
    assert "in the column error" in done.stdout


def test_kill_9_and_resume_lose_and_double_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    attached = b"\r\n".join([b"QUJD" * 19] * 60_000)  # more than a shard of 4 MB
    for number in range(8):
        (folder / f"{number}.eml").write_bytes(
            b"From: a@x.example\r\nSubject: s%d\r\nContent-Type: multipart/mixed; boundary=q\r\n"
            b"\r\n--q\r\n\r\nWhere is order %d?\r\n--q\r\nContent-Type: image/png\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--q--\r\n" % (number, number, attached)
        )
    output = tmp_path / "out.parquet"
    process = subprocess.Popen(
        [GATEPOST, "classify", folder, "-o", output, "--workers", "1"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    work = tmp_path / ".out.parquet.work"
    while process.poll() is None and not list(work.glob("*.json")):
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    committed = list(work.glob("*.json"))
    assert 1 <= len(committed) < 8
    assert not output.exists()
    refused = run(folder, "-o", output)
    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    assert run(folder, "-o", output, "--workers", "1", "--resume").exit_code == 0
    assert pl.read_parquet(output)["subject"].to_list() == [f"s{n}" for n in range(8)]
    assert not work.exists()
