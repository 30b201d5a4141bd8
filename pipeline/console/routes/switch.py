"""The kill switch: a page that asks, and two forms that act."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.console.browser import SignedIn, who
from pipeline.console.pages import frame, go, page
from pipeline.sender.service import Service, serving
from pipeline.store.execution import execute_on_service
from policy.lifecycle import LifecycleEvent

router = APIRouter(prefix="/sending")


@router.get("")
async def ask(
    request: Request, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """Whether sending is paused, and the button for the other."""
    return await service.store.read(
        lambda connection: page(request, "sending.html", **frame(connection))
    )


@router.post("/pause")
async def pause(person: SignedIn, service: Annotated[Service, Depends(serving)]) -> Response:
    """Hand nothing over any more."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.PAUSE, who(person))
    )
    return go("/console/sending?done=paused")


@router.post("/resume")
async def resume(person: SignedIn, service: Annotated[Service, Depends(serving)]) -> Response:
    """Start sending again."""
    await service.store.write(
        lambda connection: execute_on_service(connection, LifecycleEvent.RESUME, who(person))
    )
    service.wake()
    return go("/console/sending?done=resumed")
