from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import Additions, ComposingError, completed, compose
from pipeline.mail.signing import DkimKey, SigningKeyError, load_keys, signature_fields
from tests.pipeline.mail.test_composing import DRAFT

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
RSA = DkimKey("r", "shop.example", generate_rsa(65537, 2048))
ED25519 = DkimKey("e", "shop.example", Ed25519PrivateKey.generate())


def dns(*keys: DkimKey) -> Callable[..., bytes]:
    records = {f"{key.selector}._domainkey.{key.domain}.": key.dns_record for key in keys}
    return lambda name, timeout=5: records[name.decode()].encode()


def signed(raw: bytes, keys: list[DkimKey], at: datetime) -> bytes:
    return signature_fields(canonical_form(raw), keys, at) + raw


def verified(raw: bytes, number: int = 0) -> bool:
    try:
        return bool(dkim.DKIM(raw).verify(number, dnsfunc=dns(RSA, ED25519)))
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("number", [0, 1])
def test_another_implementation_verifies_both_signatures(number: int) -> None:
    raw = signed(compose(DRAFT), [RSA, ED25519], AT)
    assert verified(raw, number)
    assert max(map(len, raw.split(b"\r\n"))) <= 100


@given(text=st.text(st.characters(codec="utf-8"), max_size=300), subject=st.text(max_size=60))
def test_whatever_can_be_composed_can_be_verified(text: str, subject: str) -> None:
    try:
        raw = compose(replace(DRAFT, text=text, subject=subject))
    except ComposingError:
        return
    assert verified(signed(raw, [ED25519], AT))


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"To: ", b"To: eve@example.org,\r\n "),
        (b"MIME-Version:", b"From: boss@shop.example\r\nMIME-Version:"),
        (b"MIME-Version:", b"Subject: another\r\nMIME-Version:"),
        (b"MIME-Version:", b"Reply-To: eve@example.org\r\nMIME-Version:"),
        (b"MIME-Version:", b"Cc: eve@example.org\r\nMIME-Version:"),
        (b"von hier", b"von dort"),
        (b"/unsubscribe/abc", b"/unsubscribe/abd"),
        (b"One-Click", b"Two-Click"),
    ],
)
def test_no_change_goes_unnoticed(found: bytes, put: bytes) -> None:
    additions = Additions(unsubscribe_url="https://shop.example/unsubscribe/abc")
    raw = signed(compose(completed(DRAFT, additions)), [ED25519], AT)
    assert verified(raw)
    assert found in raw
    assert not verified(raw.replace(found, put))


def test_a_field_in_front_of_the_signed_one_breaks_the_signature() -> None:
    raw = signed(compose(DRAFT), [RSA], AT)
    assert not verified(b"From: boss@shop.example\r\n" + raw)


def test_a_key_signs_for_its_domain_and_those_below() -> None:
    assert RSA.signs_for("orders@shop.example")
    assert RSA.signs_for("orders@mail.SHOP.example")
    assert not RSA.signs_for("orders@othershop.example")


def pem(key: object) -> bytes:
    octets: bytes = key.private_bytes(  # type: ignore[attr-defined]  # any private key
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return octets


def test_keys_are_found_by_the_name_of_their_record(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(pem(ED25519.private))
    (key,) = load_keys({"s1.mail._domainkey.Shop.example": tmp_path / "key"})
    assert (key.selector, key.domain) == ("s1.mail", "shop.example")
    assert key.dns_record == ED25519.dns_record


@pytest.mark.parametrize("content", [b"", b"no key", pem(generate_private_key(SECP256R1()))])
def test_what_cannot_sign_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SigningKeyError, match=r"s\._domainkey\.shop\.example"):
        load_keys({"s._domainkey.shop.example": tmp_path / "key"})
    with pytest.raises(SigningKeyError, match="no DKIM name"):
        load_keys({"shop.example": tmp_path / "key"})
