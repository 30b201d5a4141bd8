"""The kill switch: stop all sending, and start it again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from pipeline.sender.authentication import Overseer, person
from pipeline.sender.service import Service, serving
from pipeline.store.execution import execute_on_service
from policy.lifecycle import LifecycleEvent

router = APIRouter(prefix="/v1/service", tags=["service"])


@router.post("/pause")
async def pause(key: Overseer, service: Annotated[Service, Depends(serving)]) -> dict[str, Any]:
    """Hand nothing over any more; what is before its final dot is stopped, too."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.PAUSE, person(key))
    )
    return {"paused": True}


@router.post("/resume")
async def resume(key: Overseer, service: Annotated[Service, Depends(serving)]) -> dict[str, Any]:
    """Start sending again; only a person may."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.RESUME, person(key))
    )
    service.wake()
    return {"paused": False}
