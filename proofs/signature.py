"""Who vouches for a certificate: an Ed25519 signature (RFC 8032) beside it, in `certificate.sig`.

Signed are the octets of `certificate.json` as they stand in the file, UTF-8 with two spaces of
indentation, keys in a fixed order and a line feed at the end. They name the digests of everything
else. The signature is its 64 octets and nothing more, so that OpenSSL verifies it as well:

    openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in certificate.json \
        -sigfile certificate.sig
"""

from pathlib import Path
from typing import TYPE_CHECKING

from proofs.certificate import CERTIFICATE, SIGNATURE, CertificateError

if TYPE_CHECKING:  # cryptography is loaded only by those who sign or demand a signature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

__all__ = ["private_key", "public_key", "sign", "signature_objections"]

_MAKE = "make one with `openssl genpkey -algorithm ed25519 -out key.pem`"
_EXTRACT = "take it from the private one with `openssl pkey -in key.pem -pubout -out public.pem`"


def private_key(path: Path) -> "Ed25519PrivateKey":
    """The private key in a PEM file (PKCS #8, not encrypted); raises CertificateError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise CertificateError(
            f"{path} is no private key that can be read (PEM, not encrypted); {_MAKE}"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise CertificateError(f"{path} is no Ed25519 key; {_MAKE}")
    return key


def public_key(path: Path) -> "Ed25519PublicKey":
    """The public key in a PEM file; raises CertificateError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(f"{path} is no public key in PEM; {_EXTRACT}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise CertificateError(f"{path} is no Ed25519 key; {_EXTRACT}")
    return key


def sign(folder: Path, key: "Ed25519PrivateKey") -> None:
    """Sign the certificate in `folder`; raises CertificateError when there is none."""
    signature = key.sign(_read(folder / CERTIFICATE))
    part = folder / f"{SIGNATURE}.part"
    part.write_bytes(signature)
    part.replace(folder / SIGNATURE)


def signature_objections(folder: Path, key: "Ed25519PublicKey") -> tuple[str, ...]:
    """Why the certificate in `folder` is not one that the owner of `key` signed; empty if it is.

    Raises CertificateError when there is no certificate.
    """
    from cryptography.exceptions import InvalidSignature

    signed = _read(folder / CERTIFICATE)
    try:
        signature = (folder / SIGNATURE).read_bytes()
    except FileNotFoundError:
        return ("it is not signed",)
    except OSError as error:
        raise CertificateError(f"{folder / SIGNATURE} cannot be read: {error.strerror}") from None
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return ("its signature is not by the key that is demanded, or it was altered since",)
    return ()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from None
