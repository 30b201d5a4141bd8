"""Whether a server's certificate is the one that its domain published by DANE (RFC 7672).

Of the four usages two are for mail: `DANE-EE` names the server's own certificate, whatever its name
and date, and `DANE-TA` an authority that must have issued it. The others are ignored (3.1.3).
"""

import hashlib
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.names import Tlsa

__all__ = ["anchors_of", "chain_of", "is_usable", "names_server", "trusting", "unchecked"]

_DANE_TA, _DANE_EE = 2, 3
_WHOLE, _PUBLIC_KEY = 0, 1
_DER = 2  # ENCODING_DER of the module _ssl
_DIGESTS: Mapping[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: lambda octets: hashlib.sha256(octets).digest(),
    2: lambda octets: hashlib.sha512(octets).digest(),
}


def is_usable(record: Tlsa) -> bool:
    """Whether it is one that a mail client can check (RFC 7672, 3.1)."""
    return (
        record.usage in (_DANE_TA, _DANE_EE)
        and record.selector in (_WHOLE, _PUBLIC_KEY)
        and record.matching in _DIGESTS
    )


def names_server(records: Sequence[Tlsa], certificate: bytes) -> bool:
    """Whether a record names the server's own certificate (DER): then nothing else is asked."""
    return any(one.usage == _DANE_EE and _matches(one, certificate) for one in records)


def anchors_of(records: Sequence[Tlsa], chain: Sequence[bytes]) -> list[bytes]:
    """The certificates of a server's chain (DER, its own first) that a record makes an authority.

    RFC 7672, 3.1.2, has the server send the authority's certificate, too.
    """
    authorities = [one for one in records if one.usage == _DANE_TA]
    return [octets for octets in chain[1:] if any(_matches(one, octets) for one in authorities)]


def chain_of(tls: ssl.SSLObject) -> list[bytes]:
    """The certificates (DER) that the server showed, its own first."""
    if sys.version_info >= (3, 13):
        return list(tls.get_unverified_chain())
    inner: Any = tls._sslobj  # type: ignore[attr-defined]  # 3.13 made it public
    return [one.public_bytes(_DER) for one in inner.get_unverified_chain() or ()]


@cache
def unchecked() -> ssl.SSLContext:
    """For a conversation whose certificate is compared with the records after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting(anchors: Sequence[bytes]) -> ssl.SSLContext:
    """For a conversation with a server whom one of `anchors` (DER), and nobody else, vouches for.

    An anchor need not have signed itself. The name in the certificate is checked.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=b"".join(anchors))
    return context


def _matches(record: Tlsa, certificate: bytes) -> bool:
    if not is_usable(record):
        return False
    octets = certificate
    if record.selector == _PUBLIC_KEY:
        try:
            key = x509.load_der_x509_certificate(certificate).public_key()
        except (ValueError, UnsupportedAlgorithm):
            return False
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _DIGESTS[record.matching](octets) == record.octets
