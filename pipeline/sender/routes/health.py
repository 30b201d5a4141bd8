"""Is it alive, and can it take mail?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select

from pipeline.sender.answers import Ready, Well, answer
from pipeline.sender.service import Service, serving
from pipeline.store.in_force import demand_in_force
from pipeline.store.tables import service as service_table

router = APIRouter(tags=["health"])


@router.get("/health", responses=answer(Well))
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready", responses=answer(Ready))
async def ready(service: Annotated[Service, Depends(serving)]) -> dict[str, Any]:
    """The store takes what is written, and messages are judged by the policy in force; else 503."""
    await service.store.write(
        lambda connection: demand_in_force(connection, service.acceptance.gate.digest)
    )
    row = await service.store.read(
        lambda connection: connection.execute(select(service_table)).mappings().one()
    )
    return {
        "status": "ready",
        "paused": bool(row["paused"]),
        "policy": {"version": row["policy"], "digest": row["policy_digest"]},
    }
