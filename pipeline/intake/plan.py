"""What stands at a path, cut into shards that can be read one by one, in any order.

A shard is a short description (a few hundred bytes) of a range of messages; it can be sent to
another process or machine. Cutting reads no message: an mbox is cut at byte offsets, a folder
between files, an archive between members, a ticket export between rows.
"""

import gzip
import hashlib
import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

from pipeline.intake.errors import IntakeError
from pipeline.intake.tickets import count_rows

__all__ = ["File", "Format", "Plan", "Shard", "is_mail_name", "plan", "shown_name"]

SHARD_BYTES = 4_194_304
_SMALL_SHARDS = 4
_SHARD_FILES = 4_096
_SHARD_ROWS = 20_000
_TICKETS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_CONVERTERS = {
    ".msg": "convert it to .eml first, for example with: msgconvert FILE.msg",
    ".pst": "convert it to mbox first, for example with: readpst -r -o FOLDER FILE.pst",
    ".ost": "convert it to mbox first, for example with: readpst -r -o FOLDER FILE.ost",
    ".olm": "export the mailbox as mbox from Outlook for Mac or a converter first",
}
_IGNORED_NAMES = frozenset(("thumbs.db", "desktop.ini", "dovecot.index", "dovecot-uidlist"))
_MBOX = (".mbox", ".mbx")
_MAILDIR = ("cur", "new")


class Format(StrEnum):
    """How a shard's messages are stored."""

    MBOX = "mbox"
    FILES = "files"
    ZIP = "zip"
    TAR = "tar"
    TICKETS = "tickets"


@dataclass(frozen=True, slots=True)
class File:
    """A file to read, the name its messages carry as `source`, and its labels."""

    path: str
    name: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shard:
    """Messages `start` (included) to `end` (not) of `files`.

    The unit is bytes for mbox, members for zip and tar, rows for tickets, files for FILES.
    `size` is the number of bytes to be read, as far as known, for progress.
    """

    format: Format
    files: tuple[File, ...]
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Every shard of an input, in order, and the files that hold no message, with the reason."""

    shards: tuple[Shard, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Bytes to be read in all."""
        return sum(shard.size for shard in self.shards)


@dataclass(slots=True)
class _Planner:
    scratch: Path | None
    shard_bytes: int
    shards: list[Shard] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def folder(self, folder: Path) -> None:
        loose: list[File] = []
        for path in _walk(folder):
            name = shown_name(path.relative_to(folder.parent).as_posix())
            if path.parent.name in _MAILDIR:
                loose.append(File(str(path), name, _maildir_labels(path.parent.parent, folder)))
            elif path.suffix.lower() in _CONVERTERS:
                self.skipped.append((name, _CONVERTERS[path.suffix.lower()]))
            elif _is_message_name(path):
                loose.append(File(str(path), name))
            elif not self.file(path, name, tickets=False):
                alone = path.suffix.lower() in _TICKETS
                why = "a table, which is classified by itself" if alone else "not a mail file"
                self.skipped.append((name, why))
        self.loose(loose)

    def loose(self, files: list[File]) -> None:
        """Groups single-message files by size, in order."""
        group: list[File] = []
        size = 0
        for file in files:
            group.append(file)
            size += _size(file.path)
            if size >= self.shard_bytes or len(group) >= _SHARD_FILES:
                self.shards.append(Shard(Format.FILES, tuple(group), 0, len(group), size))
                group, size = [], 0
        if group:
            self.shards.append(Shard(Format.FILES, tuple(group), 0, len(group), size))

    def file(self, path: Path, name: str, *, tickets: bool) -> bool:
        """Plans one file; False when it is of no kind that is read."""
        start = _start(path)
        if start.startswith(b"\x1f\x8b") and not _is_tar(path):
            return self.gzipped(path, name, tickets=tickets)
        if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return self.zipped(path, name)
        stated = path.suffix.lower() in _MBOX
        if stated or start.lstrip(b"\xef\xbb\xbf\r\n").startswith(b"From "):
            self.mbox(path, name)
        elif tickets and path.suffix.lower() in _TICKETS:
            self.tickets(path, name)
        elif _is_tar(path):
            self.tar(path, name)
        elif _is_message_name(path) or (tickets and _looks_like_message(start)):
            self.loose([File(str(path), name)])
        else:
            return False
        return True

    def mbox(self, path: Path, name: str) -> None:
        size, start = path.stat().st_size, 0
        while start < size:
            # The first shards of a run are small, so that progress shows soon.
            small = len(self.shards) < _SMALL_SHARDS
            end = min(start + max(1, self.shard_bytes // (4 if small else 1)), size)
            shard = Shard(Format.MBOX, (File(str(path), name),), start, end, end - start)
            self.shards.append(shard)
            start = end

    def tickets(self, path: Path, name: str) -> None:
        rows, size = count_rows(str(path)), path.stat().st_size
        for start in range(0, rows, _SHARD_ROWS):
            end = min(start + _SHARD_ROWS, rows)
            share = size * (end - start) // max(rows, 1)
            self.shards.append(Shard(Format.TICKETS, (File(str(path), name),), start, end, share))

    def gzipped(self, path: Path, name: str, *, tickets: bool) -> bool:
        inner = path.name.removesuffix(".gz")
        with gzip.open(path, "rb") as stream:
            target = self.unpacked(f"{path}:{path.stat().st_mtime_ns}", inner, stream)
        return self.file(target, name, tickets=tickets)

    def zipped(self, path: Path, name: str) -> bool:
        """Members that are messages are read in place; mailboxes in it are unpacked and cut."""
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
                for index, member in enumerate(members):
                    if member.filename.lower().endswith(_MBOX):
                        with archive.open(member) as stream:
                            key = f"{path}:{path.stat().st_mtime_ns}:{index}"
                            target = self.unpacked(key, Path(member.filename).name, stream)
                        self.mbox(target, f"{name}!{member.filename}")
                    elif not member.is_dir() and not is_mail_name(member.filename):
                        self.skipped.append((f"{name}!{member.filename}", "not a mail file"))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise IntakeError(f"{name}: the zip archive cannot be read: {error}") from error
        for start, end, size in _runs([member.file_size for member in members], self.shard_bytes):
            self.shards.append(Shard(Format.ZIP, (File(str(path), name),), start, end, size))
        return True

    def tar(self, path: Path, name: str) -> None:
        """Members that are messages are read in place; mailboxes in it are unpacked and cut.

        The messages are one shard: a compressed tar can only be read from its start.
        """
        status = path.stat()
        try:
            with tarfile.open(path, "r:*") as archive:
                for index, member in enumerate(archive):
                    shown = f"{name}!{shown_name(member.name)}"
                    if not member.isreg() or is_mail_name(member.name):
                        continue
                    stream = archive.extractfile(member)
                    if stream is not None and member.name.lower().endswith(_MBOX):
                        key = f"{path}:{status.st_mtime_ns}:{index}"
                        self.mbox(self.unpacked(key, Path(member.name).name, stream), shown)
                    else:
                        self.skipped.append((shown, "not a mail file"))
        except (tarfile.TarError, OSError, EOFError):
            pass  # reading the shard will say where it breaks off, in a row
        self.shards.append(Shard(Format.TAR, (File(str(path), name),), 0, 2**62, status.st_size))

    def unpacked(self, key: str, name: str, stream: "gzip.GzipFile | IO[bytes]") -> Path:
        """A copy of `stream` in the scratch folder, made once for one `key`."""
        if self.scratch is None:
            raise IntakeError(f"{name}: a compressed mailbox needs a scratch folder")
        target = self.scratch / hashlib.sha256(key.encode()).hexdigest()[:16] / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.tmp.{os.getpid()}")
            with partial.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
            partial.replace(target)
        return target


def plan(path: Path, *, scratch: Path | None = None, shard_bytes: int = SHARD_BYTES) -> Plan:
    """The plan for everything under `path`, in a fixed order.

    `scratch` is where compressed mailboxes are unpacked. Raises IntakeError when `path` does not
    exist or is of no kind that is read.
    """
    planner = _Planner(scratch, shard_bytes)
    if not path.exists():
        raise IntakeError(f"{path}: there is no such file or folder")
    if path.suffix.lower() in _CONVERTERS:
        raise IntakeError(f"{path}: this format is not read; {_CONVERTERS[path.suffix.lower()]}")
    if path.is_dir():
        planner.folder(path)
    elif not planner.file(path, shown_name(path.name), tickets=True):
        raise IntakeError(
            f"{path}: not a mailbox. Known are mbox, .eml, Maildir, folders, zip, tar and gz of "
            "these, and ticket exports (.csv, .tsv, .jsonl, .parquet)"
        )
    return Plan(tuple(planner.shards), tuple(planner.skipped))


def is_mail_name(name: str) -> bool:
    """Whether a member of an archive is a message, by its name: .eml, or a file of a Maildir."""
    last = name.rsplit("/", 1)[-1].lower()
    if last.startswith(".") or name.startswith("__MACOSX/") or last.endswith(_MBOX):
        return False
    return last.endswith((".eml", ".mail", ".rfc822")) or "/cur/" in name or "/new/" in name


def shown_name(name: str) -> str:
    """A file name as text: bytes of a name that are not UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _walk(folder: Path) -> Iterator[Path]:
    """Every regular file under `folder`, sorted; not what a Maildir has not delivered yet."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        if "tmp" in folders and ("cur" in folders or "new" in folders):
            folders.remove("tmp")
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith((".", "dovecot", "maildirfolder", "subscriptions")) and (
                name.lower() not in _IGNORED_NAMES
            ):
                yield path


def _maildir_labels(maildir: Path, top: Path) -> tuple[str, ...]:
    """The folder of a Maildir++ (".Archive.2026") as a label; none for the inbox."""
    if maildir == top:
        return ()
    return (maildir.name.lstrip(".").replace(".", "/"),)


def _is_message_name(path: Path) -> bool:
    return path.suffix.lower() in (".eml", ".mail", ".rfc822", ".emlx")


def _looks_like_message(start: bytes) -> bool:
    head, colon, _ = start.partition(b":")
    return bool(colon) and 0 < len(head) < 60 and head.replace(b"-", b"").isalnum()


def _start(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(512)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _is_tar(path: Path) -> bool:
    suffixes = "".join(path.suffixes[-2:]).lower()
    if not suffixes.endswith((".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")):
        return False
    return tarfile.is_tarfile(path)


def _runs(sizes: list[int], limit: int) -> Iterator[tuple[int, int, int]]:
    """Consecutive runs of `sizes` as (start, end, sum), each about `limit` bytes."""
    start = total = 0
    for index, size in enumerate(sizes):
        total += size
        if total >= limit or index + 1 == len(sizes):
            yield start, index + 1, total
            start, total = index + 1, 0
