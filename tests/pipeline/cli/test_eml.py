"""`gatepost eml export`, run as a user runs it."""

import mailbox
import subprocess
import sys
from pathlib import Path

from pipeline.batch.classifying import Settings, classify_archive
from pipeline.batch.watching import Watcher
from tests.pipeline.batch.archives import texts
from tests.pipeline.batch.readers import kernel

GATEPOST = Path(sys.executable).with_name("gatepost")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GATEPOST, "eml", "export", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_selection_becomes_an_mbox_or_an_exit_code(tmp_path: Path) -> None:
    source = texts(tmp_path / "in.mbox", ["one", "my card was stolen"])
    result, output = tmp_path / "out.parquet", tmp_path / "fraud.mbox"
    classify_archive(Settings(str(source), result), Watcher(), kernel=kernel)
    done = run(result, "--where", "intent = 'fraud_claim'", "-o", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 message written" in done.stdout
    assert [message["Subject"] for message in mailbox.mbox(output, create=False)] == ["s1"]
    none = run(result, "--where", "intent = 'spam'", "-o", tmp_path / "none.mbox")
    assert none.returncode == 1
    wrong = run(result, "--where", "intent = spam", "-o", tmp_path / "none.mbox")
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [
        ".json", ".mbox", ".mbox", ".parquet",
    ]  # fmt: skip
