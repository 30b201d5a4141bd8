"""What `gatepost receive` refuses before it takes anything, and that it takes and ends in order."""

import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import typer

from pipeline.cli.receive_commands.imap import imap
from pipeline.cli.receive_commands.listen import lmtp, smtp
from tests.pipeline.sender.support import wait_for

ROOT = Path(__file__).parents[3]
SERVICE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """The verbs send logs to standard error, which is another one for each test."""
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("verb", "given", "said"),
    [
        (lmtp, {"url": SERVICE, "key": ""}, "GATEPOST_API_KEY"),
        (smtp, {"url": SERVICE, "key": "k", "listen": "nowhere"}, "127.0.0.1:8024"),
        (lmtp, {"url": SERVICE, "key": "k", "listen": "192.0.2.1:8024"}, "192.0.2.1"),
        (imap, {"server": "127.0.0.1:9", "username": "a@b.example", "tls": "off", "once": True,
                "url": SERVICE, "key": "k"}, "cannot be used"),
        (imap, {"server": "host:port", "username": "a@b.example", "url": SERVICE, "key": "k"},
         "no host:port"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(
    verb: object, given: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        verb(**given)  # type: ignore[operator]  # a function
    assert ended.value.exit_code == 2
    assert said in capsys.readouterr().err


def test_a_listener_without_its_service_puts_mail_off_and_ends_when_told() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", "from pipeline.cli.main import main; main()", "receive", "lmtp",
         "--listen", "127.0.0.1:0"],
        env={**os.environ, "GATEPOST_URL": SERVICE, "GATEPOST_API_KEY": "k"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = wait_for(process.stdout.readline, bool)
        port = int(line.split(" for ")[0].rpartition(":")[2])
        with smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
            client.ehlo()
            client.mail("a@b.example")
            assert client.rcpt("support@shop.example")[0] == 451
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0
        assert '"event": "cannot_take_mail"' in log
    finally:
        process.kill()
        process.wait()
