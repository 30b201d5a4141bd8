"""Files that would burst when opened, and mail too large to be held in memory: nothing is."""

import gzip
import io
import lzma
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from email.message import EmailMessage

import pytest

from pipeline.mail.reading import read_message
from pipeline.mail.scanning import Content, scan

INFLATED = 60_000_000
_ZEROS = bytes(INFLATED)
_MEMORY = 12_000_000


def packed(name: str = "a", inner: bytes = _ZEROS) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(name, inner)
    return file.getvalue()


def nested() -> bytes:
    inner = packed()
    for _ in range(5):
        inner = packed("again.zip", inner)
    return inner


def image() -> bytes:
    """A PNG of 20,000 by 20,000 white dots."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_of_it = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_of_it)

    size = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    lines = zlib.compress(_ZEROS[: 20_000 * 2_501], 1)
    parts = (chunk(b"IHDR", size), chunk(b"IDAT", lines), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def laughs() -> bytes:
    """An SVG of entities that hold ten of the one before."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY l0 "lol">{entities}]><svg>&l9;</svg>'.encode()


@pytest.mark.parametrize(
    ("name", "make", "kind"),
    [
        ("invoice.zip", packed, "archive"),
        ("invoice.pdf.zip", nested, "archive"),
        ("invoice.gz", lambda: gzip.compress(_ZEROS, 1), "archive"),
        ("invoice.xz", lambda: lzma.compress(_ZEROS[:8_000_000], preset=0), "archive"),
        ("invoice.docx", lambda: packed("word/document.xml"), "document"),
        ("photo.png", image, "image"),
        ("photo.pdf", image, "image"),  # by its bytes, whatever its name is
        ("drawing.svg", laughs, "executable"),
    ],
)
def test_what_would_burst_is_named_and_not_opened(
    name: str, make: Callable[[], bytes], kind: str
) -> None:
    data = make()
    message = EmailMessage()
    message["From"], message["Subject"] = "ada@example.org", "my order"
    message.set_content("see the file")
    message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    raw = message.as_bytes()
    assert len(raw) < _MEMORY / 4
    tracemalloc.start()
    try:
        found = read_message(raw)
        scanned = scan(Content(subject="", text=found.text, attachments=((name, data),)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [one.name for one in found.attachments] == [name]
    assert scanned.attachments == {kind}
    assert peak < _MEMORY, "it was opened"
