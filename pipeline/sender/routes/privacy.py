"""Requests of people about their data: what is due, find, export, erase.

Addresses stand in bodies and never in the path, which servers and proxies write into their logs.
"""

import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import Connection

from pipeline.sender.answers import (
    Erased,
    KnownOfPerson,
    PrivacyRequestAnswer,
    PrivacyRequestClosed,
    PrivacyRequestsDue,
    answer,
    file_answer,
)
from pipeline.sender.authentication import Admin, person
from pipeline.sender.requests import Address
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.erasing import erase_person
from pipeline.store.execution import now_ms
from pipeline.store.privacy_requests import close_request, open_request, open_requests
from pipeline.store.subject_access import known_of, originals_of

router = APIRouter(prefix="/v1/privacy", tags=["privacy"])


class Subject(BaseModel):
    """The person whose data it is."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    address: Address


class PrivacyRequest(Subject):
    """What a person asked for; `received_at` starts the clock and is now when not given."""

    kind: Literal["access", "erasure", "stop"]
    law: Literal["gdpr", "ccpa", "can_spam"] = "gdpr"
    received_at: AwareDatetime | None = None


class Closing(BaseModel):
    """How a request was answered."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["answered", "refused", "withdrawn"]


@router.post("/requests", status_code=201, responses=answer(PrivacyRequestAnswer, 201))
async def ask(body: PrivacyRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Note a request; the answer says when it is due."""
    received = body.received_at or datetime.now(UTC)
    identity = await service.store.write(
        lambda connection: open_request(
            connection, body.address.address, body.kind, body.law, received, person(key)
        )
    )
    return next(one for one in await due(key, service) if one["id"] == identity)


@router.get("/requests", responses=answer(PrivacyRequestsDue))
async def due(key: Admin, service: Serving) -> list[dict[str, Any]]:
    """What is not answered yet, the most urgent first."""
    rows = await service.store.read(open_requests)
    return [
        {
            "id": row["id"],
            "address": row["person_key"],
            "kind": row["kind"],
            "law": row["law"],
            "received_at": time_text(row["received_at"]),
            "due_at": time_text(row["due_at"]),
            "overdue": row["due_at"] < now_ms(),
        }
        for row in rows
    ]


@router.post("/requests/{request_id}/close", responses=answer(PrivacyRequestClosed))
async def close(request_id: str, body: Closing, key: Admin, service: Serving) -> dict[str, Any]:
    """Note how a request was answered."""
    await service.store.write(
        lambda connection: close_request(connection, request_id, body.outcome, person(key))
    )
    return {"id": request_id, "outcome": body.outcome}


@router.post("/find", responses=answer(KnownOfPerson))
async def find(body: Subject, key: Admin, service: Serving) -> dict[str, Any]:
    """All that is kept about a person."""
    return await service.store.read(lambda connection: known_of(connection, body.address.address))


@router.post(
    "/export",
    response_class=Response,
    responses=file_answer("application/zip", "What is kept about the person"),
)
async def export(body: Subject, key: Admin, service: Serving) -> Response:
    """The same as a zip: `data.json`, and every message as it was sent or received."""
    packed = await service.store.read(lambda connection: _packed(connection, body.address.address))
    return Response(
        packed,
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="personal-data.zip"'},
    )


@router.post("/erase", responses=answer(Erased))
async def erase(body: Subject, key: Admin, service: Serving) -> dict[str, Any]:
    """Erase a person: all content goes, nobody writes to them again, digests stay."""
    count = await service.store.write(
        lambda connection: erase_person(connection, body.address.address, person(key))
    )
    await service.store.forget()
    await service.acceptance.decide_waiting()
    return {"messages_erased": count}


def _packed(connection: Connection, address: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        data = json.dumps(known_of(connection, address), ensure_ascii=False, indent=2)
        archive.writestr("data.json", data)
        for identity, raw in originals_of(connection, address):
            archive.writestr(f"messages/{identity}.eml", raw)
    return file.getvalue()
