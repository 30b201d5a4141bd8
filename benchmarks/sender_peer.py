"""The usual way of keeping a message: an SQLAlchemy `AsyncSession` for each request.

Two routes of the same application: both look the idempotency key up, insert the message, the key
and a row for the audit log, and commit to the disk. One keeps what was asked for; the other also
judges and composes as accepting does, and keeps the decision and the bytes, too. Nothing is
chained, checked again or guarded by triggers. SQLite is reached with aiosqlite
(requirements-sender.txt).
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from time import time_ns
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import JSON, URL, BigInteger, Integer, String, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils import uuid7

from benchmarks.sender_floors import Floors, found_first
from pipeline.sender.requests import EmailRequest

__all__ = ["PEER", "PEER_JUDGED", "Peer"]

# As many as SQLAlchemy has by default, but kept: it would close ten and connect them again.
_POOL: dict[str, Any] = {"pool_size": 15, "max_overflow": 0}
PEER, PEER_JUDGED = "/peer/kept", "/peer/judged"


class _Base(DeclarativeBase):
    pass


class _Message(_Base):
    __tablename__ = "peer_message"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    draft: Mapped[dict[str, Any]] = mapped_column(JSON)
    judgement: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    mime: Mapped[bytes | None]
    created_at: Mapped[int] = mapped_column(BigInteger)


class _Idempotency(_Base):
    __tablename__ = "peer_idempotency"
    key: Mapped[str] = mapped_column(String(256), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(String(36))


class _Audit(_Base):
    __tablename__ = "peer_audit"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(String(36))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class Peer:
    """The two routes, added to `app`; their tables stand beside the store at `location`."""

    @staticmethod
    def possible(location: Path | str) -> bool:
        """Whether the driver for that database is installed."""
        return isinstance(location, str) or find_spec("aiosqlite") is not None

    def __init__(self, app: FastAPI, floors: Floors, location: Path | str) -> None:
        self._engine = _engine(location)
        self._session = async_sessionmaker(self._engine, expire_on_commit=False)

        @app.post(PEER, status_code=202)
        async def kept(body: EmailRequest, request: Request) -> dict[str, Any]:
            return await self._keep(body, await request.body(), {}, None)

        @app.post(PEER_JUDGED, status_code=202)
        async def judged(body: EmailRequest, request: Request) -> dict[str, Any]:
            judgement, mime = await floors.judged(body)
            return await self._keep(body, await request.body(), judgement.as_json(), mime)

        found_first(app, 2)

    async def open(self) -> None:
        """Make the tables."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_Base.metadata.create_all)

    async def close(self) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def _keep(
        self, body: EmailRequest, raw: bytes, judgement: dict[str, Any], mime: bytes | None
    ) -> dict[str, Any]:
        key, digest = body.idempotency_key or "", hashlib.sha256(raw).hexdigest()
        identity, at = str(uuid7()), time_ns() // 1_000_000
        async with self._session() as session, session.begin():
            before = await session.get(_Idempotency, key)
            if before is not None:
                return {"id": before.message}
            draft = body.model_dump(mode="json", by_alias=True)
            session.add(
                _Message(
                    id=identity, state="queued", draft=draft, judgement=judgement, mime=mime,
                    created_at=at,
                )
            )  # fmt: skip
            session.add(_Idempotency(key=key, body_sha256=digest, message=identity))
            session.add(_Audit(at=at, event="accept", message=identity, detail={}))
        return {"id": identity, "reasons": judgement.get("reasons")}


def _engine(location: Path | str) -> AsyncEngine:
    if isinstance(location, str):
        url = make_url(location).set(drivername="postgresql+asyncpg")
        return create_async_engine(url, **_POOL)
    file = location.with_name("peer.db")
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)), connect_args={"timeout": 60}, **_POOL
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _settings(connection: Any, _: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # or a transaction that reads first may not write later
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
