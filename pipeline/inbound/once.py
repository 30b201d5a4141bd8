"""What makes two arrivals the same message: its identity, author, time, subject and body.

The trace that servers add on the way (Received, Return-Path, Authentication-Results) differs from
path to path and is left out; so are the line ends. A message that only borrows the Message-ID of
another is another message, and is kept.
"""

import hashlib

from pipeline.mail.message import Message

__all__ = ["receipt_of"]

_NAMES = ("message-id", "from", "date", "subject")


def receipt_of(raw: bytes, message: Message, mailbox_id: str) -> str:
    """The SHA-256 under which the arrival of `message`, whose bytes are `raw`, is remembered."""
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")
    _, _, body = text.partition(b"\n\n") if message.headers else (b"", b"", text)
    digest = hashlib.sha256(mailbox_id.encode())
    for name in _NAMES:
        digest.update(b"\x00" + message.header(name).encode("utf-8", "surrogatepass"))
    digest.update(b"\x00" + body)
    return digest.hexdigest()
