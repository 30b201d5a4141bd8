"""Unsubscribe links: an address and a seal over it, so that only its owner has the link."""

import base64
import binascii
import hashlib
import hmac

__all__ = ["address_of_link", "unsubscribe_url"]

_SEAL_BYTES = 16


def unsubscribe_url(public_url: str, secret: bytes, address: str) -> str:
    """The https address that ends advertising to `address` when it is posted to (RFC 8058)."""
    written = address.encode()
    token = base64.urlsafe_b64encode(_seal(secret, written) + written).decode().rstrip("=")
    return f"{public_url}/unsubscribe/{token}"


def address_of_link(token: str, secret: bytes) -> str | None:
    """The address that a link's token was made for; None when we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        seal, written = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        return written.decode() if hmac.compare_digest(seal, _seal(secret, written)) else None
    except (binascii.Error, ValueError):
        return None


def _seal(secret: bytes, written: bytes) -> bytes:
    return hmac.new(secret, b"unsubscribe\x00" + written, hashlib.sha256).digest()[:_SEAL_BYTES]
