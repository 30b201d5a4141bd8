from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from policy.rules import Policy
from proofs.certificate import CERTIFICATE, SIGNATURE, CertificateError, certificate_for
from proofs.recheck import recheck
from proofs.signature import private_key, public_key, sign, signature_objections
from tests.proofs.shop import small


def written(folder: Path, name: str) -> tuple[Path, Path]:
    """A new key pair as PEM files: private, public."""
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}.pem", folder / f"{name}_public.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.fixture(scope="module")
def policy() -> Policy:
    return small('allow monitored "orders" when kind is transactional')


@pytest.fixture
def folder(policy: Policy, tmp_path: Path) -> Path:
    certificate_for(policy).write(tmp_path / "proof")
    return tmp_path / "proof"


def test_only_the_demanded_key_is_accepted(policy: Policy, folder: Path, tmp_path: Path) -> None:
    private, public = written(tmp_path, "ours")
    _, foreign = written(tmp_path, "foreign")
    assert recheck(policy, folder) == ()
    assert recheck(policy, folder, public) == ("it is not signed",)
    sign(folder, private_key(private))
    assert recheck(policy, folder, public) == ()
    (objection,) = recheck(policy, folder, foreign)
    assert "not by the key that is demanded" in objection


def test_an_octet_changed_after_signing_is_seen(folder: Path, tmp_path: Path) -> None:
    private, public = written(tmp_path, "ours")
    sign(folder, private_key(private))
    path = folder / CERTIFICATE
    path.write_bytes(path.read_bytes() + b"\n")
    assert signature_objections(folder, public_key(public)) != ()


def test_a_certificate_written_anew_is_not_signed(
    policy: Policy, folder: Path, tmp_path: Path
) -> None:
    private, _ = written(tmp_path, "ours")
    sign(folder, private_key(private))
    assert len((folder / SIGNATURE).read_bytes()) == 64
    certificate_for(policy).write(folder)
    assert not (folder / SIGNATURE).exists()


def test_what_is_no_ed25519_key_is_told(tmp_path: Path) -> None:
    private, public = written(tmp_path, "ours")
    rsa = tmp_path / "rsa.pem"
    other = generate_private_key(public_exponent=65537, key_size=2048)
    rsa.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    secret = tmp_path / "secret.pem"
    secret.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")
        )
    )
    for path in (public, rsa, secret, tmp_path / "missing.pem"):
        with pytest.raises(CertificateError, match=path.name):
            private_key(path)
    for path in (private, rsa, tmp_path / "missing.pem"):
        with pytest.raises(CertificateError, match=path.name):
            public_key(path)
