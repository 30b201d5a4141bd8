"""Hostile mail by the hundred: every message is read, none crashes, none is lost.

`GATEPOST_FAULT_MIME` says how many there are (200 unless told; 100,000 in the long run).
"""

import base64
import os
import random
from collections.abc import Callable, Sequence

import pytest

from pipeline.mail.message import Message
from pipeline.mail.reading import read_message
from pipeline.mail.scanning import Content, scan

INPUTS = int(os.environ.get("GATEPOST_FAULT_MIME", "200"))
_HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: hello\r\nMIME-Version: 1.0\r\n"


def nested(chance: random.Random) -> bytes:
    depth = chance.choice((3, 60, 1_000))
    inner = b"Content-Type: text/plain\r\n\r\nhello\r\n"
    for level in range(depth):
        mark = b"b%d" % level
        inner = (
            b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n--' + mark + b"\r\n"
            + inner + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
    return _HEAD + inner


def messages_in_messages(chance: random.Random) -> bytes:
    inner = _HEAD + b"\r\nhello\r\n"
    for _ in range(chance.choice((2, 50, 400))):
        inner = _HEAD + b"Content-Type: message/rfc822\r\n\r\n" + inner
    return inner


def many_parts(chance: random.Random) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    return (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + part * chance.choice((10, 3_000)) + chance.choice((b"--b--\r\n", b"", b"--b"))
    )  # fmt: skip


def own_boundary(chance: random.Random) -> bytes:
    mark = chance.choice((b"", b" ", b"-", b"\x00", b"b" * 2_000, b'"', b"b\\", b"\xff"))
    return _HEAD + b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark


def headers(chance: random.Random) -> bytes:
    name = chance.choice((b"Subject", b"To", b"Content-Type", b"References", b"Received", b"Date"))
    unit = chance.choice(
        (b"=?utf-8?q?" + b"=41" * 20 + b"?= ", b"<a@b.example>,", b"(" * 40, b'"', b";a*0*=",
         b"\xff\xfe", b"\r\n ", b"=?x?b?" + b"A" * 30 + b"?=", b"<" * 40, b"\x00")
    )  # fmt: skip
    return name + b": " + unit * chance.choice((1, 40, 5_000)) + b"\r\n" + _HEAD + b"\r\nhello\r\n"


def encodings(chance: random.Random) -> bytes:
    coding = chance.choice((b"base64", b"quoted-printable", b"x-uuencode", b"gzip", b"7bit", b""))
    charset = chance.choice((b"utf-7", b"utf-16", b"idna", b"hex", b"zlib", b"rot13", b"x" * 300))
    octets = base64.b64encode(chance.randbytes(chance.choice((10, 4_000))))
    return (
        _HEAD + b"Content-Type: text/html; charset=" + charset + b"\r\nContent-Transfer-Encoding: "
        + coding + b"\r\n\r\n" + octets[: -chance.randint(1, 5)] + b"=" * chance.randint(0, 9)
    )  # fmt: skip


def documents(chance: random.Random) -> bytes:
    unit = chance.choice(
        (b"<div>", b"<table><tr><td>", b"<!--", b"<a href=x>", b"&#x110000;", b"<style>a{",
         b"<svg>", b"<p style='display:none'>", b"</div>", b"<![CDATA[")
    )  # fmt: skip
    return _HEAD + b"Content-Type: text/html\r\n\r\n" + unit * chance.choice((1, 500, 20_000))


def broken(chance: random.Random) -> bytes:
    """One of the others, cut, spliced or with octets changed."""
    octets = bytearray(chance.choice(_KINDS)(chance))
    for _ in range(chance.randint(1, 30)):
        place = chance.randrange(len(octets) or 1)
        octets[place : place + chance.randint(0, 40)] = chance.randbytes(chance.randint(0, 40))
    return bytes(octets)


_KINDS: Sequence[Callable[[random.Random], bytes]] = (
    nested, messages_in_messages, many_parts, own_boundary, headers, encodings, documents,
)  # fmt: skip


@pytest.mark.timeout(14_400 if INPUTS > 1_000 else 120)
def test_every_hostile_message_is_read() -> None:
    chance = random.Random(69)
    for number in range(INPUTS):
        kind = chance.choice((*_KINDS, broken))
        raw = kind(chance)
        found = read_message(raw)
        assert isinstance(found, Message), number
        assert found.size == len(raw), (number, kind.__name__)
        texts = (found.subject, found.text, found.quoted, found.hidden_text)
        assert all(text.encode() is not None for text in texts), kind.__name__  # no lone surrogate
        scan(Content(subject=found.subject, text=found.text, html=found.html_text))
    print(f"\n{INPUTS} hostile messages read, 0 crashes")
