"""The lists: what waits, what is in doubt, what was sent."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from pipeline.console.browser import SignedIn
from pipeline.console.pages import frame, page
from pipeline.sender.service import Service, serving
from pipeline.store.review import ended, in_doubt, teams, waiting, waiting_since
from policy.lifecycle import State

router = APIRouter()
_ROWS = 50
_UNSENT = (State.FAILED, State.REJECTED, State.BLOCKED, State.CANCELLED, State.EXPIRED)
Words = Annotated[str, Query(max_length=200)]


@router.get("/")
async def queue(
    request: Request,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    team: Annotated[str | None, Query(max_length=80)] = None,
    order: str = "oldest",
    at: Annotated[int, Query(ge=1, le=100_000, alias="page")] = 1,
    q: Words = "",
) -> Response:
    """What waits for a person, oldest first or first to expire; or what of it says `q`."""
    expiring = order == "expiring"

    def look(connection: Connection) -> Response:
        rows = waiting(
            connection,
            team=team or None,
            expiring=expiring,
            limit=_ROWS + 1,
            offset=(at - 1) * _ROWS,
            words=q,
        )
        return page(
            request,
            "queue.html",
            rows=rows[:_ROWS],
            more=len(rows) > _ROWS,
            at=at,
            team=team or "",
            teams=teams(connection),
            since=waiting_since(connection, team=team or None),
            words=q,
            **frame(connection),
            order="expiring" if expiring else "oldest",
        )

    return await service.store.read(look)


@router.get("/unknown")
async def unknown(
    request: Request, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """Messages of which nobody knows whether they arrived."""

    def look(connection: Connection) -> Response:
        return page(
            request, "unknown.html", rows=in_doubt(connection, limit=200), **frame(connection)
        )

    return await service.store.read(look)


@router.get("/sent")
async def sent(
    request: Request,
    person: SignedIn,
    service: Annotated[Service, Depends(serving)],
    only: str = "",
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    q: Words = "",
) -> Response:
    """What left, latest first, or of it what is under watch; or what ended and never left.

    With `q`, what of it says so.
    """
    shown = only if only in ("monitored", "unsent") else ""

    def look(connection: Connection) -> Response:
        rows = ended(
            connection,
            _UNSENT if shown == "unsent" else [State.SENT],
            monitored=shown == "monitored",
            before=before,
            limit=_ROWS,
            words=q,
        )
        return page(
            request,
            "sent.html",
            rows=rows,
            only=shown,
            words=q,
            more=rows[-1]["changed_at"] if len(rows) == _ROWS else None,
            **frame(connection),
        )

    return await service.store.read(look)
