"""Raw bytes to a `Message`: any bytes at all, never an exception.

What `pipeline.mail.parsing` delivers becomes a message here, so that there is one meaning:

- `text` is what a reader sees and the writer added. Plain text is preferred; when the HTML says
  something else than the plain text, both are kept, since a mail reader shows the HTML.
- Quoted mail, forwarded mail and embedded messages go to `quoted`.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from pipeline.mail.charsets import decode, mend
from pipeline.mail.headers import message_ids, parse_date
from pipeline.mail.html_text import HtmlText, html_text
from pipeline.mail.message import Message
from pipeline.mail.parsing import Material, parse
from pipeline.mail.quotes import split_body

__all__ = ["assemble", "read_message"]

_RAW_LIMIT = 268_435_456
_TEXT_LIMIT = 2_000_000
_UNREADABLE = ("broken base64", "broken uuencode", "unknown transfer encoding", "too many parts")
_WORD = re.compile(r"\w+")
_AGREEMENT = 0.8
_AGREEMENT_LENGTH = 50_000


def read_message(raw: bytes) -> Message:
    """The message that `raw` holds. Never raises; see `Message.defects` and `Message.error`.

    Beyond 256 MiB of raw bytes or 2,000,000 characters of text the rest is left out, and said so.
    """
    size = len(raw)
    try:
        return assemble(parse(raw[:_RAW_LIMIT]), size)
    except Exception as error:  # the last resort: a row with an error, never a lost message
        return _unreadable(raw, size, error)


def assemble(material: Material, size: int) -> Message:
    """The message that `material` makes; `size` is that of its raw bytes."""
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


def _visible(material: Material, pages: list[HtmlText], defects: dict[str, None]) -> str:
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
