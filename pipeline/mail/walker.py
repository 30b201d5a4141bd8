"""A tolerant MIME walker over bytes: the whole of a message whatever is wrong with it.

Used for the messages the fast parser refuses or garbles, and complete on its own. It follows
RFC 2045 and 2046 where the message does, and otherwise keeps the text: headers with stray lines,
multiparts without a boundary or without an end, bodies in no known encoding. Time is linear in
the size of the message times the depth of its multiparts, which is capped. Never raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.mail.charsets import decode
from pipeline.mail.headers import decode_header, parameters
from pipeline.mail.html_text import html_text
from pipeline.mail.message import Attachment
from pipeline.mail.transfer import decode_transfer

__all__ = ["Walked", "split_headers", "walk"]

_DEPTH_LIMIT = 30
_PART_LIMIT = 2_000
_HEADER_BYTES_LIMIT = 1_000_000
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,20}:")
_STRAY_LINES = 20
_WELL_KNOWN = frozenset((
    b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"received", b"reply-to", b"references", b"in-reply-to",
))  # fmt: skip
_TEXT_TYPES = frozenset(("text/plain", "text/html"))
_ENCRYPTED = frozenset(
    ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
)

Headers = list[tuple[str, bytes]]


@dataclass(slots=True)
class Walked:
    """What a walk has found; `headers` are the raw values of the outermost message.

    `attached` holds the subjects and visible texts of embedded messages (message/rfc822).
    """

    headers: Headers = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: dict[str, None] = field(default_factory=dict)

    def all(self, name: str) -> list[bytes]:
        """Every raw value of the header `name` (lower case), in order."""
        return [value for key, value in self.headers if key == name]

    def first(self, name: str) -> bytes:
        """The first raw value of the header `name` (lower case), or nothing."""
        return next((value for key, value in self.headers if key == name), b"")


def split_headers(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Headers, int, bool]:
    """The fields of a header block, where the body starts, and whether all lines were fields.

    Names are in lower case, values raw and still folded. A line that is no field ends the block
    unless a field follows at once, or a well-known one before the next empty line; without a
    single field everything is body.
    """
    end = len(raw) if end is None else end
    limit = min(end, start + _HEADER_BYTES_LIMIT)
    fields: Headers = []
    clean = True
    position = start
    while position < limit:
        line_end, following = _line(raw, position, limit)
        line = raw[position:line_end]
        if not line.strip():
            return fields, following if fields or not line else start, clean
        match = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            # Rebuilt once per folded line: a field of many lines would cost its square, so a
            # long one stops growing.
            if len(value) < 65_536:
                fields[-1] = (name, value + b"\n" + line)
        elif match and not (position == start and line.startswith((b"From ", b">From "))):
            name = match[1].decode("ascii").lower()
            fields.append((name, line[match.end() :].strip()))
        elif position > start or not line.startswith((b"From ", b">From ")):
            if not fields or not _fields_go_on(raw, following, limit):
                return fields, position if fields else start, False
            clean = False
        position = following
    return fields, position, clean


def _fields_go_on(raw: bytes, position: int, limit: int) -> bool:
    """Whether the lines from `position` on, which follow a stray line, still belong to a header."""
    for number in range(_STRAY_LINES):
        line_end, following = _line(raw, position, limit)
        match = _FIELD.match(raw[position:line_end])
        if match and (number == 0 or match[1].lower() in _WELL_KNOWN):
            return True
        if line_end == position:
            return False
        position = following
    return False


def _line(raw: bytes, position: int, limit: int) -> tuple[int, int]:
    """Where the line at `position` ends and the next one starts; ends at LF, CRLF or lone CR."""
    newline = raw.find(b"\n", position, limit)
    stop = limit if newline < 0 else newline
    carriage = raw.find(b"\r", position, stop)
    if carriage >= 0 and carriage + 1 != newline:
        return carriage, carriage + 1
    return (stop if carriage < 0 else carriage), (limit if newline < 0 else newline + 1)


@dataclass(frozen=True, slots=True)
class _Part:
    """One entity of a message: its fields and where its body stands in `data`."""

    headers: Headers
    data: bytes
    start: int
    end: int
    depth: int = 0
    attached: bool = False


def walk(raw: bytes) -> Walked:
    """Everything that can be read of the message `raw`."""
    found = Walked()
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    found.headers, body, clean = split_headers(raw)
    if not clean:
        found.defects["broken headers"] = None
    if not found.headers:
        found.defects["no headers"] = None
    if not all(_is_utf8(value) for _, value in found.headers):
        found.defects["unencoded header bytes"] = None
    pending = [_Part(found.headers, raw, body, len(raw))]
    count = 0
    while pending:
        part = pending.pop()
        count += 1
        if count > _PART_LIMIT or part.depth > _DEPTH_LIMIT:
            found.defects["too many parts"] = None
            size = part.end - part.start
            found.attachments.append(Attachment("", "application/octet-stream", size))
            continue
        children = list(_children(found, part))
        if not children:
            children = _leaf(found, part)
        pending.extend(reversed(children))
    return found


def _is_utf8(value: bytes) -> bool:
    """Whether a header value is ASCII or UTF-8, which RFC 6532 allows."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _content_type(headers: Headers) -> tuple[str, dict[str, str]]:
    raw = next((value for name, value in headers if name == "content-type"), b"")
    kind, options = parameters(raw.replace(b"\r", b"").replace(b"\n", b" ").decode("latin-1"))
    if raw and ("/" not in kind or " " in kind):
        kind = "text/html" if "html" in kind else "text/plain"
    return kind or "text/plain", options


def _children(found: Walked, part: _Part) -> Iterator[_Part]:
    """The parts of a multipart; nothing for a leaf or for a multipart without any."""
    kind, options = _content_type(part.headers)
    if kind in _ENCRYPTED:
        found.defects["encrypted"] = None
    if not kind.startswith("multipart/"):
        return
    data, end = part.data, part.end
    boundary = options.get("boundary", "").strip().encode("latin-1", "replace")
    if not boundary or not _delimiter(data, boundary, part.start, end):
        boundary = _guess_boundary(data, part.start, end)
        found.defects["missing boundary"] = None
        if not boundary:
            return
    position = _delimiter(data, boundary, part.start, end)
    while position and not position[1]:
        _, start = _line(data, position[0], end)
        position = _delimiter(data, boundary, start, end)
        part_end = _without_newline(data, start, position[0]) if position else end
        headers, body, clean = split_headers(data, start, part_end)
        if not clean:
            found.defects["broken part headers"] = None
        yield _Part(headers, data, body, part_end, part.depth + 1, part.attached)
    if not position:
        found.defects["unclosed multipart"] = None


def _delimiter(data: bytes, boundary: bytes, start: int, end: int) -> tuple[int, bool] | None:
    """Where the next delimiter line starts from `start` on, and whether it closes the multipart."""
    mark = b"--" + boundary
    position = start
    while True:
        position = data.find(mark, position, end)
        if position < 0:
            return None
        after = position + len(mark)
        at_line_start = position == 0 or data[position - 1] in b"\r\n"
        closing = data[after : after + 2] == b"--"
        rest = data[after + 2 * closing : after + 2 * closing + 1]
        if at_line_start and (not rest or rest in b" \t\r\n" or closing):
            return position, closing
        position = after


def _without_newline(data: bytes, start: int, end: int) -> int:
    """`end` without the line ending before it, which belongs to the delimiter (RFC 2046)."""
    for newline in (b"\r\n", b"\n", b"\r"):
        if data.endswith(newline, start, end):
            return end - len(newline)
    return end


def _guess_boundary(data: bytes, start: int, end: int) -> bytes:
    """The boundary of a multipart that does not state it: its first line `--x` before a field."""
    position = start
    for _ in range(200):
        position = data.find(b"--", position, end)
        if position < 0:
            return b""
        line_end, following = _line(data, position, end)
        line = data[position + 2 : line_end].rstrip()
        starts = position == start or data[position - 1] in b"\r\n"
        if starts and 0 < len(line) <= 200 and _FIELD.match(data[following : following + 220]):
            return line
        position = max(following, position + 2)
    return b""


def _leaf(found: Walked, part: _Part) -> list[_Part]:
    """Files one leaf away; returns the embedded message that is to be walked, if it is one."""
    kind, options = _content_type(part.headers)
    if kind.startswith("multipart/"):
        kind = "text/plain"
    raw = dict(reversed(part.headers))
    disposition, file_options = parameters(
        raw.get("content-disposition", b"").replace(b"\n", b" ").decode("latin-1")
    )
    name = decode_header(
        (file_options.get("filename") or options.get("name", "")).encode("utf-8", "replace")
    )
    body = kind in _TEXT_TYPES and disposition != "attachment"
    if not body:
        found.attachments.append(Attachment(name, kind, part.end - part.start))
        if kind == "application/ms-tnef" or name.lower() == "winmail.dat":
            found.defects["winmail.dat not opened"] = None
        if kind != "message/rfc822":
            return []
    decoded, defect = decode_transfer(
        part.data[part.start : part.end],
        raw.get("content-transfer-encoding", b"").decode("latin-1"),
    )
    if defect:
        found.defects[defect] = None
    if kind == "message/rfc822":
        headers, start, _ = split_headers(decoded)
        subject = next((value for name, value in headers if name == "subject"), b"")
        found.attached.append(decode_header(subject))
        return [_Part(headers, decoded, start, len(decoded), part.depth + 1, attached=True)]
    text, honest = decode(decoded, options.get("charset", ""))
    if not honest:
        found.defects["wrong charset"] = None
    if part.attached:
        found.attached.append(html_text(text).visible if kind == "text/html" else text)
    else:
        (found.html if kind == "text/html" else found.plain).append(text)
    return []
