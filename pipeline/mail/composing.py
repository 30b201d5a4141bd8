"""A draft to the bytes of a message: composed once, checked, then never touched again.

The standard library writes the MIME structure under a 7 bit policy, so that no relay has a reason
to re-encode (which would break a signature). `composed_check` then reads the bytes again and
compares every header with the draft: on a Python before 3.11.10 the library itself can be made to
write a header that nobody asked for (CVE-2024-6923).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from pipeline.mail.addresses import Mailbox
from pipeline.mail.card_numbers import redact_card_numbers
from pipeline.mail.composed_check import ComposedHeader, check_composed
from pipeline.mail.mime import POLICY, add_alternatives, add_text

__all__ = [
    "Additions", "ComposingError", "Draft", "DraftAttachment", "completed", "compose",
    "may_set_header",
]  # fmt: skip

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,70}")
_FURTHER_HEADERS = frozenset(
    {
        "auto-submitted", "comments", "feedback-id", "importance", "keywords", "organization",
        "precedence", "priority", "sensitivity",
    }
)  # fmt: skip
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_ATOM}(?:\.{_ATOM})*)")
_CLOSING_BODY = re.compile(r"</body\s*>", re.IGNORECASE)


class ComposingError(ValueError):
    """The draft asks for something that cannot be written safely; says how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem, mend)  # both: an exception travels between processes as its args
        self.mend = mend

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class DraftAttachment:
    """A file to attach; `media_type` is `type/subtype`."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author wrote, checked: texts are plain Unicode, never encoded by the author.

    `message_id` and the ids of `in_reply_to` and `references` stand with their angle brackets.
    `headers` are further fields as (name, value), none of which is one that is set here.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    message_id: str
    date: datetime
    text: str = ""
    html: str = ""
    cc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[DraftAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Additions:
    """How the policy's obligations complete a message before it leaves.

    `unsubscribe_url` is the https address that ends the subscription when it is posted to
    (RFC 8058); an empty text adds nothing.
    """

    unsubscribe_url: str = ""
    postal_address: str = ""
    advertisement_label: str = ""
    redact_card_numbers: bool = False


def may_set_header(name: str) -> bool:
    """Whether an author may set the header `name`: X-…, List-… and a few harmless ones.

    Everything that says who writes to whom, what the body is, or what a server found, is ours.
    """
    lower = name.lower()
    return _HEADER_NAME.fullmatch(name) is not None and (
        lower.startswith(("x-", "list-")) or lower in _FURTHER_HEADERS
    )


def completed(draft: Draft, additions: Additions) -> Draft:
    """`draft` with what the obligations ask for."""
    subject, text, html = draft.subject, draft.text, draft.html
    if additions.redact_card_numbers:
        subject, text, html = (redact_card_numbers(part)[0] for part in (subject, text, html))
    footer = []
    if additions.advertisement_label:
        footer.append((additions.advertisement_label, ""))
    if additions.postal_address:
        footer.append((" · ".join(additions.postal_address.splitlines()), ""))
    headers = draft.headers
    if additions.unsubscribe_url:
        footer.append(("Unsubscribe", additions.unsubscribe_url))
        headers = (
            *headers,
            ("List-Unsubscribe", f"<{additions.unsubscribe_url}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        )
    return Draft(
        sender=draft.sender,
        to=draft.to,
        subject=subject,
        message_id=draft.message_id,
        date=draft.date,
        text=_with_text_footer(text, footer) if text or not html else "",
        html=_with_html_footer(html, footer) if html else "",
        cc=draft.cc,
        reply_to=draft.reply_to,
        in_reply_to=draft.in_reply_to,
        references=draft.references,
        headers=headers,
        attachments=draft.attachments,
    )


def compose(draft: Draft) -> bytes:
    """The message as it goes over the wire: CRLF lines of at most 998 ASCII octets.

    Raises ComposingError when the bytes, read again by other parsers, are not what `draft` says.
    """
    message = EmailMessage(POLICY)
    for name, _ in draft.headers:
        if not may_set_header(name):
            raise ComposingError(f"an author may not set the header {name!r}", _MEND)
    try:
        expected = _headers(draft)
        for header in expected:
            message[header.name] = header.value
        _fill(message, draft)
        raw = message.as_bytes()
    except (ValueError, TypeError, LookupError, UnicodeError) as error:
        raise ComposingError(f"the message cannot be written: {error}", _MEND) from error
    if problem := check_composed(raw, expected):
        raise ComposingError(problem, _MEND)
    return raw


_MEND = "write headers, names and subject as plain text without control characters"


def _headers(draft: Draft) -> tuple[ComposedHeader, ...]:
    def mailboxes(name: str, boxes: tuple[Mailbox, ...]) -> list[ComposedHeader]:
        if not boxes:
            return []
        return [ComposedHeader(name, ", ".join(map(_address, boxes)), boxes)]

    texts: list[tuple[str, str]] = [
        ("Date", format_datetime(draft.date)),
        ("Message-ID", draft.message_id),
    ]
    if draft.in_reply_to:
        texts.append(("In-Reply-To", draft.in_reply_to))
    if draft.references:
        texts.append(("References", " ".join(draft.references)))
    texts += draft.headers
    return (
        *mailboxes("From", (draft.sender,)),
        *mailboxes("To", draft.to),
        *mailboxes("Cc", draft.cc),
        *mailboxes("Reply-To", draft.reply_to),
        ComposedHeader("Subject", draft.subject),
        *(ComposedHeader(name, value) for name, value in texts),
    )


def _address(box: Mailbox) -> str:
    """`box` as a header says it, its name quoted where it must be (RFC 5322, 3.4)."""
    if found := _DOT_ATOM_ADDRESS.fullmatch(box.address):
        return str(Address(box.name, *found.groups()))
    return str(Address(box.name, addr_spec=box.address))


def _fill(message: EmailMessage, draft: Draft) -> None:
    if draft.text and draft.html:
        message["MIME-Version"] = "1.0"
        add_alternatives(message, _lines(draft.text), _lines(draft.html))
    else:
        subtype = "html" if draft.html else "plain"
        add_text(message, _lines(draft.html or draft.text), subtype)
        message["MIME-Version"] = "1.0"
    for attachment in draft.attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.data, maintype=main, subtype=sub, filename=attachment.name
        )


def _lines(text: str) -> str:
    """`text` with every line end as the library expects it, ending in one."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


def _with_text_footer(text: str, footer: list[tuple[str, str]]) -> str:
    if not footer:
        return text
    lines = "\n".join(f"{label}: {url}" if url else label for label, url in footer)
    return f"{text.rstrip()}\n\n-- \n{lines}\n"


def _with_html_footer(html: str, footer: list[tuple[str, str]]) -> str:
    if not footer:
        return html
    lines = "<br>".join(
        f'<a href="{escape(url)}">{escape(label)}</a>' if url else escape(label)
        for label, url in footer
    )
    block = f'<p style="font-size:small">{lines}</p>'
    closing = list(_CLOSING_BODY.finditer(html))
    place = closing[-1].start() if closing else len(html)
    return f"{html[:place]}{block}{html[place:]}"
