"""Access tokens: from a file or a command, anew each time, and nothing else taken for one."""

import stat
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from pipeline.access_token import AccessToken, TokenError
from pipeline.cli.serving_options import settings_or_exit
from pipeline.sender.settings import Settings


def command(folder: Path, script: str) -> str:
    path = folder / "a token"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"'{path}' secret-argument"


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = AccessToken(file=path)
    for text in ("ya29.one\n", "ya29.two"):
        path.write_text(text)
        assert token.read() == text.strip()


def test_a_command_is_run_without_a_shell_each_time(tmp_path: Path) -> None:
    (tmp_path / "n").write_text("")
    token = AccessToken(command=command(tmp_path, f'cd "{tmp_path}"; echo x >> n; wc -l < n'))
    assert [token.read(), token.read()] == ["1", "2"]
    with pytest.raises(TokenError):
        AccessToken(command="echo a b; echo c").read()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo secret; exit 3", "exit code 3"),
        ("echo secret word", "no access token"),
        ("true", "no access token"),
        ("printf 'a\\r\\nRSET'", "no access token"),
    ],
)
def test_what_is_no_token_is_told_and_not_shown(tmp_path: Path, script: str, why: str) -> None:
    with pytest.raises(TokenError, match=why) as error:
        AccessToken(command=command(tmp_path, script)).read()
    assert "secret" not in str(error.value)


def test_a_command_that_hangs_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.access_token._SECONDS", 0.05)
    with pytest.raises(TokenError, match="longer than"):
        AccessToken(command="sleep 5").read()
    for missing in (AccessToken(command="/nowhere/at-all"), AccessToken(file=tmp_path / "none")):
        with pytest.raises(TokenError, match=r"cannot be (run|read)"):
            missing.read()


@given(st.text(max_size=30))
def test_only_what_can_stand_in_a_sign_in_is_a_token(text: str) -> None:
    try:
        token = AccessToken(given=text).read()
    except TokenError:
        return
    assert token.isascii()
    assert token.isprintable()
    assert " " not in token


def test_it_does_not_show_in_a_log() -> None:
    assert "ya29" not in repr(AccessToken(given="ya29.x"))


def test_one_way_to_sign_in_is_given() -> None:
    assert Settings(smtp_username="me", smtp_token_command="echo x").smtp_token is not None
    for more in ({"smtp_password": "x"}, {"smtp_token_file": "x"}):
        with pytest.raises(ValueError, match="give one of"):
            Settings(smtp_username="me", smtp_token_command="echo x", **more)
    with pytest.raises(ValueError, match="SMTP_USERNAME"):
        Settings(smtp_token_command="echo x")


def test_two_ways_are_told_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATEPOST_SMTP_TOKEN_COMMAND", "echo x")
    with pytest.raises(typer.Exit):
        settings_or_exit(None, None, None)
    said = "gatepost: an access token is somebody's; give GATEPOST_SMTP_USERNAME, too\n"
    assert capsys.readouterr().err == said
