"""API keys: made, listed and ended by an administrator."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from pipeline.sender.authentication import Admin, person
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import Line
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Service, serving
from pipeline.store.keys import ScopeError, create_key, list_keys, revoke_key

router = APIRouter(prefix="/v1/api-keys", tags=["api keys"])


class KeyRequest(BaseModel):
    """A key to make; `holder` names the person or program, `roles` the teams they speak for."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Line, Field(min_length=1, max_length=200)]
    scopes: Annotated[list[str], Field(min_length=1, max_length=4)]
    holder: Annotated[Line, Field(min_length=1, max_length=200)] | None = None
    author: str = "agent"
    roles: list[Annotated[Line, Field(min_length=1, max_length=80)]] = []


@router.post("", status_code=201)
async def create(
    body: KeyRequest, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Make a key; its secret is in this answer and nowhere else."""
    try:
        made, secret = await service.store.write(
            lambda connection: create_key(
                connection, name=body.name, scopes=body.scopes, who=person(key),
                holder=body.holder, author=body.author, roles=body.roles,
            )
        )  # fmt: skip
    except ScopeError as error:
        raise field_problem("scopes", str(error), "give a key one task") from None
    return {"id": made.id, "name": made.name, "scopes": sorted(made.scopes), "key": secret}


@router.get("")
async def listing(key: Admin, service: Annotated[Service, Depends(serving)]) -> dict[str, Any]:
    """All keys, without their secrets."""
    rows = await service.store.read(list_keys)
    return {
        "keys": [
            {
                **{
                    name: row[name]
                    for name in ("id", "prefix", "name", "holder", "author", "scopes", "roles")
                },
                "created_at": time_text(row["created_at"]),
                "revoked_at": time_text(row["revoked_at"]) if row["revoked_at"] else None,
            }
            for row in rows
        ]
    }


@router.delete("/{key_id}")
async def revoke(
    key_id: str, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """End a key at once."""
    await service.store.write(lambda connection: revoke_key(connection, key_id, person(key)))
    return {"id": key_id, "status": "revoked"}
