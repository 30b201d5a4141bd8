"""The console as an application of its own, which the sender mounts under /console."""

from fastapi import Depends, FastAPI, Request, Response
from starlette.datastructures import State
from starlette.staticfiles import StaticFiles

from pipeline.console import refusals, signing_in
from pipeline.console.browser import demand_same_origin
from pipeline.console.pages import FOLDER, go
from pipeline.console.routes import messages, queues, switch, upgrades

__all__ = ["create_console", "lead_to_console"]


def create_console(state: State) -> FastAPI:
    """The console of the application whose `state` holds the running service."""
    console = FastAPI(
        openapi_url=None, redirect_slashes=False, dependencies=[Depends(demand_same_origin)]
    )
    console.state = state
    state.door = signing_in.Door()
    refusals.install(console)
    for module in (signing_in, queues, messages, switch, upgrades):
        console.include_router(module.router)
    console.mount("/static", StaticFiles(directory=FOLDER / "static"))
    return console


async def lead_to_console(_: Request) -> Response:
    """The console for whoever left out the last slash of its address."""
    return go("/console/")
