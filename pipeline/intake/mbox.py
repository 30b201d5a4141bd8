"""Where the messages of an mbox begin, in all its dialects (RFC 4155 and its four cousins).

A line that starts with "From " begins a message only if a header follows it: a known field in
the next line's block, two of them unless the line itself is a full envelope line after an empty
one. So prose, patches and quoted envelope lines do not split a message. Where that rule leaves a
doubt, the message says so (`unpacked`).

The decision at a place looks two bytes back and 16 KiB ahead, hence it does not depend on how a
file is cut into ranges.
"""

import re
from dataclasses import dataclass

__all__ = ["LOOK_AHEAD", "Separator", "next_separator", "unpacked"]

LOOK_AHEAD = 16_384
"""Bytes after a candidate that decide whether it is a separator."""

_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]{0,20}:")
_ENVELOPE = re.compile(
    rb"From [^\r\n]{0,300}\d\d:\d\d(?::\d\d)?[^\r\n]{0,40} \d{4}|From - |From \d{5,30}@xxx "
)
_FIELDS_LOOKED_AT = 100
_PATCH_DATE = b" Mon Sep 17 00:00:00 2001"
_KNOWN = frozenset((
    b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"message-id", b"mime-version", b"received",
    b"return-path", b"delivered-to", b"content-type", b"content-transfer-encoding", b"reply-to",
    b"in-reply-to", b"references", b"sender", b"x-gm-thrid", b"x-gmail-labels", b"x-mozilla-status",
    b"x-mozilla-status2", b"x-uidl", b"status", b"x-status", b"envelope-to", b"delivery-date",
    b"dkim-signature", b"authentication-results", b"arc-seal", b"list-id", b"x-mailer",
    b"user-agent",
    b"x-original-to", b"x-received", b"precedence", b"auto-submitted", b"resent-from",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Separator:
    """A "From " line: where it starts and where the message after it does."""

    start: int
    body: int


def next_separator(data: bytes, position: int, *, at_file_start: bool) -> Separator | None:
    """The first separator of `data` at or after `position`.

    `at_file_start` says that `data` starts where the file does: a "From " line there always
    separates. Otherwise the first byte of `data` is only looked back at.
    """
    if at_file_start and position == 0 and data.startswith(b"From "):
        return Separator(0, _line_end(data, 0))
    place = max(position - 1, 0)
    while True:
        place = data.find(b"\nFrom ", place)
        if place < 0:
            return None
        start = place + 1
        body = _line_end(data, start)
        if _separates(data, start, body):
            return Separator(start, body)
        place = start


def _line_end(data: bytes, start: int) -> int:
    newline = data.find(b"\n", start, start + LOOK_AHEAD)
    return len(data) if newline < 0 else newline + 1


def _separates(data: bytes, start: int, body: int) -> bool:
    line = data[start:body].rstrip()
    if line.endswith(_PATCH_DATE):
        return False
    limit = body + LOOK_AHEAD
    # Thunderbird and some Dovecot exports put nothing between; others an empty quoted line.
    if not _FIELD.match(data, body, limit) and not data.startswith(b">From ", body, limit):
        return False
    needed = 1 if _ENVELOPE.match(line) and _after_empty_line(data, start) else 2
    found = set()
    for _ in range(_FIELDS_LOOKED_AT):
        end = data.find(b"\n", body, limit)
        field = data[body : min(limit, len(data)) if end < 0 else end]
        if not field.strip():
            break
        name = field.partition(b":")[0].strip().lower()
        if name in _KNOWN:
            found.add(name)
            if len(found) >= needed:
                return True
        if end < 0:
            break
        body = end + 1
    return False


def _after_empty_line(data: bytes, start: int) -> bool:
    return data[max(start - 3, 0) : start].replace(b"\r", b"").endswith(b"\n\n")


def unpacked(data: bytes) -> tuple[bytes, bool]:
    """A message as it was before it was put into the mbox, its ">From " lines unquoted.

    Also, whether it holds a line that might have been a separator, so might be several messages.
    """
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    if b"From " not in data:
        return data, False
    return re.sub(rb"(?m)^>(>{0,50}From )", rb"\1", data), _holds_envelope(data)


def _holds_envelope(data: bytes) -> bool:
    place = data.find(b"\nFrom ")
    while place >= 0:
        if _ENVELOPE.match(data, place + 1, place + 500):
            return True
        place = data.find(b"\nFrom ", place + 1)
    return False
