"""Store, disk, keys and model, and the command over all of them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.cli.doctor import doctor
from pipeline.doctor import machine
from pipeline.doctor.keys import check_identity_keys, check_private_file
from pipeline.doctor.machine import check_clock, check_disk, check_store
from pipeline.mail.identity_keys import published_keys, rotate
from pipeline.mail.signing import load_keys
from pipeline.store.execution import execute_on_service, now_ms
from pipeline.store.messages import decide
from policy.lifecycle import LifecycleEvent
from tests.pipeline.name_server import name_server
from tests.pipeline.sender.support import Sink, serving
from tests.pipeline.store.support import ADMIN, Session, decided

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (found,) = check_disk(str(tmp_path / "new" / "g.db"), lambda _: SimpleNamespace(free=2**20))
    assert (found.verdict, found.what) == ("failure", "1 MB are free")
    assert check_disk("postgresql://db/gatepost") == []


def test_the_clock_is_looked_at_and_not_touched() -> None:
    assert {one.check for one in check_clock()} <= {"clock"}


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gatepost.db"
    assert check_store(str(path))[0].verdict == "ok"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    assert check_store(str(path))[0].verdict == "failure"
    assert path.stat().st_size == 5016  # and it is left as it was


def test_what_waits_in_a_store_is_told(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(hours: int = 0) -> dict[str, str]:
        monkeypatch.setattr(machine, "now_ms", lambda: now_ms() + hours * 3_600_000)
        return {one.check: str(one.verdict) for one in check_store(str(session.location))}

    key = session.accept()
    seen = {"facts": 1, "content": 1, "policy": 1}
    session.write(lambda connection: decide(connection, key, decided(0, seen)))
    assert found() == {"store": "ok"}
    assert found(hours=2) == {"store": "ok", "queue": "failure"}  # it is due and nobody sends it
    assert found(hours=-1)["clock"] == "failure"
    session.write(lambda connection: execute_on_service(connection, LifecycleEvent.PAUSE, ADMIN))
    assert found(hours=2) == {"store": "ok", "queue": "advice"}  # somebody wants it so


def test_identity_keys(tmp_path: Path) -> None:
    async def there(url: str) -> Any:
        assert url == "https://shop.example/.well-known/gatepost-keys"
        return published_keys(tmp_path)

    async def elsewhere(url: str) -> Any:
        return {"keys": []}

    async def away(url: str) -> Any:
        raise OSError("no route")

    def verdicts(fetch: Any, now: datetime = NOW) -> list[str]:
        folders = {"shop.example": tmp_path}
        return [str(one.verdict) for one in asyncio.run(check_identity_keys(folders, fetch, now))]

    assert verdicts(there) == ["failure"]  # there is no key at all
    kid = rotate(tmp_path, NOW)
    assert verdicts(there) == ["ok"]
    assert verdicts(elsewhere) == ["failure"]
    assert verdicts(away) == ["failure"]
    assert verdicts(there, NOW + timedelta(days=91)) == ["advice", "ok"]
    (tmp_path / f"{kid}.pem").chmod(0o644)
    assert verdicts(there) == ["failure", "ok"]


def test_a_key_that_is_not_there(tmp_path: Path) -> None:
    (found,) = check_private_file("dkim", tmp_path / "none.pem")
    assert found.verdict == "failure"


def test_the_command_on_the_store_of_a_service(
    tmp_path: Path, smtp: Sink, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pem = tmp_path / "key.pem"
    private = Ed25519PrivateKey.generate()
    pem.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem.chmod(0o600)
    files = {"s._domainkey.yourstore.example": pem}
    monkeypatch.setenv("GATEPOST_DKIM_KEYS", json.dumps({n: str(p) for n, p in files.items()}))
    records = {
        ("yourstore.example", "MX"): ["10 mx.yourstore.example."],
        ("yourstore.example", "TXT"): ["v=spf1 mx -all"],
        ("s._domainkey.yourstore.example", "TXT"): [load_keys(files)[0].dns_record],
        ("_dmarc.yourstore.example", "TXT"): ["v=DMARC1; p=reject"],
    }

    def run(resolver: str, model: Path | None = None) -> tuple[int, dict[str, str]]:
        with pytest.raises(typer.Exit) as ended:
            doctor(
                smtp=f"127.0.0.1:{smtp.port}", smtp_tls="off", resolver=resolver, as_json=True,
                store=str(tmp_path / "gatepost.db"), model=model,
            )  # fmt: skip
        found = json.loads(capsys.readouterr().out)
        return ended.value.exit_code, {one["check"]: one["verdict"] for one in found}

    with serving(tmp_path, smtp.port):
        pass
    with name_server(records) as resolver:
        capsys.readouterr()  # what the service logged
        code, found = run(resolver)
        assert found["store"] == found["smtp"] == found["model"] == found["dkim"] == "ok"
        assert found["mx"] == found["spf"] == found["dmarc"] == "ok"  # of the mailbox's domain
        assert code == 0
    with name_server({**records, ("_dmarc.yourstore.example", "TXT"): []}) as resolver:
        code, found = run(resolver, model=tmp_path / "none")
        assert (code, found["dmarc"], found["model"]) == (1, "failure", "failure")


def test_a_resolver_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        doctor(resolver="dns.example")
    assert ended.value.exit_code == 2
    assert "name server" in capsys.readouterr().err
