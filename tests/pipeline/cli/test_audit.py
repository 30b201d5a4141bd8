"""`gatepost audit`, while the service has the store open."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from tests.pipeline.store.support import Session


def run(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = (
        f"import typer; from pipeline.cli.audit_commands.{verb} import {verb}; typer.run({verb})"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


def test_an_export_checks_out_without_us(tmp_path: Path) -> None:
    path, out = tmp_path / "gatepost.db", tmp_path / "audit.jsonl"
    with Session(path) as session:
        session.accept()
        done = run("verify", "--store", str(path))
        assert done.returncode == 0, done.stderr
        assert "unbroken" in done.stdout
        assert run("export", "--store", str(path), "-o", str(out)).returncode == 0
    previous = "0" * 64
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == 3
    for row in rows:
        sealed = {name: value for name, value in row.items() if name != "hash"}
        text = json.dumps(sealed, sort_keys=True, separators=(",", ":"))
        assert row["previous_hash"] == previous
        assert row["hash"] == hashlib.sha256(text.encode()).hexdigest()
        previous = row["hash"]
    assert previous in done.stdout


def test_a_changed_log_is_found(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    with Session(path) as session:
        session.write(
            lambda connection: connection.exec_driver_sql("DROP TRIGGER audit_refuses_update")
        )
        session.write(
            lambda connection: connection.exec_driver_sql("UPDATE audit SET actor_id = 'x'")
        )
        done = run("verify", "--store", str(path))
    assert done.returncode == 1
    assert "row 1" in done.stderr


def test_no_store_is_said(tmp_path: Path) -> None:
    done = run("verify", "--store", str(tmp_path / "none.db"))
    assert done.returncode == 2
    assert "there is no store" in done.stderr
    (tmp_path / "text.db").write_text("hello" * 1000)
    assert run("export", "--store", str(tmp_path / "text.db")).returncode == 2
