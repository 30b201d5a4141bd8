"""The MIME entities of a message: texts, files, and several of them in one (RFC 2045, RFC 2046).

Every entity is bytes: its header fields, an empty line, its body; CRLF lines of ASCII. The same
content always gives the same bytes. Every boundary starts with `=_`, which no encoded body can
hold (RFC 2045, 6.7) and which a body that is written as it is must not.
"""

import binascii
import re
from collections.abc import Sequence
from email import policy
from email.message import MIMEPart

__all__ = ["file_entity", "multipart_entity", "text_entity"]

_POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=78)
_PLAIN = re.compile(r"(?:[\t -~]{0,78}\n)*")
_BOUNDARY_MARK = "=_"
_BASE64_LINE = 57


def text_entity(text: str, subtype: str) -> bytes:
    """`text` as text/`subtype`; it ends in one line end whatever it had.

    As it is when it is short ASCII lines, else in whichever of quoted-printable and base64 is
    shorter. Raises UnicodeEncodeError for lone surrogates.
    """
    text = _with_ends_of_lines(text)
    data = text.encode("utf-8")
    if _PLAIN.fullmatch(text) and _BOUNDARY_MARK not in text:
        encoding, body = "7bit", data
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True)
        if 3 * len(body) > 4 * len(data) + 78:
            encoding, body = "base64", _base64(data.replace(b"\n", b"\r\n"))
    charset = "us-ascii" if data.isascii() else "utf-8"
    head = (
        f'Content-Type: text/{subtype}; charset="{charset}"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode("ascii") + body.replace(b"\n", b"\r\n")


def file_entity(name: str, media_type: str, data: bytes) -> bytes:
    """A file to attach; raises ValueError when its name or type cannot be written."""
    main, _, sub = media_type.partition("/")
    part = MIMEPart(policy=_POLICY)
    part.set_content(data, maintype=main, subtype=sub, disposition="attachment", filename=name)
    return part.as_bytes()


def multipart_entity(subtype: str, parts: Sequence[bytes]) -> bytes:
    """Several entities as one multipart/`subtype`; none may hold one of the same subtype."""
    boundary = _BOUNDARY_MARK + subtype
    line = f"--{boundary}\r\n".encode("ascii")
    return b"".join(
        (
            f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode("ascii"),
            *(line + part + b"\r\n" for part in parts),  # this line end is the delimiter's
            f"--{boundary}--\r\n".encode("ascii"),
        )
    )


def _with_ends_of_lines(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def _base64(data: bytes) -> bytes:
    return b"".join(
        binascii.b2a_base64(data[place : place + _BASE64_LINE])
        for place in range(0, len(data), _BASE64_LINE)
    )
