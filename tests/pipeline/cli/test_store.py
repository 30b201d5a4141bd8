"""`gatepost store …` as a person runs it."""

import json
from pathlib import Path

import pytest
import typer
from pysqlite3 import dbapi2 as sqlite
from typer.testing import CliRunner

from pipeline.cli.store_commands.restored import restored
from pipeline.cli.store_commands.status import status
from pipeline.cli.store_commands.upgrade import upgrade
from pipeline.store.database import Store
from pipeline.store.schema import head

_APP = typer.Typer()
for verb in (restored, status, upgrade):
    _APP.command()(verb)


def gatepost(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(_APP, list(arguments), env={"COLUMNS": "200"})
    return done.exit_code, done.output


@pytest.fixture
def path(tmp_path: Path) -> str:
    location = tmp_path / "gatepost.db"
    Store(location).close()
    return str(location)


def test_status_tells_what_is_there(path: str) -> None:
    code, shown = gatepost("status", "--json", "--store", path)
    assert code == 0
    found = json.loads(shown)
    assert (found["schema"], found["messages"], found["paused"]) == (head(), {}, False)
    assert gatepost("status", "--store", path)[1].endswith("no messages yet\n")


@pytest.mark.parametrize("verb", ["status", "upgrade", "restored"])
def test_no_store_is_made_by_asking_for_it(verb: str, tmp_path: Path) -> None:
    missing = tmp_path / "other.db"
    code, shown = gatepost(verb, "--store", str(missing))
    assert code == 2
    assert "no store" in shown
    assert not missing.exists()


def test_a_restored_store_is_paused(path: str) -> None:
    code, shown = gatepost("restored", "--store", path)
    assert code == 0
    assert "0 messages are in doubt, 0 will be decided anew; sending is paused\n" in shown
    assert "then resume sending" in shown
    assert "sending   paused" in gatepost("status", "--store", path)[1]


def test_an_older_store_is_told_from_a_newer_one(path: str) -> None:
    assert gatepost("upgrade", "--store", path) == (
        0, f"schema {head()}, up to date already\n",
    )  # fmt: skip
    with sqlite.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    code, shown = gatepost("upgrade", "--store", path)
    assert code == 2
    assert "later one" in shown
