"""The relaxed canonical form of a message (RFC 6376, 3.4), which our signatures are over."""

import base64
import hashlib
import re
from dataclasses import dataclass

import dkim
from dkim.canonicalization import CanonicalizationPolicy

__all__ = ["Canonical", "base64_of", "canonical_fields", "canonical_form"]

_RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/simple")
_BLANKS = re.compile(rb"\t[\t ]*| [\t ]+")


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
    if raw.count(b"\n") == raw.count(b"\r\n"):
        head, _, body = raw.partition(b"\r\n\r\n")  # dkimpy would take the body apart, too
        headers, _ = dkim.rfc822_parse(head)
    else:
        headers, body = dkim.rfc822_parse(raw)
    digest = hashlib.sha256(_canonical_body(body)).digest()
    return Canonical(canonical_fields(headers), base64_of(digest))


def _canonical_body(body: bytes) -> bytes:
    """Blanks inside lines to one, none at their ends, no empty lines at the end.

    As dkimpy's relaxed form, which takes each blank in hand and needs four times as long.
    """
    body = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")
    ended: bytes = _RELAXED.canonicalize_body(body)
    return ended if ended != b"\r\n" else b""


def canonical_fields(fields: list[tuple[bytes, bytes]]) -> tuple[tuple[str, bytes], ...]:
    """Header fields in canonical form."""
    return tuple(
        (name.decode("ascii", "replace"), value)
        for name, value in _RELAXED.canonicalize_headers(fields)
    )


def base64_of(octets: bytes) -> str:
    """`octets` in base64 (RFC 4648, 4)."""
    return base64.b64encode(octets).decode("ascii")
