"""What leaves is signed, and the signed bytes are those that were decided about."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.mail.signing import load_keys
from tests.pipeline.sender.support import EMAIL, Running, Sink, serving, wait_for


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
    with serving(tmp_path, smtp.port, dkim_keys=keys) as running:
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
