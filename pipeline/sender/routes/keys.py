"""API keys: made, listed, renewed and ended by an administrator."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from sqlalchemy import Connection, RowMapping

from pipeline.sender.answers import Done, KeyMade, KeyPage, answer
from pipeline.sender.authentication import Admin, demand_person, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import ApprovalCode, Body, Line
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.keys import (
    ScopeError,
    change_key,
    create_key,
    list_keys,
    revoke_key,
    rotate_key,
)

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"])

_SECOND_MS = 1000
_OF_PEOPLE = {"oversight", "admin"}
_LONGEST_OVERLAP = 7 * 86_400
Name = Annotated[Line, Field(min_length=1, max_length=200)]
Scopes = Annotated[list[str], Field(min_length=1, max_length=4)]


class KeyRequest(Body):
    """A key to make; `holder` names the person or program, `roles` the teams they speak for."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "order system", "scopes": ["send", "read"]}}
    )

    name: Name
    scopes: Scopes = Field(default_factory=lambda: ["read"])
    holder: Name | None = None
    author: str = "agent"
    roles: list[Annotated[Line, Field(min_length=1, max_length=80)]] = Field(default_factory=list)
    test: bool = Field(False, description="a key whose messages never reach a mail server")
    approval_code: ApprovalCode = None


class KeyChange(Body):
    """Another name or other scopes; what is left out stays."""

    name: Name | None = None
    scopes: Scopes | None = None
    approval_code: ApprovalCode = None


class Rotation(Body):
    """How long the old secret stays good, in seconds."""

    overlap_seconds: Annotated[int, Field(ge=0, le=_LONGEST_OVERLAP)] = 0


@router.post("", status_code=201, responses=answer(KeyMade, 201))
async def create(body: KeyRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Make a key; its secret is in this answer and nowhere else.

    A key that oversees or administers is made by a person: no agent makes itself an overseer.
    """
    if set(body.scopes) & _OF_PEOPLE:
        demand_person(key, "makes keys that oversee or administer")
    try:
        made, secret = await service.store.write(
            lambda connection: create_key(
                connection, name=body.name, scopes=body.scopes, who=person(key),
                holder=body.holder, author=body.author, roles=body.roles, test=body.test,
            )
        )  # fmt: skip
    except ScopeError as error:
        raise field_problem("scopes", str(error), "give a key one task") from None
    return {
        "id": made.id,
        "name": made.name,
        "scopes": sorted(made.scopes),
        "test": made.test,
        "prefix": secret[:14],
        "key": secret,
        "api_key": secret,
    }


@router.get("", responses=answer(KeyPage))
async def listing(
    key: Admin, service: Serving, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The keys, newest first, without their secrets; `last_used_at` is right to the minute."""
    rows = await service.store.read(
        lambda connection: list_keys(connection, before=cursor, limit=limit)
    )
    last = rows[-1]["id"] if rows else ""
    return page([_shown(row) for row in rows], limit, last, "keys", "api_keys", "data")


@router.patch("/{key_id}", responses=answer(Done))
async def change(key_id: str, body: KeyChange, key: Admin, service: Serving) -> dict[str, Any]:
    """Change the name or scopes of a key."""
    if set(body.scopes or ()) & _OF_PEOPLE:
        demand_person(key, "makes keys that oversee or administer")

    def work(connection: Connection) -> None:
        change_key(connection, key_id, person(key), name=body.name, scopes=body.scopes)

    try:
        await service.store.write(work)
    except ScopeError as error:
        raise field_problem("scopes", str(error), "give a key one task") from None
    return {"id": key_id, "status": "updated"}


@router.post("/{key_id}/rotate", responses=answer(KeyMade))
async def rotate(
    key_id: str, key: Admin, service: Serving, body: Rotation | None = None
) -> dict[str, Any]:
    """Renew the secret of a key; whatever the key has sent stays its own."""
    overlap = (body or Rotation()).overlap_seconds * _SECOND_MS
    secret = await service.store.write(
        lambda connection: rotate_key(connection, key_id, overlap, person(key))
    )
    return {"id": key_id, "prefix": secret[:14], "key": secret, "api_key": secret}


@router.delete("/{key_id}", responses=answer(Done))
async def revoke(key_id: str, key: Admin, service: Serving) -> dict[str, Any]:
    """End a key at once."""
    await service.store.write(lambda connection: revoke_key(connection, key_id, person(key)))
    return {"id": key_id, "status": "revoked"}


def _shown(row: RowMapping) -> dict[str, Any]:
    names = ("id", "prefix", "name", "holder", "author", "scopes", "roles", "requests")
    return {
        **{name: row[name] for name in names},
        "test": bool(row["test"]),
        "is_active": row["revoked_at"] is None,
        **{
            name: time_text(row[name]) if row[name] else None
            for name in ("created_at", "last_used_at", "revoked_at")
        },
    }
