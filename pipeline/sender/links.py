"""Links that only we can have made: a text, sealed for one purpose with the service's secret."""

import base64
import binascii
import hashlib
import hmac

__all__ = ["opened", "sealed"]

_SEAL_BYTES = 16


def sealed(secret: bytes, purpose: str, text: str) -> str:
    """`text` as the last part of an address; it can be read by anybody and changed by nobody."""
    written = text.encode()
    token = base64.urlsafe_b64encode(_seal(secret, purpose, written) + written)
    return token.decode().rstrip("=")


def opened(secret: bytes, purpose: str, token: str) -> str | None:
    """The text that a token was made of for this purpose; None when we did not make it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        seal, written = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
        good = hmac.compare_digest(seal, _seal(secret, purpose, written))
        return written.decode() if good else None
    except (binascii.Error, ValueError):
        return None


def _seal(secret: bytes, purpose: str, written: bytes) -> bytes:
    sealing = hmac.new(secret, purpose.encode() + b"\x00" + written, hashlib.sha256)
    return sealing.digest()[:_SEAL_BYTES]
