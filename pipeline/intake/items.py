"""The messages of a shard, in order, as raw bytes or as tickets already in fields.

Whatever fails for one message becomes an item with an `error`; the shard goes on.
"""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.errors import IntakeError
from pipeline.intake.mbox import LOOK_AHEAD, Separator, next_separator, unpacked
from pipeline.intake.plan import File, Format, Shard, is_mail_name, shown_name
from pipeline.intake.schema import Entry
from pipeline.intake.tickets import Columns, read_tickets
from pipeline.mail.message import Message
from pipeline.mail.reading import read_message

__all__ = ["Item", "items", "read"]

_MEMBER_LIMIT = 268_435_456
_BLOCK = 4_194_304
_SHORT = 262_144


@dataclass(frozen=True, slots=True)
class Item:
    """One message before it is parsed: its place, and its bytes, fields or reason of failure.

    `doubtful` says that the bytes might be several messages.
    """

    source: str
    offset: int
    content: bytes | Message
    labels: tuple[str, ...] = ()
    doubtful: bool = False


def read(item: Item) -> Entry:
    """The item parsed; never raises."""
    content = item.content
    message = read_message(content) if isinstance(content, bytes) else content
    labels = item.labels
    if not labels and (stated := message.header("x-gmail-labels")):
        labels = tuple(label.strip() for label in stated.split(",") if label.strip())
    if item.doubtful:
        message = replace(message, defects=(*message.defects, "perhaps several messages"))
    return Entry(item.source, item.offset, message, labels)


def items(shard: Shard, columns: str | Columns | None = None) -> Iterator[Item]:
    """Every message of `shard`, in order. Raises IntakeError only if a whole file is unreadable."""
    match shard.format:
        case Format.MBOX:
            return _mbox(shard)
        case Format.FILES:
            return (_file(file) for file in shard.files[shard.start : shard.end])
        case Format.ZIP:
            return _zip(shard)
        case Format.TAR:
            return _tar(shard)
        case Format.TICKETS:
            return _tickets(shard, columns)


def _failed(source: str, offset: int, reason: str) -> Item:
    return Item(source, offset, Message(defects=("not read",), error=reason))


def _file(file: File) -> Item:
    try:
        content = Path(file.path).read_bytes()
        return Item(file.name, 0, _message_of(file.path, content), file.labels)
    except OSError as error:
        return _failed(file.name, 0, f"the file cannot be read: {error.strerror}")


def _message_of(path: str, content: bytes) -> bytes:
    """Apple Mail's .emlx is the length of the message, the message, and a property list."""
    length, newline, rest = content.partition(b"\n")
    if path.lower().endswith(".emlx") and newline and length.strip().isdigit():
        return rest[: int(length[:20])]
    return content


def _tickets(shard: Shard, columns: str | Columns | None) -> Iterator[Item]:
    file = shard.files[0]
    for number, message, labels in read_tickets(file.path, shard.start, shard.end, columns):
        yield Item(file.name, number, message, labels)


def _zip(shard: Shard) -> Iterator[Item]:
    file = shard.files[0]
    with zipfile.ZipFile(file.path) as archive:
        for index, member in enumerate(archive.infolist()[shard.start : shard.end], shard.start):
            name = member.filename
            if member.is_dir() or not is_mail_name(name):
                continue
            source = f"{file.name}!{name}"
            try:
                with archive.open(member) as stream:
                    yield Item(source, index, stream.read(_MEMBER_LIMIT + 1))
            except (
                zipfile.BadZipFile,
                OSError,
                RuntimeError,
                NotImplementedError,
                EOFError,
            ) as error:
                yield _failed(source, index, f"the member cannot be unpacked: {error}")
            except Exception as error:  # zlib.error and its like have no common base
                yield _failed(source, index, f"the member cannot be unpacked: {error}")


def _tar(shard: Shard) -> Iterator[Item]:
    file = shard.files[0]
    try:
        with tarfile.open(file.path, "r:*") as archive:
            for index, member in enumerate(archive):
                wanted = shard.start <= index < shard.end
                if not wanted or not member.isreg() or not is_mail_name(member.name):
                    continue
                stream = archive.extractfile(member)
                content = stream.read(_MEMBER_LIMIT + 1) if stream else b""
                if len(content) < min(member.size, _MEMBER_LIMIT):
                    raise EOFError(f"{member.name} is not whole")
                yield Item(f"{file.name}!{shown_name(member.name)}", index, content)
            if not _ends(archive):
                raise EOFError("its end mark is missing")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise IntakeError(f"{file.name}: the tar archive breaks off: {error}") from error


def _ends(archive: tarfile.TarFile) -> bool:
    """Whether the archive was read up to its end mark: a damaged header also ends the reading."""
    assert archive.fileobj is not None, "open while it is read"
    archive.fileobj.seek(archive.offset)
    return archive.fileobj.read(tarfile.BLOCKSIZE) == bytes(tarfile.BLOCKSIZE)


def _mbox(shard: Shard) -> Iterator[Item]:
    file = shard.files[0]
    with Path(file.path).open("rb") as stream:
        window = _Window(stream, shard.start, shard.end)
        found = window.next(shard.start)
        if shard.start == 0 and (found is None or found.start > 0):
            # Nothing is dropped: text before the first separator is a message without headers.
            before = window.slice(0, window.loaded if found is None else found.start)
            if before.strip():
                yield Item(file.name, 0, before, file.labels)
        while found is not None and found.start < shard.end:
            following = window.next(found.body)
            end = window.loaded if following is None else following.start
            content, doubtful = unpacked(window.slice(found.body, end))
            yield Item(file.name, found.start, content, file.labels, doubtful)
            window.forget(end)
            found = following


class _Window:
    """The part of a file that holds one range of messages, read in blocks; offsets are the file's.

    A decision about a separator is taken only once all the bytes it looks at are loaded, so it
    is the same whatever the blocks and ranges are.
    """

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        self._stream = stream
        self._base = max(start - 3, 0)
        self._ended = False
        stream.seek(self._base)
        self._data = b""
        # A little more than the range: where its last message ends is mostly near.
        self._load(min(end - self._base + _SHORT, 2 * _BLOCK))
        self._next = _SHORT

    @property
    def loaded(self) -> int:
        return self._base + len(self._data)

    def slice(self, start: int, end: int) -> bytes:
        return self._data[start - self._base : end - self._base]

    def forget(self, position: int) -> None:
        """Lets go of what stands before `position`, but for the bytes a decision looks back at."""
        keep = position - 3 - self._base
        if keep > _BLOCK:
            self._data, self._base = self._data[keep:], self._base + keep

    def next(self, position: int) -> Separator | None:
        """The first separator at or after the file offset `position`."""
        while True:
            found = next_separator(self._data, position - self._base, at_file_start=self._base == 0)
            if self._ended or (found and found.start + 2 * LOOK_AHEAD < len(self._data)):
                if found is None:
                    return None
                return Separator(found.start + self._base, found.body + self._base)
            # What lies well before the end is decided; go on from there with more bytes.
            position = max(position, self.loaded - 2 * LOOK_AHEAD)
            self._load(self._next)
            self._next = max(2 * self._next, len(self._data) // 2)  # or a long message is slow

    def _load(self, count: int) -> None:
        block = self._stream.read(count)
        self._data += block
        self._ended = len(block) < count
