"""`gatepost serve` as a process: what it refuses, and how it starts and stops."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.pipeline.sender.support import EMAIL, MAILBOX, POLICY, Sink, wait_for

ROOT = Path(__file__).parents[3]
SERVE = [
    sys.executable, "-c", "import typer; from pipeline.cli.serve import serve; typer.run(serve)",
]  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVE, *arguments], capture_output=True, text=True, timeout=90, check=False, cwd=ROOT
    )


def write_policy(folder: Path, text: str = POLICY) -> str:
    path = folder / "shop.policy"
    path.write_text(text)
    return str(path)


def test_without_its_fraud_rules_a_policy_is_not_served(tmp_path: Path) -> None:
    without = POLICY.replace("use fraud, ", "use ")
    store = tmp_path / "gatepost.db"
    done = run("--policy", write_policy(tmp_path, without), "--store", str(store))
    assert done.returncode == 1, done.stderr
    assert "refuted" in done.stderr
    assert "tags has fraud_risk" in done.stderr or "fraud_risk" in done.stderr  # the witness
    assert not store.exists()


def test_a_policy_with_mistakes_is_shown_and_not_served(tmp_path: Path) -> None:
    done = run("--policy", write_policy(tmp_path, POLICY.replace("kind is", "kin is")))
    assert done.returncode == 2
    assert "shop.policy:" in done.stderr


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    done = run("--policy", write_policy(tmp_path), "--smtp", "host:port")
    assert done.returncode == 2
    assert "--smtp" in done.stderr
    assert "integer" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_serves_a_proved_policy_and_stops_in_good_order(tmp_path: Path, smtp: Sink) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *SERVE, "--policy", write_policy(tmp_path), "--store", str(tmp_path / "gatepost.db"),
            "--smtp", f"127.0.0.1:{smtp.port}", "--smtp-tls", "off", "--port", str(port),
            "--without-classifier",
        ],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(url) or process.poll() is not None, bool, 60)
        assert process.stdout is not None
        shown = "".join(process.stdout.readline() for _ in range(4))
        keys = dict(re.findall(r"key for (\w+) \(shown this once\): (\S+)", shown))
        assert set(keys) == {"administration", "sending", "oversight"}
        assert "proved" in shown
        headers = {"Authorization": f"Bearer {keys['administration']}"}
        made = httpx.post(f"{url}/v1/mailboxes", json=MAILBOX, headers=headers)
        assert made.status_code == 201
        # Nobody classifies, so what a classifier would know gates the message.
        headers = {"Authorization": f"Bearer {keys['sending']}"}
        held = httpx.post(f"{url}/v1/emails", json=EMAIL, headers=headers).json()
        assert held["status"] == "held"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health").status_code == 200
    except httpx.HTTPError:
        return False
