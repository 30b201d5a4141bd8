"""The files of a message: what it has, and the bytes of one of them."""

import email
import re
from dataclasses import dataclass
from email.message import Message

from sqlalchemy import Connection, RowMapping, func, select

from pipeline.mail.headers import decode_header
from pipeline.store.blobs import get_blob
from pipeline.store.execution import NotFoundError
from pipeline.store.tables import blob, draft_attachment

__all__ = ["StoredFile", "file_at", "file_of", "files_of"]

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,63}/[a-z0-9.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that came with a message; `size` is in bytes, of mail that came in as encoded."""

    name: str
    media_type: str
    size: int

    def as_json(self) -> dict[str, object]:
        """The file as the API lists it."""
        return {"name": self.name, "size": self.size, "content_type": self.media_type}


def files_of(connection: Connection, row: RowMapping) -> list[StoredFile]:
    """The files of the message in `row`, in its order."""
    if row["inbound"]:
        kept = row["draft"].get("attachments") or ()
        return [StoredFile(one["name"], one["content_type"], one["size"]) for one in kept]
    query = (
        select(draft_attachment, func.length(blob.c.data).label("size"))
        .join(blob, blob.c.sha256 == draft_attachment.c.sha256)
        .where(draft_attachment.c.message == row["id"])
        .order_by(draft_attachment.c.place)
    )
    return [
        StoredFile(one["name"], one["media_type"], one["size"])
        for one in connection.execute(query).mappings()
    ]


def file_of(connection: Connection, row: RowMapping, name: str) -> tuple[StoredFile, bytes]:
    """The first file of that name and its bytes; raises NotFoundError."""
    if row["inbound"]:
        known = any(one.name == name for one in files_of(connection, row))
        found = _in_message(get_blob(connection, row["mime_sha256"] or ""), name) if known else None
        if found is not None:
            return found
    else:
        query = select(draft_attachment).where(
            draft_attachment.c.message == row["id"], draft_attachment.c.name == name
        )
        one = connection.execute(query.order_by(draft_attachment.c.place)).mappings().first()
        if one is not None:
            data = get_blob(connection, one["sha256"])
            return StoredFile(name, one["media_type"], len(data)), data
    raise NotFoundError(f"the message has no file {name!r}")


def file_at(connection: Connection, row: RowMapping, place: int) -> tuple[StoredFile, bytes]:
    """The file that `files_of` has at that place, and its bytes; raises NotFoundError."""
    files = files_of(connection, row)
    if place >= len(files):
        raise NotFoundError(f"the message has {len(files)} files")
    return file_of(connection, row, files[place].name)


def _in_message(raw: bytes, name: str) -> tuple[StoredFile, bytes] | None:
    for part in email.message_from_bytes(raw).walk():
        if _name_of(part) == name:
            data, kind = _bytes_of(part), part.get_content_type()
            plain = kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"
            return StoredFile(name, plain, len(data)), data
    return None


def _name_of(part: Message) -> str:
    try:
        return decode_header((part.get_filename() or "").encode("utf-8", "surrogateescape"))
    except (ValueError, LookupError, TypeError):  # a name in a character set that is none
        return ""


def _bytes_of(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        return data
    inner = part.get_payload()  # a message within the message
    return inner[0].as_bytes() if isinstance(inner, list) and inner else b""  # type: ignore[union-attr]  # of messages
