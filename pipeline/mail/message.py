"""A received message, decoded: what every later stage reads instead of raw bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

__all__ = ["Attachment", "Message"]

_NO_HEADERS: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not body text; `size` is in bytes, before transfer decoding (RFC 2045)."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message, all of its text decoded to Unicode.

    `text` is what the writer added and a reader sees; what was quoted from earlier messages (or
    forwarded), the signature, and text an HTML part hides are kept apart and never lost.
    `html_text` is the visible text of the HTML parts, empty without any. `headers` maps each name
    in lower case to all its values in order. `size` is the length of the raw message in bytes.
    `defects` name what was mended on the way, in stable words; `error` says, in a sentence, what
    could not be read, and is None when everything was.
    """

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    date: datetime | None = None
    from_address: str = ""
    from_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    quoted: str = ""
    signature: str = ""
    html_text: str = ""
    hidden_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_HEADERS, hash=False)
    authentication_results: tuple[str, ...] = ()
    size: int = 0
    defects: tuple[str, ...] = ()
    error: str | None = None

    def header(self, name: str) -> str:
        """The first value of the header `name`, whatever its case; empty when absent."""
        return next(iter(self.headers.get(name.lower(), ())), "")

    @property
    def thread_id(self) -> str:
        """The id of the first message of the thread, as far as this message tells (RFC 5322)."""
        if gmail := self.header("x-gm-thrid"):
            return gmail
        return next(iter(self.references), "") or self.in_reply_to or self.message_id
