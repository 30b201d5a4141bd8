"""The standard library's `email`, spared the work that a composed message does not need.

It writes every header, part and line end; here stands only what it is given to write. A header that
is plain ASCII is given to it as a text, which it writes as it is, or folds when it is long; any
other is a structured header of its own, parsed and encoded. The class of a header is made once,
not anew for each header, and a body is encoded by `binascii` and not letter by letter.
"""

import binascii
import re
import secrets
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any

__all__ = ["POLICY", "add_alternatives", "add_text"]

_LONGEST_LINE = 78
_BASE64_LINE = 57  # octets that make a line of 76 characters
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")


class _Headers(HeaderRegistry):
    """The library's registry, which makes each class once: names it does not know share one."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        name = name.lower()
        known = name if name in self.registry else ""
        if known not in self._made:
            self._made[known] = super().__getitem__(known)
        return self._made[known]


class _Policy(EmailPolicy):
    """The library's policy, which keeps a plain text as it is and parses none."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if type(value) is str and "=?" not in value and _PLAIN.fullmatch(value):
            return name, value
        return super().header_store_parse(name, value)


POLICY = _Policy(
    cte_type="7bit", linesep="\r\n", max_line_length=_LONGEST_LINE, header_factory=_Headers()
)
"""CRLF, lines of 78 where that can be, and ASCII, so that no relay has a reason to re-encode."""


def add_text(message: EmailMessage, text: str, subtype: str) -> None:
    """Give `message` one text, whose lines all end in `\\n`, as its content."""
    encoding, payload = _encoded(text)
    message["Content-Type"] = _content_type(f'text/{subtype}; charset="utf-8"')
    message["Content-Transfer-Encoding"] = encoding
    message.set_payload(payload)


def add_alternatives(message: EmailMessage, plain: str, html: str) -> None:
    """Give `message` a text in two versions, of which the reader sees one (RFC 2046, 5.1.4)."""
    # With 128 random bits nobody has to look whether a line of the parts is the boundary.
    boundary = f"=_{secrets.token_hex(16)}"
    message["Content-Type"] = POLICY.header_factory(
        "Content-Type", f'multipart/alternative; boundary="{boundary}"'
    )
    for subtype, text in (("plain", plain), ("html", html)):
        part = EmailMessage(POLICY)
        add_text(part, text, subtype)
        message.attach(part)


@lru_cache(maxsize=8)
def _content_type(value: str) -> Any:
    return POLICY.header_factory("Content-Type", value)


def _encoded(text: str) -> tuple[str, str]:
    """The transfer encoding (RFC 2045, 6) that makes `text` shortest, and the text in it."""
    octets = text.encode()
    if text.isascii() and max(map(len, octets.split(b"\n"))) <= _LONGEST_LINE:
        return "7bit", text
    quoted = binascii.b2a_qp(octets)
    canonical = octets.replace(b"\n", b"\r\n")  # the line ends inside base64 are those of the wire
    if len(quoted) <= len(canonical) * 4 // 3:
        return "quoted-printable", quoted.decode("ascii")
    lines = (
        binascii.b2a_base64(canonical[place : place + _BASE64_LINE])
        for place in range(0, len(canonical), _BASE64_LINE)
    )
    return "base64", b"".join(lines).decode("ascii")
