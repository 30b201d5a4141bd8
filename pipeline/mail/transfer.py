"""Content-Transfer-Encoding undone (RFC 2045, section 6), keeping whatever can be read."""

import binascii

__all__ = ["decode_transfer"]

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET) - {ord("=")})
_BLANKS = b" \t\r\n"
_IDENTITY = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"))


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The decoded bytes, and a defect or None. Never raises."""
    name = encoding.strip(" \t\"';").lower()
    if name in _IDENTITY:
        return data, None
    if name == "base64":
        return _base64(data)
    if name == "quoted-printable":
        return binascii.a2b_qp(data), None
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencode(data)
    return data, "unknown transfer encoding"


def _base64(data: bytes) -> tuple[bytes, str | None]:
    letters = data.translate(None, _NOT_ALPHABET)
    blanks = sum(data.count(blank) for blank in (b" ", b"\t", b"\r", b"\n"))
    broken = len(data) != len(letters) + blanks
    decoded = []
    # Padding in the middle: several encodings were strung together.
    for run in letters.rstrip(b"=").split(b"="):
        if len(run) % 4 == 1:
            run, broken = run[:-1], True
        decoded.append(binascii.a2b_base64(run + b"=" * (-len(run) % 4)))
    return b"".join(decoded), "broken base64" if broken else None


def _uuencode(data: bytes) -> tuple[bytes, str | None]:
    decoded = []
    defect = None
    lines = data.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    for line in lines[begin + 1 :]:
        if line.strip(_BLANKS) in (b"end", b"`", b""):
            continue
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            defect = "broken uuencode"
    return b"".join(decoded), defect
