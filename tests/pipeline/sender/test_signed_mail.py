"""What leaves is signed, and the signed bytes are those that were decided about."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dkim
import httpx
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.cli.identity_commands.verify import verify
from pipeline.mail.identity import verify_identity
from pipeline.mail.identity_keys import rotate
from pipeline.mail.signing import load_keys
from policy.digest import digest
from tests.pipeline.sender.support import EMAIL, Running, Sink, policy, serving, wait_for


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    files = {
        "r._domainkey.yourstore.example": generate_private_key(65537, 2048),
        "e._domainkey.yourstore.example": Ed25519PrivateKey.generate(),
        "o._domainkey.other.example": Ed25519PrivateKey.generate(),
    }
    for name, key in files.items():
        octets = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / name).write_bytes(octets)
    return {name: tmp_path / name for name in files}


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink, keys: dict[str, Path]) -> Iterator[Running]:
    rotate(tmp_path / "identity", datetime.now(UTC))
    with serving(
        tmp_path, smtp.port, dkim_keys=keys, operator="Your Store Ltd",
        identity_keys={"yourstore.example": tmp_path / "identity"},
    ) as running:  # fmt: skip
        yield running


def test_mail_is_signed_with_every_key_of_its_domain(
    shop: Running, smtp: Sink, keys: dict[str, Path]
) -> None:
    sent = shop.post("/v1/emails", {**EMAIL, "text": ".\n..\nlast"}).json()["id"]
    shop.until(sent, "sent")
    wait_for(lambda: len(smtp.got), bool)
    raw = smtp.got[0][1]
    assert raw.count(b"DKIM-Signature:") == 2
    records = {f"{key.record_name}.": key.dns_record.encode() for key in load_keys(keys)}
    for number in range(2):
        assert dkim.DKIM(raw).verify(number, dnsfunc=lambda name, timeout=5: records[name.decode()])
    decided = shop.get(f"/v1/emails/{sent}").json()["mime_sha256"]
    assert hashlib.sha256(raw).hexdigest() == decided


def test_what_leaves_says_who_let_it_leave(
    shop: Running, smtp: Sink, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = shop.post("/v1/emails", {**EMAIL, "subject": "Grüße"}).json()["id"]
    shop.until(first, "sent")
    wait_for(lambda: len(smtp.got), bool)
    raw = smtp.got[0][1]
    published = httpx.get(f"{shop.url}/.well-known/gatepost-keys").json()
    found = verify_identity(raw, published, datetime.now(UTC))
    assert found.holds, found.problems
    assert found.claims["operator"] == "Your Store Ltd"
    assert found.claims["author"] == {"kind": "agent", "name": "first sender"}
    assert found.claims["mode"] == "monitored"
    assert found.claims["policy"] == digest(policy())
    signed = raw[: raw.index(b"\r\n\r\n")].split(b"Gatepost-Identity:")[0]
    assert signed.count(b"gatepost-identity") == 4  # twice under each DKIM key: none can be added
    message, keys = tmp_path / "message.eml", tmp_path / "published.json"
    message.write_bytes(raw.replace(b"\r\n", b"\n"))
    keys.write_text(json.dumps(published))
    with pytest.raises(typer.Exit) as ended:
        verify(message, keys, as_json=True)
    assert ended.value.exit_code == 0
    assert json.loads(capsys.readouterr().out)["claims"]["iss"] == "yourstore.example"
    message.write_bytes(raw.replace(b"Thank you", b"No thanks"))
    with pytest.raises(typer.Exit) as ended:
        verify(message, keys)
    assert ended.value.exit_code == 1
    assert "the body was changed" in capsys.readouterr().out


def test_a_rotation_needs_no_restart(shop: Running, smtp: Sink, tmp_path: Path) -> None:
    kid = rotate(tmp_path / "identity", datetime.now(UTC))
    sent = shop.post("/v1/emails", EMAIL).json()["id"]
    shop.until(sent, "sent")
    wait_for(lambda: len(smtp.got), bool)
    published = httpx.get(f"{shop.url}/.well-known/gatepost-keys").json()
    assert len(published["keys"]) == 2
    assert published["keys"][0]["kid"] == kid
    only_new = {"keys": published["keys"][:1]}
    assert verify_identity(smtp.got[0][1], only_new, datetime.now(UTC)).holds
