"""Header fields: unfolding, encoded words, addresses, parameters and dates; all in linear time.

Sources: RFC 5322 (fields, addresses, dates), RFC 2047 (encoded words), RFC 2231 (parameters).
Nothing here raises on any input.
"""

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

from pipeline.mail.charsets import decode

__all__ = ["addresses", "decode_header", "message_ids", "parameters", "parse_date"]

_LENGTH_LIMIT = 65_536
_ADDRESS_LIMIT = 1_000
_DATE_LENGTH_LIMIT = 200
_ENCODED_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,998})>")


def decode_header(value: bytes) -> str:
    """The text of an unstructured field: unfolded, encoded words decoded, raw 8-bit guessed."""
    value = value[:_LENGTH_LIMIT].replace(b"\r", b"").replace(b"\n", b"")
    if b"=?" not in value:
        return decode(value)[0].strip()
    pieces: list[str] = []
    pending, charset, position = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        label = match[1].split(b"*")[0].decode("ascii", "replace").lower()
        between = value[position : match.start()]
        # Blanks between two encoded words vanish; words of one charset are joined before they
        # are decoded, since real writers cut in the middle of a character.
        adjacent = position > 0 and not between.strip()
        if not adjacent or label != charset:
            pieces.append(decode(pending, charset)[0])
            pending = b""
        if not adjacent:
            pieces.append(decode(between)[0])
        pending, charset = pending + _word(match[2], match[3]), label
        position = match.end()
    pieces.append(decode(pending, charset)[0])
    pieces.append(decode(value[position:])[0])
    return "".join(pieces).strip()


def _word(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return text


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a References or In-Reply-To value, without angle brackets."""
    found = tuple(dict.fromkeys(_MESSAGE_ID.findall(value[:_LENGTH_LIMIT])))
    return found or tuple(word for word in value[:_LENGTH_LIMIT].split()[:1] if "@" in word)


def parse_date(value: str) -> datetime | None:
    """The instant of a Date field in UTC, or None; a missing zone counts as UTC."""
    if not value or len(value) > _DATE_LENGTH_LIMIT:
        return None
    try:
        moment = parsedate_to_datetime(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def addresses(value: bytes) -> tuple[tuple[str, str], ...]:
    """The (display name, address) pairs of an address field; groups are flattened.

    What is no address is left out, unless the field holds nothing else: then the whole of it is
    the one name, so that a reader still sees who claims to write.
    """
    value = value[:_LENGTH_LIMIT].replace(b"\r", b"").replace(b"\n", b" ")
    pairs = []
    for words, angle in _mailboxes(decode(value)[0]):
        name = decode_header(words.encode("utf-8", "surrogateescape"))
        address = angle if angle is not None else words
        address = address.strip()
        if "@" in address and " " not in address:
            pairs.append((name if angle is not None else "", address))
        elif angle is not None and address:
            pairs.append((name, address))
        if len(pairs) >= _ADDRESS_LIMIT:
            break
    if not pairs and value.strip():
        return ((decode_header(value), ""),)
    return tuple(pairs)


def _mailboxes(text: str) -> Iterator[tuple[str, str | None]]:
    """Each mailbox of `text` as its words outside angle brackets and the text inside, if any."""
    words: list[str] = []
    angle: list[str] | None = None
    quoted = in_angle = False
    comment = position = 0
    while position < len(text):
        letter = text[position]
        if letter == "\\" and (quoted or comment) and position + 1 < len(text):
            position += 1
            if quoted:
                (angle if in_angle and angle is not None else words).append(text[position])
        elif quoted:
            if letter == '"':
                quoted = False
            else:
                (angle if in_angle and angle is not None else words).append(letter)
        elif comment:
            comment += (letter == "(") - (letter == ")")
        elif letter == '"':
            quoted = True
        elif letter == "(" and not in_angle:
            comment = 1
        elif letter == "<":
            angle, in_angle = [], True
        elif letter == ">" and in_angle:
            in_angle = False
        elif letter in ",;" and not in_angle:
            yield "".join(words).strip(), None if angle is None else "".join(angle)
            words, angle = [], None
        elif letter == ":" and angle is None and "@" not in words:
            words = []  # the name of a group
        else:
            (angle if in_angle and angle is not None else words).append(letter)
        position += 1
    if words or angle is not None:
        yield "".join(words).strip(), None if angle is None else "".join(angle)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured value (Content-Type, Content-Disposition) and its parameters.

    The value and the names are in lower case; RFC 2231 continuations and charsets are undone.
    """
    first, *rest = _split_parameters(value[:_LENGTH_LIMIT])
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for item in rest:
        name, equals, text = item.partition("=")
        name, text = name.strip().lower(), text.strip()
        if not equals or not name:
            continue
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        base, star, index = name.partition("*")
        if not star:
            plain.setdefault(name, text)
            continue
        number = index.rstrip("*")
        where = int(number) if number.isdecimal() and len(number) < 4 else 0
        pieces.setdefault(base, {})[where] = (text, name.endswith("*"))
    for base, parts in pieces.items():
        plain[base] = _joined([parts[where] for where in sorted(parts)])
    return first.strip().lower(), plain


def _split_parameters(value: str) -> list[str]:
    """`value` cut at the semicolons outside quotes."""
    if '"' not in value:
        return value.split(";")
    items: list[str] = []
    current: list[str] = []
    quoted = escaped = False
    for letter in value:
        if letter == ";" and not quoted:
            items.append("".join(current))
            current = []
            continue
        if letter == '"' and not escaped:
            quoted = not quoted
        escaped = letter == "\\" and quoted and not escaped
        current.append(letter)
    return [*items, "".join(current)]


def _joined(parts: list[tuple[str, bool]]) -> str:
    """RFC 2231: pieces in order, the first may carry charset'language'."""
    charset = ""
    data = b""
    for index, (text, encoded) in enumerate(parts):
        if encoded and index == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "replace")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode(data, charset)[0]
