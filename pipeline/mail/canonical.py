"""The relaxed canonical form of a message (RFC 6376, 3.4), which our signatures are over."""

import base64
import hashlib
from dataclasses import dataclass

import dkim
from dkim.canonicalization import CanonicalizationPolicy

__all__ = ["Canonical", "base64_of", "canonical_fields", "canonical_form"]

_RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")


@dataclass(frozen=True, slots=True)
class Canonical:
    """The header fields in order, each with its name in lower case, and the body's hash.

    A value is one line that ends in CRLF. `body_hash` is the SHA-256 of the whole body in base64;
    no part of a body is ever left out.
    """

    fields: tuple[tuple[str, bytes], ...]
    body_hash: str

    def values(self, name: str) -> list[str]:
        """What the fields of that name say, without the line end, in order."""
        return [value.rstrip(b"\r\n").decode("ascii", "replace") for found, value in self.fields
                if found == name]  # fmt: skip

    def below(self, field: bytes) -> "Canonical":
        """The form of the same message with `field`, as it is written, in front of it."""
        name, _, value = field.partition(b":")
        return Canonical((*canonical_fields([(name, value)]), *self.fields), self.body_hash)


def canonical_form(raw: bytes) -> Canonical:
    """The canonical form of `raw`; raises dkim.MessageFormatError when it has no header."""
    headers, body = dkim.rfc822_parse(raw)
    digest = hashlib.sha256(_RELAXED.canonicalize_body(body)).digest()
    return Canonical(canonical_fields(headers), base64_of(digest))


def canonical_fields(fields: list[tuple[bytes, bytes]]) -> tuple[tuple[str, bytes], ...]:
    """Header fields in canonical form."""
    return tuple(
        (name.decode("ascii", "replace"), value)
        for name, value in _RELAXED.canonicalize_headers(fields)
    )


def base64_of(octets: bytes) -> str:
    """`octets` in base64 (RFC 4648, 4)."""
    return base64.b64encode(octets).decode("ascii")
