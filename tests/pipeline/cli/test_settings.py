import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.settings import settings
from tests.pipeline.sender.test_corrections import app_of

DATABASE = "postgresql://gatepost:hunter2@db.internal/gatepost?passfile=/hunter3"


def run(*arguments: str, **variables: str) -> Result:
    without = dict.fromkeys(name for name in os.environ if name.startswith("GATEPOST_"))
    return CliRunner().invoke(app_of(settings), list(arguments), env={**without, **variables})


def rows(result: Result) -> dict[str, dict[str, str]]:
    assert result.exit_code == 0, result.output
    return {row["name"]: row for row in map(json.loads, result.stdout.splitlines())}


def test_each_setting_says_where_it_comes_from_and_an_option_stands_first() -> None:
    found = rows(
        run("--smtp", "mail.shop.example:2525", "--json", GATEPOST_SMTP_HOST="other.example",
            GATEPOST_TIMEZONE="Europe/Vienna")
    )  # fmt: skip
    assert (found["smtp_host"]["value"], found["smtp_host"]["from"]) == (
        "mail.shop.example", "--smtp",
    )  # fmt: skip
    assert (found["smtp_port"]["value"], found["smtp_port"]["from"]) == (2525, "--smtp")
    assert found["timezone"]["from"] == "GATEPOST_TIMEZONE"
    assert found["keep_trying_hours"] == {
        "name": "keep_trying_hours", "value": 48, "from": "default",
        "variable": "GATEPOST_KEEP_TRYING_HOURS",
        "description": "how long a message may wait for a server",
    }  # fmt: skip


@pytest.mark.parametrize("form", ["--json", "--changed"])
def test_no_secret_is_shown(form: str) -> None:
    result = run(
        form, GATEPOST_STORE=DATABASE, GATEPOST_METRICS_TOKEN="hunter4",
        GATEPOST_SMTP_USERNAME="u", GATEPOST_SMTP_PASSWORD="hunter5",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "hunter" not in result.output
    assert "db.internal/gatepost" in result.output


@pytest.mark.parametrize("form", ["--json", "--changed"])
def test_of_a_command_only_the_program_is_shown(form: str) -> None:
    given = {
        "GATEPOST_SMTP_USERNAME": "u",
        "GATEPOST_SMTP_TOKEN_COMMAND": "print-token --key hunter8",
    }
    result = run(form, **given)
    assert result.exit_code == 0, result.output
    assert "print-token ***" in result.output
    assert "hunter" not in result.output
    bare = run(form, **given | {"GATEPOST_SMTP_TOKEN_COMMAND": "print-token"})
    assert "print-token" in bare.output
    assert "***" not in bare.output


@pytest.mark.parametrize(
    "store", ["postgresql://u:hunter@2:x@db/n", "postgresql://u:hunter2@db:x/n"]
)
def test_a_store_that_is_no_url_is_shown_without_what_may_be_its_password(store: str) -> None:
    result = run("--changed", GATEPOST_STORE=store)
    assert result.exit_code == 0, result.output
    assert "postgresql://***" in result.output
    assert "hunter" not in result.output


def test_a_credential_of_the_service_manager_is_a_secret_that_stands_in_no_variable(
    tmp_path: Path,
) -> None:
    (tmp_path / "gatepost_metrics_token").write_text("hunter6\n")
    (tmp_path / "GATEPOST_TIMEZONE").write_text("Europe/Vienna\n")
    (tmp_path / "of_somebody_else").write_text("hunter7\n")
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    found = rows(run("--json", **given))
    assert found["metrics_token"]["from"] == "credential gatepost_metrics_token"
    assert found["timezone"]["value"] == "Europe/Vienna"
    assert "hunter" not in run(**given).output
    # A variable stands before it, and a folder that is not there gives nothing.
    assert rows(run("--json", **given, GATEPOST_TIMEZONE="UTC"))["timezone"]["value"] == "UTC"
    gone = rows(run("--json", CREDENTIALS_DIRECTORY=str(tmp_path / "gone")))
    assert gone["timezone"]["from"] == "default"


def test_a_credential_that_cannot_be_used_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "gatepost_smtp_port").write_text("often")
    result = run(CREDENTIALS_DIRECTORY=str(tmp_path))
    assert result.exit_code == 2
    assert "GATEPOST_SMTP_PORT" in result.stderr


def test_only_what_was_changed() -> None:
    result = run("--changed", GATEPOST_SMTP_TLS="off")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["smtp_tls", "off", "GATEPOST_SMTP_TLS"]
    ]
    assert "Every setting is as by default." in run("--changed").stderr


def test_a_variable_that_is_no_setting_is_named() -> None:
    result = run(GATEPOST_COFFEE="black", GATEPOST_URL="https://x.example")
    assert result.stderr.splitlines() == ["gatepost: GATEPOST_COFFEE is no setting"]


def test_a_setting_that_cannot_be_used_is_exit_code_2() -> None:
    result = run(GATEPOST_SMTP_PORT="0")
    assert result.exit_code == 2
    assert "GATEPOST_SMTP_PORT" in result.stderr
