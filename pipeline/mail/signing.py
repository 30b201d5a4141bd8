"""DKIM signatures (RFC 6376) with RSA and with Ed25519 (RFC 8463).

dkimpy brings the message into its canonical form, `cryptography` signs it. Each field that says
who writes to whom about what is signed once more often than it stands there, so nobody can add
another one in front of it (RFC 6376, 8.15). No length is signed and no expiry set.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from pipeline.mail.canonical import Canonical, base64_of, canonical_fields

__all__ = ["DkimKey", "SigningKeyError", "load_keys", "signature_fields"]

_RECORD = re.compile(
    r"(?P<selector>[a-z0-9-]+(?:\.[a-z0-9-]+)*)\._domainkey\.(?P<domain>[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
)
_OVERSIGNED = (
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "list-unsubscribe",
    "list-unsubscribe-post", "gatepost-identity",
)  # fmt: skip
_SMALLEST_RSA = 1024
_PIECE = 70
_FOLD = "\r\n\t"


class SigningKeyError(ValueError):
    """A key that cannot sign; says which and why."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A private key and the place of its public half: `selector._domainkey.domain` in the DNS."""

    selector: str
    domain: str
    private: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @property
    def record_name(self) -> str:
        """Where the DNS record stands."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def dns_record(self) -> str:
        """The text of the TXT record to publish (RFC 6376, 3.6.1; RFC 8463, 4)."""
        public = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={base64_of(octets)}"
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64_of(octets)}"

    def signs_for(self, address: str) -> bool:
        """Whether its domain is that of `address` or above it, as DMARC wants (RFC 7489, 3.1)."""
        domain = address.rpartition("@")[2].lower()
        return domain == self.domain or domain.endswith(f".{self.domain}")


def load_keys(files: Mapping[str, Path]) -> tuple[DkimKey, ...]:
    """The keys in these PEM files by the names of their DNS records; raises SigningKeyError."""
    keys = []
    for record, path in files.items():
        name = _RECORD.fullmatch(record.lower())
        if name is None:
            raise SigningKeyError(f"{record!r} is no DKIM name; write mail._domainkey.shop.example")
        try:
            private = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise SigningKeyError(f"the key of {record} in {path} is not usable: {error}") from None
        if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
            raise SigningKeyError(f"the key of {record} is neither RSA nor Ed25519")
        if isinstance(private, RSAPrivateKey) and private.key_size < _SMALLEST_RSA:
            raise SigningKeyError(f"the key of {record} has fewer than {_SMALLEST_RSA} bits")
        keys.append(DkimKey(name["selector"], name["domain"], private))
    return tuple(keys)


def signature_fields(message: Canonical, keys: Iterable[DkimKey], at: datetime) -> bytes:
    """A DKIM-Signature of `message` for each of `keys`, to be written in front of it."""
    return b"".join(_signature(key, message, at) for key in keys)


def _signature(key: DkimKey, message: Canonical, at: datetime) -> bytes:
    names = _names_to_sign([name for name, _ in message.fields])
    algorithm = "rsa" if isinstance(key.private, RSAPrivateKey) else "ed25519"
    value = _FOLD.join(
        (
            f" v=1; a={algorithm}-sha256; c=relaxed/relaxed; d={key.domain};",
            f"s={key.selector}; t={int(at.timestamp())};",
            "h=" + f":{_FOLD}".join(names) + ";",
            f"bh={message.body_hash};",
            "b=",
        )
    )
    ((_, own),) = canonical_fields([(b"DKIM-Signature", value.encode("ascii"))])
    signed = _in_order(message.fields, names) + b"dkim-signature:" + own.rstrip(b"\r\n")
    if isinstance(key.private, RSAPrivateKey):
        signature = key.private.sign(signed, PKCS1v15(), SHA256())
    else:
        signature = key.private.sign(hashlib.sha256(signed).digest())
    text = base64_of(signature)
    pieces = [text[place : place + _PIECE] for place in range(0, len(text), _PIECE)]
    return f"DKIM-Signature:{value}{_FOLD.join(pieces)}\r\n".encode("ascii")


def _names_to_sign(found: Sequence[str]) -> list[str]:
    """Every field that is there as often as it is there, and the important ones once more."""
    return [
        name
        for name in dict.fromkeys((*_OVERSIGNED, *found))
        for _ in range(found.count(name) + (name in _OVERSIGNED))
    ]


def _in_order(headers: Sequence[tuple[str, bytes]], names: Sequence[str]) -> bytes:
    """The fields as `names` lists them, each time the lowest that is left (RFC 6376, 5.4.2)."""
    left: dict[str, list[bytes]] = {}
    for name, value in headers:
        left.setdefault(name, []).append(value)
    return b"".join(
        name.encode("ascii") + b":" + left[name].pop() for name in names if left.get(name)
    )
