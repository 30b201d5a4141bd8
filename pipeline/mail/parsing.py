"""Raw bytes to the decoded headers, texts and attachments of a message; nothing interpreted.

A fast parser (Rust, lazy: attachments stay undecoded) reads what is well formed. Whatever it
refuses, repairs or garbles is read again by our own walker, which loses nothing. Both deliver the
same `Material`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fast_mail_parser import ParseError, parse_email

from pipeline.mail.headers import addresses, decode_header, parse_date
from pipeline.mail.message import Attachment
from pipeline.mail.walker import walk

__all__ = ["Material", "parse"]

_REPLACEMENT = "\ufffd"
_CLEAN_HEADERS = re.compile(
    rb"(?:[!-9;-~]{1,200}+[ \t]{0,20}+:[^\r\n\x00\x80-\xff]*+\r?\n"
    rb"(?:[ \t][^\r\n\x00\x80-\xff]*+\r?\n)*+)++\r?\n"
)
_BOUNDARY = re.compile(
    rb"^content-type[ \t]*:\s*multipart/[^;\r\n]*;(?:[^\n]|\n[ \t])*?"
    rb"boundary=(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(slots=True)
class Material:
    """What a parser delivers.

    `attached` are the subjects and texts of embedded messages, `defects` what was mended.
    """

    headers: Mapping[str, tuple[str, ...]]
    sender: tuple[tuple[str, str], ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    date: datetime | None
    plain: Sequence[str]
    html: Sequence[str]
    attached: Sequence[str]
    attachments: tuple[Attachment, ...]
    defects: dict[str, None]


def parse(raw: bytes) -> Material:
    """The material of the message `raw`."""
    return _fast(raw) or _careful(raw)


def _fast(raw: bytes) -> Material | None:
    """The material by the Rust parser, or None for what it cannot deliver faithfully."""
    if not _is_whole(raw):
        return None
    try:
        mail = parse_email(raw, mode="lazy")
    except ParseError:
        return None
    found, plain, html = mail.headers, mail.text_plain, mail.text_html
    # A multipart whose parts it did not find comes out as one attachment or as nothing at all.
    if mail.warnings or not (plain or html) or "From" not in found:
        return None
    # It has garbled a text without saying so.
    if _REPLACEMENT in mail.subject or any(_REPLACEMENT in text for text in (*plain, *html)):
        return None
    attachments = tuple(
        [
            Attachment(one.filename, one.mimetype.lower(), one.encoded_size)
            for one in mail.attachments
        ]
    )
    if any(one.media_type in _WALKED_TYPES for one in attachments):
        return None
    sender = mail.from_
    return Material(
        headers={name.lower(): tuple(values) for name, values in found.items()},
        sender=((sender.display_name or "", sender.address),) if sender else (),
        to=tuple([one.address for one in mail.to]),
        cc=tuple([one.address for one in mail.cc]),
        reply_to=tuple([one.address for one in mail.reply_to]),
        date=mail.date_parsed,
        plain=plain,
        html=html,
        attached=(),
        attachments=attachments,
        defects={},
    )


def _is_whole(raw: bytes) -> bool:
    """Whether all header lines are ASCII fields and the outermost multipart is closed.

    The fast parser says nothing of the contrary: a stray line ends its headers, an end that is
    missing goes unnoticed.
    """
    block = _CLEAN_HEADERS.match(raw)
    if block is None:
        return False
    if b"multipart/" not in block[0].lower():
        return True
    stated = _BOUNDARY.search(raw, 0, block.end())
    if stated is None:
        return True
    return raw.rfind(b"--" + (stated[1] or stated[2]) + b"--", block.end() - 2) >= 0


_WALKED_TYPES = frozenset((
    "message/rfc822", "application/ms-tnef", "application/pkcs7-mime",
    "application/x-pkcs7-mime", "application/pgp-encrypted",
))  # fmt: skip
"""Types whose parts tell something of the message itself, which only the walker looks for."""


def _careful(raw: bytes) -> Material:
    """The material by our own walker."""
    found = walk(raw)
    headers: dict[str, list[str]] = {}
    for name, value in found.headers:
        headers.setdefault(name, []).append(decode_header(value))
    return Material(
        headers={name: tuple(values) for name, values in headers.items()},
        sender=addresses(found.first("from"))[:1],
        to=_addresses(found.all("to")),
        cc=_addresses(found.all("cc")),
        reply_to=_addresses(found.all("reply-to")),
        date=parse_date(decode_header(found.first("date"))),
        plain=found.plain,
        html=found.html,
        attached=found.attached,
        attachments=tuple(found.attachments),
        defects=found.defects,
    )


def _addresses(values: list[bytes]) -> tuple[str, ...]:
    return tuple(address for value in values for _, address in addresses(value) if address)
