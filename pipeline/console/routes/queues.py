"""The lists: what waits, what is in doubt, what was sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from pipeline.console.browser import SignedIn
from pipeline.console.pages import page
from pipeline.sender.service import Service, service_of
from pipeline.store.review import counts, handed_over, in_doubt, is_paused, teams, waiting

router = APIRouter()
_ROWS = 50
_DONE = {
    "approved": "Approved. It leaves when its time comes.",
    "partly": "Your approval is on record. More people must approve.",
    "released": "Released: the agent can see the message.",
    "rejected": "Rejected. It will not be sent.",
    "edited": "Edited, and decided anew.",
    "cleared": "The fraud mark is off, and the message was decided anew.",
    "taken_back": "Taken back. It will not be sent.",
    "resolved": "Settled.",
}


@router.get("/")
async def queue(
    request: Request,
    person: SignedIn,
    service: Annotated[Service, Depends(service_of)],
    team: Annotated[str | None, Query(max_length=80)] = None,
    order: str = "oldest",
    at: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
    done: str = "",
    email: Annotated[str, Query(max_length=36)] = "",
) -> Response:
    """What waits for a person, oldest first or first to expire."""
    expiring = order == "expiring"

    def look(connection: Connection) -> Response:
        rows = waiting(
            connection,
            team=team or None,
            expiring=expiring,
            limit=_ROWS + 1,
            offset=(at - 1) * _ROWS,
        )
        return page(
            request,
            "queue.html",
            rows=rows[:_ROWS],
            more=len(rows) > _ROWS,
            at=at,
            team=team or "",
            teams=teams(connection),
            counts=counts(connection),
            paused=is_paused(connection),
            order="expiring" if expiring else "oldest",
            done=_DONE.get(done, ""),
            done_id=email,
        )

    return await service.store.read(look)


@router.get("/unknown")
async def unknown(
    request: Request, person: SignedIn, service: Annotated[Service, Depends(service_of)]
) -> Response:
    """Messages of which nobody knows whether they arrived."""

    def look(connection: Connection) -> Response:
        return page(
            request,
            "unknown.html",
            rows=in_doubt(connection, limit=200),
            counts=counts(connection),
            paused=is_paused(connection),
        )

    return await service.store.read(look)


@router.get("/sent")
async def sent(
    request: Request,
    person: SignedIn,
    service: Annotated[Service, Depends(service_of)],
    only: str = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """What left, latest first; those under watch only, or all."""
    monitored = only == "monitored"

    def look(connection: Connection) -> Response:
        rows = handed_over(connection, monitored=monitored, before=before, limit=_ROWS)
        return page(
            request,
            "sent.html",
            rows=rows,
            only="monitored" if monitored else "",
            more=rows[-1]["changed_at"] if len(rows) == _ROWS else None,
            counts=counts(connection),
            paused=is_paused(connection),
        )

    return await service.store.read(look)


