"""The text inside of attachments, as far as it can be had without a program of its kind.

Plain text, and what stands in ZIP files: archives, and the documents and spreadsheets of office
programs (ISO/IEC 29500, ISO/IEC 26300), which are ZIP files of XML. Whatever else is judged by its
kind alone (`pipeline.mail.attachment_kinds`).
"""

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

__all__ = ["texts_of"]

_MOST_TEXT = 1_000_000
"""Octets read of a text, and of all texts of an archive: a small file can unpack to terabytes."""
_MOST_MEMBERS = 1_000
_ZIP = b"PK\x03\x04"
_END_OF_PARAGRAPH = re.compile(r"</(?:w|text):p>")
_XML_TAG = re.compile(r"<[^<>]*>")
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, RuntimeError, NotImplementedError,
    EOFError, OSError, ValueError,
)  # fmt: skip


def texts_of(data: bytes) -> Iterator[str]:
    """Each text that can be read in a file, none for a file of another kind or a broken one."""
    if data.startswith(_ZIP):
        yield from _texts_within(data)
    elif text := _text(data):
        yield text


def _texts_within(data: bytes) -> Iterator[str]:
    left = _MOST_TEXT
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist()[:_MOST_MEMBERS]:
                yield member.filename
                with archive.open(member) as file:
                    read = file.read(left)
                left -= len(read)
                text = _text(read)
                yield text
                # A number may stand in pieces, each in a style of its own.
                *paragraphs, _ = _END_OF_PARAGRAPH.split(text)
                yield from (_XML_TAG.sub("", one) for one in paragraphs)
                if left <= 0:
                    return
    except _UNREADABLE:
        return  # encrypted, damaged or of a newer kind: for people, by its kind


def _text(data: bytes) -> str:
    """The file as text; empty when it is none."""
    if b"\x00" in data[:4096]:
        return ""
    return data[:_MOST_TEXT].decode("utf-8", "replace")
