"""What happened and how much: the audit log, usage, and everything in one document."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection, RowMapping, Table, select

from pipeline.sender.answers import RecordPage, StoreExport, UsageAnswer, answer
from pipeline.sender.authentication import Admin, Reader, person
from pipeline.sender.paging import Limit, page
from pipeline.sender.problems import ProblemError, field_problem
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Service, Serving
from pipeline.store.contents import select_with_content
from pipeline.store.execution import now_ms
from pipeline.store.exports import begin_export
from pipeline.store.tables import (
    allowlist_entry,
    case,
    consent,
    contact,
    edit,
    mailbox,
    message,
    message_tag,
    privacy_request,
    recipient,
    suppression,
)
from pipeline.store.usage import counted, counted_daily, latest_records

router = APIRouter(prefix="/v1", tags=["records"])

_PAGE = 200
_EXPORTED: Mapping[str, Table] = {
    "mailboxes": mailbox,
    "allowlists": allowlist_entry,
    "contacts": contact,
    "suppressions": suppression,
    "consents": consent,
    "cases": case,
    "privacy_requests": privacy_request,
    "emails": message,
    "recipients": recipient,
    "tags": message_tag,
    "edits": edit,
}


@router.get("/audit-log", responses=answer(RecordPage))
async def audit_log(
    key: Admin,
    service: Serving,
    cursor: Annotated[str, Query(pattern=r"^\d{0,15}$")] = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Every step of a message and every act of an administrator, latest first.

    `gatepost audit verify` checks that nothing was changed, dropped or put in.
    """
    before = int(cursor) if cursor else None
    rows = await service.store.read(
        lambda connection: latest_records(connection, before=before, limit=limit)
    )
    entries = [_entry(row) for row in rows]
    return page(entries, limit, rows[-1]["seq"] if rows else "", "entries")


@router.get("/usage", responses=answer(UsageAnswer))
async def usage(
    key: Reader,
    service: Serving,
    since: Annotated[
        str, Query(alias="from", description="RFC 3339 or ms; this month's start")
    ] = "",
    until: Annotated[str, Query(alias="to", description="RFC 3339 or ms; now")] = "",
    breakdown: Literal["daily"] | None = None,
    period: Literal["summary", "daily"] = "summary",
) -> dict[str, Any]:
    """What was sent, received and decided. `api_calls` counts from the start of each key."""
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = _moment("from", since, int(month.timestamp() * 1000))
    last = _moment("to", until, now_ms())
    if breakdown == "daily" or period == "daily":
        rows = await service.store.read(lambda connection: counted_daily(connection, first, last))
        data = [
            {"date": time_text(day)[:10], "event_type": event, "count": count}
            for day, event, count in rows
        ]
        return {"from": first, "to": last, "breakdown": "daily", "data": data}
    found = await service.store.read(lambda connection: counted(connection, first, last))
    return {"from": first, "to": last, **found}


@router.get("/export", response_class=StreamingResponse, responses=answer(StoreExport))
async def export(key: Admin, service: Serving) -> StreamingResponse:
    """Everything but secrets and raw bytes as one JSON document, once an hour.

    The originals of messages are in the export of each person (`POST /v1/privacy/export`).
    """
    wait = await service.store.write(
        lambda connection: begin_export(connection, key.id, person(key))
    )
    if wait:
        raise ProblemError(
            429, "an export was made within the hour", "wait, or use the lists with their pages",
            headers={"Retry-After": str(ceil(wait / 1000))},
        )  # fmt: skip
    return StreamingResponse(
        _document(service),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="gatepost-export.json"'},
    )


async def _document(service: Service) -> AsyncIterator[str]:
    """The document in pieces, so that a large store needs little memory."""
    yield f'{{"exported_at": {json.dumps(time_text(now_ms()))}'
    for name, table in _EXPORTED.items():
        yield f',\n"{name}": ['
        done, comma = 0, ""
        while rows := await service.store.read(_rows(table, done)):
            yield comma + ",\n".join(
                json.dumps(dict(row), ensure_ascii=False, default=str) for row in rows
            )
            done, comma = done + len(rows), ",\n"
        yield "]"
    yield "}\n"


def _rows(table: Table, skip: int) -> Callable[[Connection], Sequence[RowMapping]]:
    rows = select_with_content() if table is message else select(table)
    query = rows.order_by(*table.primary_key.columns).limit(_PAGE).offset(skip)
    return lambda connection: connection.execute(query).mappings().all()


def _entry(row: RowMapping) -> dict[str, Any]:
    detail = row["detail"]
    kind = "email" if row["message"] else next(iter(detail), "service").removesuffix("_id")
    resource = row["message"] or next(iter(detail.values()), None)
    return {
        "id": str(row["seq"]),
        "action": row["event"],
        "resource_type": kind,
        "resource_id": resource if isinstance(resource, str) else None,
        "actor": row["actor"],
        "actor_key_id": row["actor_id"],
        "metadata": detail,
        "created_at": time_text(row["at"]),
        "hash": row["hash"],
    }


def _moment(name: str, text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    if text.isdecimal() and len(text) <= 15:
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise field_problem(
            name, f"{text[:40]!r} is no time", "write 2026-11-24T10:00:00Z, or milliseconds"
        ) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1000)
