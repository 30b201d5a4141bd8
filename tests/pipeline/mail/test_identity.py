"""The signed identity: what it says, and that nobody can carry it to another message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.addresses import Mailbox
from pipeline.mail.canonical import canonical_form
from pipeline.mail.composing import ComposingError, Draft, compose
from pipeline.mail.identity import (
    IdentityKey,
    Provenance,
    Verified,
    claimed_domain,
    identity_field,
    verify_identity,
)
from pipeline.mail.identity_keys import IdentityFolder, published_keys, rotate
from pipeline.mail.signing import SigningKeyError
from tests.pipeline.mail.test_composing import DRAFT

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
AGENT = Provenance("Corner Shop", "agent", "helpdesk", "monitored", "a" * 64, "b" * 16)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("identity")
    rotate(path, AT)
    return path


@pytest.fixture(scope="module")
def key(folder: Path) -> IdentityKey:
    return IdentityFolder("shop.example", folder).key()


def signed(key: IdentityKey, draft: Draft = DRAFT, provenance: Provenance = AGENT) -> bytes:
    raw = compose(draft)
    return identity_field(canonical_form(raw), provenance, key, AT) + raw


def checked(raw: bytes, folder: Path, now: datetime = AT) -> Verified:
    return verify_identity(raw, published_keys(folder), now)


def test_it_says_who_let_the_message_leave(key: IdentityKey, folder: Path) -> None:
    raw = signed(key)
    assert max(map(len, raw.split(b"\r\n"))) <= 100
    found = checked(raw, folder)
    assert found.holds, found.problems
    assert found.claims["author"] == {"kind": "agent", "name": "helpdesk"}
    assert found.claims["mode"] == "monitored"
    assert found.claims["policy"] == "a" * 64
    assert claimed_domain(raw) == "shop.example"


def test_of_a_person_it_does_not_tell_which(key: IdentityKey, folder: Path) -> None:
    found = checked(signed(key, provenance=replace(AGENT, author="person", name="Eva")), folder)
    assert found.claims["author"] == {"kind": "person"}


def test_another_library_reads_the_published_keys(key: IdentityKey, folder: Path) -> None:
    (token,) = canonical_form(signed(key)).values("gatepost-identity")
    keys = jwt.PyJWKSet.from_dict(published_keys(folder))
    claims = jwt.decode(token.replace(" ", ""), keys[key.kid], ["EdDSA"],
                        options={"verify_iat": False})  # fmt: skip
    assert claims["operator"] == "Corner Shop"


@given(text=st.text(max_size=200), subject=st.text(max_size=60), name=st.text(max_size=20))
def test_whatever_can_be_composed_can_be_verified(
    key: IdentityKey, folder: Path, text: str, subject: str, name: str
) -> None:
    sender = Mailbox(DRAFT.sender.address, name)
    try:
        raw = signed(key, replace(DRAFT, text=text, subject=subject, sender=sender))
    except ComposingError:
        return
    assert checked(raw, folder).problems == ()


@pytest.mark.parametrize(
    ("found", "put", "problem"),
    [
        (b"Subject: ", b"Subject: Re: ", "Subject was"),
        (b"To: ", b"To: eve@example.org, ", "To was"),
        (b"MIME-Version:", b"Reply-To: eve@example.org\r\nMIME-Version:", "Reply-To was not there"),
        (b"MIME-Version:", b"Cc: eve@example.org\r\nMIME-Version:", "Cc was not there"),
        (b"MIME-Version:", b"From: boss@shop.example\r\nMIME-Version:", "From was"),
        (b"Message-ID: <", b"Message-ID: <9", "Message-Id was"),
        (b"@shop.example>\r\n", b"@evil.example>\r\n", "does not speak for"),
        (b"von hier", b"von dort", "the body was changed"),
        (b"Gatepost-Identity: e", b"Gatepost-Identity: f", "no signature"),
    ],
)
def test_every_change_is_told(
    key: IdentityKey, folder: Path, found: bytes, put: bytes, problem: str
) -> None:
    raw = signed(key)
    assert found in raw
    problems = checked(raw.replace(found, put, 1), folder).problems
    assert any(problem in one for one in problems), problems


def test_a_copied_header_holds_nowhere_else(key: IdentityKey, folder: Path) -> None:
    raw = signed(key)
    header = raw[: raw.index(b"\r\nFrom:") + 2]
    another = compose(replace(DRAFT, text="Send your card number.", message_id="<2@shop.example>"))
    assert not checked(header + another, folder).holds
    assert not checked(header + raw, folder).holds  # two are as good as none
    assert not checked(another, folder).holds


def test_no_domain_speaks_for_another(folder: Path) -> None:
    own = IdentityFolder("evil.example", folder).key()
    for sender in (b"a@shop.example, <b@evil.example>", b'"x" <a@notevil.example>', b"a@example"):
        body = b"From: " + sender + b"\r\nSubject: x\r\n\r\nhello\r\n"
        raw = identity_field(canonical_form(body), AGENT, own, AT) + body
        assert claimed_domain(raw) is None
        assert not checked(raw, folder).holds


def test_another_algorithm_or_type_is_refused(key: IdentityKey, folder: Path) -> None:
    raw = compose(DRAFT)
    headers = {"kid": key.kid, "typ": "gatepost-identity+jws"}
    claims = {"iss": "shop.example", "iat": int(AT.timestamp())}
    forged = jwt.encode(claims, "x" * 32, "HS256", headers=headers)
    assert "does not hold" in checked(_with(forged, raw), folder).problems[0]
    unsigned = jwt.encode(claims, None, "none", headers=headers)
    assert "does not hold" in checked(_with(unsigned, raw), folder).problems[0]
    other = jwt.encode(claims, key.private, "EdDSA", headers={"kid": key.kid})
    assert "no identity of a message" in checked(_with(other, raw), folder).problems[0]


def _with(token: str, raw: bytes) -> bytes:
    return f"Gatepost-Identity: {token}\r\n".encode() + raw


@given(st.binary(max_size=300))
def test_garbage_is_not_verified_and_breaks_nothing(folder: Path, octets: bytes) -> None:
    value = octets.replace(b"\r", b"").replace(b"\n", b"")
    raw = b"Gatepost-Identity: " + value + b"\r\n" + compose(DRAFT)
    assert not checked(raw, folder).holds
    assert claimed_domain(raw) is None


def test_mail_signed_before_a_rotation_is_verified_after_it(tmp_path: Path) -> None:
    keys = IdentityFolder("shop.example", _made(tmp_path))
    before = signed(keys.key())
    first = keys.key().kid
    second = rotate(tmp_path, AT + timedelta(days=30))
    assert keys.key().kid == second != first
    assert [path.stem for path in tmp_path.glob("*.pem")] == [second]
    assert (tmp_path / f"{second}.pem").stat().st_mode & 0o077 == 0
    now = AT + timedelta(days=31)
    assert checked(before, tmp_path, now).holds
    assert checked(signed(keys.key()), tmp_path, now).problems == (
        "the key was not in use at 2026-11-24 10:00 UTC",
    )


def test_a_stolen_key_is_not_believed(tmp_path: Path) -> None:
    keys = IdentityFolder("shop.example", _made(tmp_path))
    before = signed(keys.key())
    rotate(tmp_path, AT + timedelta(days=1), compromised=True)
    assert "revoked" in checked(before, tmp_path, AT + timedelta(days=2)).problems[0]


def test_a_time_to_come_is_not_believed(key: IdentityKey, folder: Path) -> None:
    assert "future" in checked(signed(key), folder, AT - timedelta(hours=1)).problems[0]


def test_a_folder_that_cannot_sign_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="identity rotate"):
        published_keys(tmp_path)
    kid = rotate(tmp_path, AT)
    (tmp_path / f"{kid}.pem").write_text("no key")
    with pytest.raises(SigningKeyError, match="not usable"):
        IdentityFolder("shop.example", tmp_path)


def _made(folder: Path) -> Path:
    rotate(folder, AT)
    return folder
