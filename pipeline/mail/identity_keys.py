"""The folder of an identity's keys: one private key in use, and the set that is published.

`keys.json` is the JSON Web Key Set to publish, the key in use first; `KID.pem` is its private
half. A rotation writes the new private key, then the set, then removes the old private key, each
step whole, so that whoever stops it leaves a folder that works. A key that was replaced stays
published: mail it signed must remain verifiable.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.utils import base64url_encode

from pipeline.mail.identity import IdentityKey
from pipeline.mail.signing import SigningKeyError

__all__ = ["IdentityFolder", "published_keys", "rotate"]

_SET = "keys.json"
_STILL_IN_HAND = timedelta(hours=1)


class IdentityFolder:
    """The key of `domain` in `folder`, read again when it was rotated; raises SigningKeyError."""

    def __init__(self, domain: str, folder: Path) -> None:
        self._domain = domain.lower()
        self._folder = folder
        self._read_at = 0
        self._key = self._load()

    def key(self) -> IdentityKey:
        """The key in use; raises SigningKeyError."""
        if _changed_at(self._folder) != self._read_at:
            self._key = self._load()
        return self._key

    def _load(self) -> IdentityKey:
        changed = _changed_at(self._folder)
        entries = published_keys(self._folder)["keys"]
        kid = entries[0]["kid"]
        if "revoked" in entries[0] or "exp" in entries[0]:
            raise SigningKeyError(f"no key in {self._folder} is in use; run `identity rotate`")
        path = self._folder / f"{kid}.pem"
        try:
            private = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise SigningKeyError(f"the identity key {path} is not usable: {error}") from None
        if not isinstance(private, Ed25519PrivateKey) or _thumbprint(private) != kid:
            raise SigningKeyError(f"{path} is not the Ed25519 key that its name says")
        self._read_at = changed
        return IdentityKey(self._domain, kid, private)


def published_keys(folder: Path) -> dict[str, Any]:
    """The JSON Web Key Set of `folder`, the key in use first; raises SigningKeyError."""
    path = folder / _SET
    try:
        found = json.loads(path.read_bytes())
        if not all(isinstance(entry["kid"], str) for entry in found["keys"]) or not found["keys"]:
            raise ValueError("no key is in it")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SigningKeyError(
            f"{path} is no key set ({error}); `gatepost identity rotate {folder}` makes one"
        ) from None
    keys: dict[str, Any] = found
    return keys


def rotate(folder: Path, now: datetime, *, compromised: bool = False) -> str:
    """Put a new key into use and retire the one before; returns the new key's name.

    With `compromised` the old one is revoked: nothing it signed is believed any more. Raises
    SigningKeyError when the folder cannot be read or written.
    """
    before: list[Mapping[str, Any]] = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / _SET).exists():
            before = published_keys(folder)["keys"]
        private = Ed25519PrivateKey.generate()
        kid = _thumbprint(private)
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(folder / f"{kid}.pem", pem, 0o600)
        entry = {
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid,
            "x": _public(private), "nbf": int(now.timestamp()),
        }  # fmt: skip
        keys = [entry, *(_retired(old, now, compromised=compromised) for old in before[:1]),
                *before[1:]]  # fmt: skip
        _write(folder / _SET, json.dumps({"keys": keys}, indent=1).encode() + b"\n", 0o644)
        for path in folder.glob("*.pem"):
            if path.stem != kid:
                path.unlink()
    except OSError as error:
        raise SigningKeyError(f"the keys in {folder} cannot be changed: {error}") from None
    return kid


def _retired(entry: Mapping[str, Any], now: datetime, *, compromised: bool) -> Mapping[str, Any]:
    """The published half of a key that is no longer used; members as in OpenID Federation, 8.7."""
    if compromised:
        return {**entry, "revoked": {"revoked_at": int(now.timestamp()), "reason": "compromised"}}
    return {**entry, "exp": int((now + _STILL_IN_HAND).timestamp())}


def _changed_at(folder: Path) -> int:
    try:
        return (folder / _SET).stat().st_mtime_ns
    except OSError as error:
        raise SigningKeyError(f"the identity keys in {folder} are gone: {error}") from None


def _write(path: Path, octets: bytes, mode: int) -> None:
    """Put a file in place as a whole, or not at all."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)
    partial.replace(path)


def _public(private: Ed25519PrivateKey) -> str:
    octets = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64url_encode(octets).decode("ascii")


def _thumbprint(private: Ed25519PrivateKey) -> str:
    """The name of a key, which follows from the key (RFC 7638; RFC 8037, A.3)."""
    text = f'{{"crv":"Ed25519","kty":"OKP","x":"{_public(private)}"}}'
    return base64url_encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
