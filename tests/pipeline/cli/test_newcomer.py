"""What a newcomer meets: help, the version, a slip of the hand, a wrong place to stand."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from pipeline.cli.project import here_or_in_project
from tests.pipeline.cli.test_main import GATEPOST, SHOP

SERVE = ("serve", "--policy", SHOP, "--without-classifier")


def run(folder: Path, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command as run in `folder`; it must not end in a traceback, whatever it was given."""
    done = subprocess.run(
        [GATEPOST, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60,
        check=False, env={**os.environ, "COLUMNS": "100", **variables}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode != 70
    return done


def test_version_and_a_verb_that_was_misspelt(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == "0.1.0\n"
    assert "Did you mean 'policy'?" in run(tmp_path, "polcy").stderr
    assert "Did you mean 'verify'?" in run(tmp_path, "policy", "verfy").stderr


def test_help_is_as_wide_as_the_terminal(tmp_path: Path) -> None:
    shown = run(tmp_path, "serve", "--help", COLUMNS="200").stdout
    assert "Exit code 0: stopped in good order. 1: the policy is refuted, or its" in shown
    assert "--no-" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve", "--policy", "nowhere.policy"), "nowhere.policy cannot be read"),
        ((*SERVE, "--smtp", "localhost:abc"), "--smtp or GATEPOST_SMTP_PORT: "),
        ((*SERVE, "--smtp-tls", "yes"), "--smtp-tls or GATEPOST_SMTP_TLS: "),
        ((*SERVE, "--store", "gone/away/x.db"), "the store gone/away/x.db cannot be made"),
        (("store", "status", "--store", "gone"), "that is no store of Gatepost"),
        (("explain", "nowhere.eml"), "nowhere.eml cannot be read: No such file"),
        (("identity", "verify", "nowhere.eml"), "nowhere.eml cannot be read: No such file"),
        (("reload", "--url", "http://127.0.0.1:1", "--key", "k"), "start the service with"),
        (("reload", "--key", ""), "gatepost key create NAME --scope admin"),
        (("mcp", "--key", ""), "gatepost key create NAME --scope send --scope read"),
        (("audit", "verify", "--store", "none.db"), "there is no store none.db"),
        (("model", "list", "--model", "nowhere"), "gatepost train"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence_with_exit_code_2(
    tmp_path: Path, arguments: tuple[str | Path, ...], said: str
) -> None:
    (tmp_path / "gone").write_text("a file, not a folder")
    done = run(tmp_path, *arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not list(tmp_path.glob("*.db"))


def test_a_place_that_is_taken_costs_no_keys(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = run(tmp_path, *SERVE, "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; name" in done.stderr
    assert "key for" not in done.stdout
    assert not (tmp_path / "gatepost.db").exists()


def test_a_misspelt_setting_is_not_passed_over(tmp_path: Path) -> None:
    done = run(tmp_path, *SERVE, GATEPOST_CERTIFICATE_PUBLICKEY="key.pem")
    assert done.returncode == 2
    assert "did you mean GATEPOST_CERTIFICATE_PUBLIC_KEY?" in done.stderr


def test_what_is_not_here_is_looked_for_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert here_or_in_project(Path("data/shop")) == SHOP.parent
    assert here_or_in_project(Path("data/nowhere")) == Path("data/nowhere")
    (tmp_path / "data" / "shop").mkdir(parents=True)
    assert here_or_in_project(Path("data/shop")) == Path("data/shop")
    assert here_or_in_project(tmp_path / "x") == tmp_path / "x"
