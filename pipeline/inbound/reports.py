"""Reports about mail that was sent: delivery status (RFC 3464) and complaints (RFC 5965).

A report is what somebody says, not what happened: whoever has the Message-ID of one of our messages
can write one. So this module only reads; `pipeline.store.reports` decides what it believes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser, Parser
from email.policy import compat32
from enum import StrEnum

from pipeline.mail.headers import message_ids

__all__ = ["Report", "ReportKind", "ReportedRecipient", "read_report"]

_LONGEST_REPORT = 4_194_304
_MOST_RECIPIENTS = 100
_MOST_MULTIPARTS = 50
_REPORT = re.compile(rb"^content-type[ \t]*:\s*multipart/report\b", re.IGNORECASE | re.MULTILINE)
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ENCODED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_UNWANTED = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})


class ReportKind(StrEnum):
    """What a report says of one recipient."""

    DELIVERED = "delivered"
    DELAY = "delay"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What is said of one recipient.

    `addresses` are the names it is given, the one that we wrote to first; none when the report
    keeps it back. `status` is an enhanced status code (RFC 3463) or empty, `detail` the server's
    answer or the type of complaint, one line.
    """

    kind: ReportKind
    addresses: tuple[str, ...]
    status: str = ""
    detail: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether the address is not to be written to again.

        That is an address that does not exist (X.1.1, X.1.2, X.1.3, X.1.6, X.1.10), is switched
        off (X.2.1), or whose owner complains; not one that is full, or refuses us (X.7.x).
        """
        if self.kind is ReportKind.COMPLAINT:
            return self.detail in _UNWANTED
        return self.kind is ReportKind.BOUNCE and self.status in _GONE


@dataclass(frozen=True, slots=True)
class Report:
    """A report; `header_ids` are the Message-IDs, in angle brackets, that it may be about."""

    header_ids: tuple[str, ...]
    recipients: tuple[ReportedRecipient, ...]


def read_report(raw: bytes) -> Report | None:
    """The report that the message `raw` is, or None. Never raises."""
    if len(raw) > _LONGEST_REPORT or not _REPORT.search(raw[:65_536]):
        return None
    if raw.lower().count(b"multipart/") > _MOST_MULTIPARTS:
        return None  # the parser's time grows with the depth: no server nests a report like that
    try:
        return _read(BytesParser(policy=compat32).parsebytes(raw))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None  # damaged on purpose or by accident: then it is an ordinary message


def _read(message: Message) -> Report | None:
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    header_ids: list[str] = []
    recipients: list[ReportedRecipient] = []
    for part in message.get_payload():
        assert isinstance(part, Message)
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            recipients += _delivery_status(part)
        elif kind == "message/feedback-report":
            recipients += _feedback(part)
        elif original := _original(part):
            header_ids += _ids(original, "message-id")
    # Some servers return nothing of the message, but answer it as a person would.
    header_ids += [*_ids(message, "in-reply-to"), *reversed(_ids(message, "references"))]
    if not recipients or not header_ids:
        return None
    return Report(tuple(dict.fromkeys(header_ids)), tuple(recipients[:_MOST_RECIPIENTS]))


def _original(part: Message) -> Message | None:
    """The headers of the message that the report is about, from its last part."""
    kind = part.get_content_type()
    if kind in ("message/rfc822", "message/global") and part.is_multipart():
        inner = part.get_payload(0)
        return inner if isinstance(inner, Message) else None
    if kind in ("text/rfc822-headers", "message/global-headers"):
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            return Parser(policy=compat32).parsestr(payload.decode("latin-1"), headersonly=True)
    return None


def _ids(message: Message, name: str) -> list[str]:
    return [f"<{one}>" for one in message_ids(str(message.get(name, "")))]


def _groups(part: Message) -> Iterator[Message]:
    """The groups of fields of a status part."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (group for group in payload if isinstance(group, Message))


def _delivery_status(part: Message) -> Iterator[ReportedRecipient]:
    kinds = {
        "failed": ReportKind.BOUNCE,
        "delayed": ReportKind.DELAY,
        "delivered": ReportKind.DELIVERED,
    }
    for group in _groups(part):
        kind = kinds.get(str(group.get("action", "")).partition("(")[0].strip().lower())
        named = (_address(str(group.get(f"{name}-recipient", ""))) for name in _NAMES)
        addresses = tuple(dict.fromkeys(filter(None, named)))
        if kind is None or not addresses:
            continue
        answer = _line(str(group.get("diagnostic-code", "")).partition(";")[2])
        stated = _ENHANCED.search(str(group.get("status", "")))
        status = stated[1] if stated else ""
        told = _ENHANCED.search(answer)
        if told and (not status or status.endswith(".0.0")):
            status = told[1]  # many servers state 5.0.0 and mean what the other server answered
        yield ReportedRecipient(kind, addresses, status, answer)


_NAMES = ("original", "final")


def _feedback(part: Message) -> Iterator[ReportedRecipient]:
    for group in _groups(part):
        kind = str(group.get("feedback-type", "")).strip().lower()
        if not kind or kind == "not-spam":
            continue
        written = group.get_all("original-rcpt-to") or []
        addresses = [address for one in written if (address := _address(f";{one}"))]
        for address in addresses or [""]:
            named = (address,) if address else ()
            yield ReportedRecipient(ReportKind.COMPLAINT, named, detail=_line(kind))


def _address(typed: str) -> str:
    """The address of `type; address` (RFC 3464, 2.1.2; RFC 6533, 3 for characters in `\\x{…}`)."""
    text = typed.partition(";")[2].strip().strip("<>").strip()
    text = _ENCODED.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), text)
    return text if "@" in text and text.isprintable() and len(text) <= 320 else ""


def _line(text: str) -> str:
    """`text` as one line of at most 300 printable characters."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:300]
