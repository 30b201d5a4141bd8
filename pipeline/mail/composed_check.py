"""The guard over composed bytes: what will be sent says what was approved, and nothing more.

Two readers that share no code with the composer look at the bytes: a strict line reader of our own
(names, order, count and shape of the header lines) and a parser in Rust (decoded values). Both must
agree with what was asked for. The service relies on this check, not on the standard library's own
(`verify_generated_headers`, in Python since 3.11.10), which is why it runs safely on any 3.11.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fast_mail_parser import ParseError, parse_email

from pipeline.mail.addresses import Mailbox

__all__ = ["ComposedHeader", "check_composed"]

_BODY_HEADERS = {
    "content-type", "content-transfer-encoding", "content-disposition", "mime-version",
}  # fmt: skip
_NAME = re.compile(rb"[A-Za-z0-9-]{1,70}")
_LONGEST_LINE = 998


@dataclass(frozen=True, slots=True)
class ComposedHeader:
    """A header as it was asked for: what the composer is given, and the mailboxes that it names."""

    name: str
    value: str
    mailboxes: tuple[Mailbox, ...] = ()


def check_composed(raw: bytes, expected: Iterable[ComposedHeader]) -> str | None:
    """What is wrong with `raw`, as a sentence; None when it carries exactly `expected`."""
    expected = tuple(expected)
    if problem := _check_octets(raw):
        return problem
    names = _header_names(raw)
    if isinstance(names, str):
        return names
    wanted = [header.name.lower() for header in expected]
    found = [name for name in names if name not in _BODY_HEADERS]
    if sorted(found) != sorted(wanted):
        odd = sorted(set(found) ^ set(wanted)) or ["one of them twice"]
        return f"the composed header fields differ from those asked for: {', '.join(odd)}"
    if len([name for name in names if name in _BODY_HEADERS]) != len(
        {name for name in names if name in _BODY_HEADERS}
    ):
        return "a content header stands twice"
    return _check_values(raw, expected)


def _check_octets(raw: bytes) -> str | None:
    if not raw.isascii() or b"\x00" in raw:
        return "the composed bytes are not plain ASCII"
    if not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
        return "a bare carriage return or line feed stands in the composed bytes"
    if max(map(len, raw.split(b"\r\n"))) > _LONGEST_LINE:
        return f"a composed line is longer than {_LONGEST_LINE} octets (RFC 5322, 2.1.1)"
    if not raw.endswith(b"\r\n"):
        return "the last composed line does not end"
    return None


def _header_names(raw: bytes) -> list[str] | str:
    head, separator, _ = raw.partition(b"\r\n\r\n")
    if not separator:
        return "the composed bytes have no end of the header"
    names: list[str] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            if not names or not line.strip():
                return "a folded header line is empty"
            continue
        name, colon, _ = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            return f"not a header field: {line[:40]!r}"
        names.append(name.decode("ascii").lower())
    return names


def _check_values(raw: bytes, expected: Iterable[ComposedHeader]) -> str | None:
    try:
        mail = parse_email(raw, mode="lazy")
    except ParseError as error:
        return f"the second parser refuses the composed bytes: {error}"
    values = {name.lower(): found for name, found in mail.headers.items()}
    mailboxes = {
        "from": [mail.from_] if mail.from_ else [],
        "to": mail.to,
        "cc": mail.cc,
        "reply-to": mail.reply_to,
    }
    wanted: dict[str, list[str]] = {}
    for header in expected:
        name = header.name.lower()
        if header.mailboxes:
            shown = [(box.address, box.name) for box in header.mailboxes]
            read = [(box.address, _squeezed(box.display_name or "")) for box in mailboxes[name]]
            if read != [(address, _squeezed(label)) for address, label in shown]:
                return f"the second parser reads other mailboxes in {header.name}: {read!r}"
        else:
            wanted.setdefault(name, []).append(_squeezed(header.value))
    for name, texts in wanted.items():
        if [_squeezed(text) for text in values.get(name, [])] != texts:
            return f"the second parser reads another value of {name}: {values.get(name)!r}"
    return None


def _squeezed(text: str) -> str:
    """Folding may change the number of spaces, nothing else."""
    return "".join(text.split())
