"""Bytes to text when the declared character set is missing, unknown or a lie.

Never raises. Only codecs whose running time is linear are used: Python also finds `punycode`,
`idna` and other codecs under a name that a message may state, some of them quadratic.
"""

import codecs
import re
from functools import lru_cache

__all__ = ["decode", "mend"]

_ALIASES = {
    "windows-874": "cp874",
    "x-windows-874": "cp874",
    "mac": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "x-sjis": "cp932",
    "x-euc-jp": "euc-jp",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "ansi_x3.4-1968": "ascii",
    "binary": "ascii",
    "default": "ascii",
    "unknown-8bit": "ascii",
    "x-unknown": "ascii",
    "8bit": "ascii",
    "iso-8859-1": "cp1252",  # what mail readers do (WHATWG Encoding, section 4.2)
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
}
_REFUSED = frozenset(
    ("punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem")
)
_LABEL_LIMIT = 40
_HALVES = re.compile("[\ud800-\udfff]")  # surrogates: UTF-7 can spell them, Unicode text has none
_CP1252_BYTES = {
    ord(bytes([value]).decode("cp1252", "ignore") or chr(value)): value for value in range(128, 256)
}
_MOJIBAKE = re.compile(
    "[\u00c2-\u00f4][" + "".join(map(chr, [c for c, b in _CP1252_BYTES.items() if b < 192])) + "]"
)


@lru_cache(maxsize=256)
def _codec(label: str) -> str | None:
    """The name of a safe text codec for `label`, or None."""
    name = label.strip(" \"'\t").lower()
    if len(name) > _LABEL_LIMIT:
        return None
    try:
        info = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return None
    if info.name.replace("_", "-") in _REFUSED or not getattr(info, "_is_text_encoding", True):
        return None
    return info.name


def decode(data: bytes, label: str = "") -> tuple[str, bool]:
    """The text of `data`, and whether the declared `label` told the truth.

    Tries what was declared, then UTF-8, then Windows-1252, which always succeeds.
    """
    if data.isascii() and not label:
        return data.decode("ascii"), True
    codec = _codec(label) if label else "ascii"
    honest = codec is not None
    if codec == "cp1252" and not data.isascii():
        # Real Latin-1 text is practically never valid UTF-8 by accident.
        try:
            return data.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    if codec is not None:
        try:
            text = data.decode(codec)
            if codec != "utf-7" or not _HALVES.search(text):
                return text, honest
        except ValueError:
            pass
    for name in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(name), False
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), False


def mend(text: str) -> str:
    """`text` with UTF-8 that was read as Windows-1252 put right, else `text` itself."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    try:
        return text.translate(_CP1252_BYTES).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
