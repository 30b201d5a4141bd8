"""Who may sign in, from the command line."""

import subprocess
import sys
from pathlib import Path

from pipeline.store.database import read_store
from pipeline.store.tables import person

ROOT = Path(__file__).parents[3]


def gatepost(
    folder: Path, *arguments: str, password: str = "correct horse battery"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from pipeline.cli.main import main; main()", "person", *arguments],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
        env={"GATEPOST_PASSWORD": password, "COLUMNS": "200"},
    )  # fmt: skip


def test_a_person_is_made_listed_and_disabled(tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "gatepost.db"))
    made = gatepost(tmp_path, "create", "ada", "--role", "fraud_team", *store)
    assert made.returncode == 0, made.stderr
    assert "otpauth://totp/Gatepost:ada?secret=" in made.stdout
    kept = read_store(
        tmp_path / "gatepost.db",
        lambda connection: connection.execute(person.select()).mappings().one(),
    )
    assert kept["password_hash"].startswith("$argon2id$")
    assert kept["roles"] == ["fraud_team"]
    assert gatepost(tmp_path, "create", "ada", *store).returncode == 2
    listed = gatepost(tmp_path, "list", *store)
    assert "fraud_team" in listed.stdout
    assert kept["totp_secret"] not in listed.stdout
    assert gatepost(tmp_path, "disable", "ada", *store).returncode == 0
    assert "disabled since" in gatepost(tmp_path, "list", *store).stdout
    assert gatepost(tmp_path, "disable", "ada", *store).returncode == 2


def test_a_short_password_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    done = gatepost(tmp_path, "create", "ada", "--store", str(path), password="short")
    assert done.returncode == 2
    assert "at least 12" in done.stderr
    assert not path.exists()


def test_a_new_password_and_second_factor_for_whoever_lost_one(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    store = ("--store", str(path))

    def kept() -> dict[str, object]:
        return read_store(
            path, lambda connection: dict(connection.execute(person.select()).mappings().one())
        )

    gatepost(tmp_path, "create", "ada", "--role", "fraud_team", *store)
    gatepost(tmp_path, "disable", "ada", *store)
    before = kept()
    renewed = gatepost(tmp_path, "renew", "ada", *store, password="another horse battery")
    assert renewed.returncode == 0, renewed.stderr
    after = kept()
    assert str(after["totp_secret"]) in renewed.stdout
    for column in ("password_hash", "totp_secret", "disabled_at"):
        assert after[column] != before[column]
    assert after["disabled_at"] is None
    assert after["roles"] == ["fraud_team"]
    nobody = gatepost(tmp_path, "renew", "eve", *store)
    assert nobody.returncode == 2
    assert "no person eve" in nobody.stderr


def test_where_nobody_can_be_asked_the_variable_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli.main import main; main()", "person", "create",
         "ada", "--store", str(tmp_path / "gatepost.db")],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env={},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "gatepost: nobody is there to be asked for a password; set GATEPOST_PASSWORD"
    ]
