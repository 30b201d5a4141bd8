"""Who let a message leave, in a header that anybody can check: `Gatepost-Identity`.

The value is a JSON Web Signature (RFC 7515) with Ed25519 (RFC 8037) over claims: who wrote the
message for which operator, under which mode and which proved policy it travels, and what its
fields and its body say. A copy of the header on another message, or another Subject, sender or
body under it, is therefore found out. Keys are published as a JSON Web Key Set (RFC 7517) under
`/.well-known/` (RFC 8615) of the domain that the claims name, which must be that of the sender.

Of a person who writes, the header says that it is a person and not which: whoever gets the mail
has no need to know, and the audit log has the name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipeline.mail.canonical import Canonical, canonical_form

__all__ = [
    "HEADER", "KEYS_PATH", "IdentityKey", "Provenance", "Verified", "claimed_domain",
    "identity_field", "verify_identity",
]  # fmt: skip

HEADER = "Gatepost-Identity"
KEYS_PATH = "/.well-known/gatepost-keys"
_TYPE = "gatepost-identity+jws"
_ALGORITHM = "EdDSA"
_COVERED = ("from", "to", "cc", "reply-to", "subject", "date", "message-id")
_LEEWAY = timedelta(minutes=5)
_PIECE = 70
_FOLD = "\r\n\t"
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ONE_SENDER = re.compile(
    r'(?:"(?:[^"\\]|\\.)*"|[^<>@,:;"]*)\s*<(?P<named>[^<>@\s,]+@[^<>@\s,]+)>'
    r"|(?P<bare>[^<>@\s,]+@[^<>@\s,]+)"
)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is claimed of a message besides what it says.

    `author` is agent, person or system, and `name` which one. `mode` is that of the decision;
    `policy` is its SHA-256 digest in hex; `certificate` the first 16 digits of that of its
    certificate, empty when the policy was proved at the start and no certificate written.
    """

    operator: str
    author: str
    name: str
    mode: str
    policy: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """A private key, the domain it speaks for, and the name under which it is published."""

    domain: str
    kid: str
    private: Ed25519PrivateKey

    def signs_for(self, address: str) -> bool:
        """Whether `address` is in its domain or below it."""
        return _belongs(address.rpartition("@")[2].lower(), self.domain)


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of a check; `problems` is empty if and only if the claims are true."""

    problems: tuple[str, ...]
    claims: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        """Whether the message is what its sender let leave."""
        return not self.problems


def identity_field(
    message: Canonical, provenance: Provenance, key: IdentityKey, at: datetime
) -> bytes:
    """The header field that claims `provenance` of `message`, to be written in front of it."""
    author = {"kind": provenance.author}
    if provenance.author != "person":
        author["name"] = provenance.name
    claims: dict[str, Any] = {
        "iss": key.domain,
        "iat": int(at.timestamp()),
        "operator": provenance.operator or key.domain,
        "author": author,
        "mode": provenance.mode,
        "policy": provenance.policy,
        "fields": {name: message.values(name) for name in _COVERED},
        "body": message.body_hash,
    }
    if provenance.certificate:
        claims["certificate"] = provenance.certificate
    token = jwt.encode(claims, key.private, _ALGORITHM, headers={"kid": key.kid, "typ": _TYPE})
    pieces = (token[place : place + _PIECE] for place in range(0, len(token), _PIECE))
    return f"{HEADER}: {_FOLD.join(pieces)}\r\n".encode("ascii")


def claimed_domain(raw: bytes) -> str | None:
    """The domain whose keys must have signed `raw`; None when no such claim can be believed.

    Nothing is checked but that the domain is that of the one sender or above it, so that its keys
    may be asked for.
    """
    message = canonical_form(raw)
    token = _token(message)
    if token is None:
        return None
    try:
        domain = jwt.decode_complete(token, options={"verify_signature": False})["payload"]["iss"]
    except (jwt.InvalidTokenError, KeyError, TypeError):
        return None
    return domain if isinstance(domain, str) and _speaks_for_sender(domain, message) else None


def verify_identity(raw: bytes, keys: Mapping[str, Any], now: datetime) -> Verified:
    """Check the header of `raw` against `keys`, the key set of the domain that it claims.

    Every problem is a sentence. Raises ValueError when `keys` is no JSON Web Key Set.
    """
    message = canonical_form(raw)
    token = _token(message)
    if token is None:
        count = len(message.values(HEADER.lower()))
        return Verified((f"the message has {count} {HEADER} headers, not one",), {})
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        return Verified((f"the header is no signature: {error}",), {})
    entry = _entry(keys, kid)
    if entry is None:
        return Verified((f"the key {kid!r} is not published by the sender's domain",), {})
    try:
        complete = jwt.decode_complete(
            token,
            jwt.PyJWK(dict(entry), _ALGORITHM),
            [_ALGORITHM],
            options={"require": ["iss", "iat"], "verify_iat": False},
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        return Verified((f"the signature does not hold: {error}",), {})
    claims: dict[str, Any] = complete["payload"]
    problems = [*_key_problems(claims, entry, now), *_message_problems(claims, message)]
    if complete["header"].get("typ") != _TYPE:
        problems.insert(0, "the signed text is no identity of a message")
    return Verified(tuple(problems), claims)


def _token(message: Canonical) -> str | None:
    values = message.values(HEADER.lower())
    return "".join(values[0].split()) if len(values) == 1 else None


def _entry(keys: Mapping[str, Any], kid: object) -> Mapping[str, Any] | None:
    listed = keys.get("keys")
    if not isinstance(listed, list):
        raise ValueError("there is no list `keys` in the key set (RFC 7517, 5)")
    for entry in listed:
        if isinstance(entry, dict) and kid is not None and entry.get("kid") == kid:
            return entry
    return None


def _key_problems(claims: Mapping[str, Any], entry: Mapping[str, Any], now: datetime) -> list[str]:
    """What speaks against the key at the time of the claim."""
    try:
        at = datetime.fromtimestamp(claims["iat"], UTC)
        first, last = (
            datetime.fromtimestamp(entry[name], UTC) if name in entry else None
            for name in ("nbf", "exp")
        )
    except (TypeError, ValueError, OverflowError, OSError):
        return ["a time in the claims or in the key is none"]
    problems = []
    if "revoked" in entry:
        problems.append("the key was revoked by its owner: nothing that it signed can be believed")
    if at > now + _LEEWAY:
        problems.append(f"it claims to be signed in the future, at {at:%Y-%m-%d %H:%M} UTC")
    if (first and at < first - _LEEWAY) or (last and at > last):
        problems.append(f"the key was not in use at {at:%Y-%m-%d %H:%M} UTC")
    return problems


def _message_problems(claims: Mapping[str, Any], message: Canonical) -> list[str]:
    """Where the message is another one than the claims are about."""
    problems = []
    if not _speaks_for_sender(claims["iss"], message):
        problems.append(f"{claims['iss']} does not speak for the sender's domain")
    fields = claims.get("fields")
    if not isinstance(fields, dict):
        return [*problems, "the claims do not say what the fields were"]
    for name in _COVERED:
        was, now = fields.get(name), message.values(name)
        if was != now:
            problems.append(f"{name.title()} was {_shown(was)} and is now {_shown(now)}")
    if claims.get("body") != message.body_hash:
        problems.append("the body was changed")
    return problems


def _shown(values: object) -> str:
    return "; ".join(repr(value) for value in values) if isinstance(values, list) and values \
        else "not there"  # fmt: skip


def _speaks_for_sender(domain: str, message: Canonical) -> bool:
    senders = message.values("from")
    found = _ONE_SENDER.fullmatch(senders[0]) if len(senders) == 1 else None
    if found is None:
        return False
    return _belongs((found["named"] or found["bare"]).rpartition("@")[2].lower(), domain)


def _belongs(domain: str, to: str) -> bool:
    return _DOMAIN.fullmatch(to) is not None and (domain == to or domain.endswith(f".{to}"))
