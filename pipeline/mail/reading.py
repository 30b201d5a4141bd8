"""Raw bytes to a `Message`: any bytes at all, never an exception.

Theory of operation
-------------------
A fast parser (Rust, lazy: attachments stay undecoded) reads what is well formed. Whatever it
refuses, repairs or garbles is read again by our own walker, which loses nothing. Both deliver the
same raw material, and one function makes the message of it, so that there is one meaning:

- `text` is what a reader sees and the writer added. Plain text is preferred; when the HTML says
  something else than the plain text, both are kept, since a mail reader shows the HTML.
- Quoted mail, forwarded mail and embedded messages go to `quoted`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fast_mail_parser import ParseError, PyLazyMail, parse_email

from pipeline.mail.charsets import decode, mend
from pipeline.mail.headers import addresses, decode_header, message_ids, parse_date
from pipeline.mail.html_text import HtmlText, html_text
from pipeline.mail.message import Attachment, Message
from pipeline.mail.quotes import split_body
from pipeline.mail.walker import walk

__all__ = ["read_message"]

_RAW_LIMIT = 268_435_456
_TEXT_LIMIT = 2_000_000
_REPLACEMENT = "\ufffd"
_UNREADABLE = ("broken base64", "broken uuencode", "unknown transfer encoding", "too many parts")
_WORD = re.compile(r"\w+")
_CLEAN_HEADERS = re.compile(
    rb"(?:[!-9;-~]{1,200}+[ \t]{0,20}+:[^\r\n\x00\x80-\xff]*+\r?\n"
    rb"(?:[ \t][^\r\n\x00\x80-\xff]*+\r?\n)*+)++\r?\n"
)
_BOUNDARY = re.compile(
    rb"^content-type[ \t]*:\s*multipart/[^;\r\n]*;(?:[^\n]|\n[ \t])*?"
    rb"boundary=(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))",
    re.IGNORECASE | re.MULTILINE,
)
_AGREEMENT = 0.8
_AGREEMENT_LENGTH = 50_000


@dataclass(slots=True)
class _Material:
    """What either parser delivers: decoded headers and texts, nothing interpreted."""

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


def read_message(raw: bytes) -> Message:
    """The message that `raw` holds. Never raises; see `Message.defects` and `Message.error`.

    Beyond 256 MiB of raw bytes or 2,000,000 characters of text the rest is left out, and said so.
    """
    size = len(raw)
    try:
        return _assemble(_fast(raw[:_RAW_LIMIT]) or _careful(raw[:_RAW_LIMIT]), size)
    except Exception as error:  # the last resort: a row with an error, never a lost message
        return _unreadable(raw, size, error)


def _fast(raw: bytes) -> _Material | None:
    """The material by the Rust parser, or None for what it cannot deliver faithfully."""
    if not _is_whole(raw):
        return None
    try:
        mail = parse_email(raw, mode="lazy")
    except ParseError:
        return None
    if mail.warnings or not mail.headers or _suspicious(mail):
        return None
    headers = {name.lower(): tuple(values) for name, values in mail.headers.items()}
    attachments = tuple(
        Attachment(part.filename, part.mimetype.lower(), part.encoded_size)
        for part in mail.attachments
    )
    if any(part.media_type in _WALKED_TYPES for part in attachments):
        return None
    sender = mail.from_
    return _Material(
        headers=headers,
        sender=((sender.display_name or "", sender.address),) if sender else (),
        to=tuple(address.address for address in mail.to),
        cc=tuple(address.address for address in mail.cc),
        reply_to=tuple(address.address for address in mail.reply_to),
        date=mail.date_parsed,
        plain=mail.text_plain,
        html=mail.text_html,
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
    stated = _BOUNDARY.search(raw, 0, block.end())
    if stated is None:
        return True
    return raw.rfind(b"--" + (stated[1] or stated[2]) + b"--", block.end() - 2) >= 0


_WALKED_TYPES = frozenset((
    "message/rfc822", "application/ms-tnef", "application/pkcs7-mime",
    "application/x-pkcs7-mime", "application/pgp-encrypted",
))  # fmt: skip
"""Types whose parts tell something of the message itself, which only the walker looks for."""


def _suspicious(mail: PyLazyMail) -> bool:
    """Whether the fast parser has garbled a text without saying so, or lost a header block."""
    if _REPLACEMENT in mail.subject or any(_REPLACEMENT in text for text in mail.text_plain):
        return True
    if any(_REPLACEMENT in text for text in mail.text_html):
        return True
    # A multipart whose parts it did not find comes out as one attachment or as nothing at all.
    return not (mail.text_plain or mail.text_html) or "From" not in mail.headers


def _careful(raw: bytes) -> _Material:
    """The material by our own walker."""
    found = walk(raw)
    headers: dict[str, list[str]] = {}
    for name, value in found.headers:
        headers.setdefault(name, []).append(decode_header(value))
    return _Material(
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


def _assemble(material: _Material, size: int) -> Message:
    headers, defects = material.headers, dict(material.defects)
    if any("\x00" in text for text in (*material.plain, *material.html)):
        defects["NUL characters left out"] = None
    pages = [html_text(document) for document in material.html]
    body = split_body(_clip(_visible(material, pages, defects), defects))
    # The plain text has already quoted what the HTML of the same message quotes.
    in_pages = () if body.quoted and material.plain else (page.quoted for page in pages)
    quoted = [body.quoted, *in_pages, *material.attached]
    name, address = material.sender[0] if material.sender else ("", "")
    references = message_ids(" ".join(headers.get("references", ())))
    replied = message_ids(" ".join(headers.get("in-reply-to", ())))
    identity = message_ids(" ".join(headers.get("message-id", ())))
    if size > _RAW_LIMIT:
        defects["cut at 256 MiB"] = None
    return Message(
        message_id=identity[0] if identity else "",
        in_reply_to=replied[0] if replied else "",
        references=references,
        date=material.date or _date_received(headers),
        from_address=address,
        from_name=mend(name),
        to=material.to,
        cc=material.cc,
        reply_to=material.reply_to,
        subject=mend(" ".join(_first(headers, "subject").split())),
        text=body.new.strip(),
        quoted=_clip("\n\n".join(text for text in quoted if text), defects),
        signature=body.signature,
        html_text=_clip("\n\n".join(page.visible for page in pages), defects),
        hidden_text=_clip("\n\n".join(page.hidden for page in pages if page.hidden), defects),
        attachments=material.attachments,
        headers=headers,
        authentication_results=headers.get("authentication-results", ()),
        size=size,
        defects=tuple(defects),
        error=_error(defects),
    )


def _visible(material: _Material, pages: list[HtmlText], defects: dict[str, None]) -> str:
    """The body as a reader sees it, quotes included where the plain text has them."""
    plain = mend("\n\n".join(text for text in material.plain if text.strip()))
    page = "\n\n".join(page.visible for page in pages if page.visible)
    if not plain.strip() or not page:
        return plain if plain.strip() else page
    if _agree(plain, page):
        return plain
    defects["HTML and plain text differ"] = None
    return f"{page}\n\n{plain}"


def _agree(plain: str, page: str) -> bool:
    """Whether at least 0.8 of the different words of the HTML stand in the plain text."""
    words = set(_WORD.findall(page[:_AGREEMENT_LENGTH].lower()))
    known = set(_WORD.findall(plain[: 2 * _AGREEMENT_LENGTH].lower()))
    return len(words & known) >= _AGREEMENT * len(words)


def _clip(text: str, defects: dict[str, None]) -> str:
    if len(text) <= _TEXT_LIMIT:
        return text.replace("\x00", "")
    defects["text cut at 2,000,000 characters"] = None
    return text[:_TEXT_LIMIT].replace("\x00", "")


def _first(headers: Mapping[str, tuple[str, ...]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _date_received(headers: Mapping[str, tuple[str, ...]]) -> datetime | None:
    """When the last server took the message: what stands in for a Date nobody can read."""
    return parse_date(_first(headers, "received").rpartition(";")[2].strip())


def _error(defects: Mapping[str, None]) -> str | None:
    """The sentence for what could not be read, if anything."""
    if "no headers" in defects:
        return "no header field found: not a message, read as plain text"
    lost = [defect for defect in defects if defect in _UNREADABLE or "cut at" in defect]
    return f"part of the message could not be read: {', '.join(lost)}" if lost else None


def _unreadable(raw: bytes, size: int, error: Exception) -> Message:
    text = decode(raw[:_TEXT_LIMIT])[0]
    reason = f"{type(error).__name__}: {error}"[:200]
    return Message(
        text=text.replace("\x00", ""),
        size=size,
        defects=("not parsed",),
        error=f"the message could not be parsed ({reason}); its bytes are shown as text",
    )
