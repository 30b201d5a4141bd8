"""Bytes by their SHA-256: written once, never changed."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from pipeline.store.execution import NotFoundError
from pipeline.store.statements import Statement
from pipeline.store.tables import blob
from pipeline.store.upserts import insert_if_new

__all__ = ["digest_of", "get_blob", "put_blob", "put_blobs"]

_PUT = Statement(insert_if_new(blob).values(sha256=bindparam("sha256"), data=bindparam("data")))
_GET = Statement(select(blob.c.data).where(blob.c.sha256 == bindparam("sha256")))


def put_blob(connection: Connection, data: bytes) -> str:
    """Keep `data`; returns its digest in hex."""
    return put_blobs(connection, [data])[0]


def put_blobs(connection: Connection, every: Sequence[bytes]) -> list[str]:
    """Keep each of `every`; returns their digests in hex, in order."""
    digests = [digest_of(data) for data in every]
    rows = [{"sha256": digest, "data": data} for digest, data in zip(digests, every, strict=True)]
    _PUT.run_many(connection, rows)
    return digests


def get_blob(connection: Connection, digest: str) -> bytes:
    """The bytes of that digest; raises NotFoundError when they are gone (erased)."""
    row = _GET.row(connection, {"sha256": digest})
    if row is None:
        raise NotFoundError(f"the bytes {digest} are not here any more")
    data: bytes = row[0]
    return data


def digest_of(data: bytes) -> str:
    """The name of bytes everywhere in the store: SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()
