"""Mailboxes that want a freer mode: a person looks at each, and may have the code for it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from pipeline.console.browser import SignedIn, who
from pipeline.console.pages import frame, page
from pipeline.sender.service import Service, serving
from pipeline.store.execution import RefusedError
from pipeline.store.mailboxes import mailbox_by_id
from pipeline.store.upgrades import UpgradeError, code_for_upgrade, open_upgrades

router = APIRouter(prefix="/upgrades")

Key = Annotated[str, Path(max_length=36, pattern="^[0-9a-f-]+$")]


@router.get("")
async def listing(
    request: Request, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """The upgrades that wait."""
    return await service.store.read(lambda connection: _page(connection, request, None))


@router.post("/{key}/code")
async def code(
    key: Key, request: Request, person: SignedIn, service: Annotated[Service, Depends(serving)]
) -> Response:
    """The code for one upgrade; reloading the page makes another, and this one void."""

    def work(connection: Connection) -> Response:
        try:
            letters, expires_at = code_for_upgrade(connection, key, who(person))
        except UpgradeError as error:
            raise RefusedError((str(error),)) from None
        return _page(connection, request, {"letters": letters, "expires_at": expires_at})

    return await service.store.write(work)


def _page(connection: Connection, request: Request, code: dict[str, Any] | None) -> Response:
    return page(
        request,
        "upgrades.html",
        code=code,
        upgrades=[_shown(connection, dict(row)) for row in open_upgrades(connection)],
        **frame(connection),
    )


def _shown(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    box = mailbox_by_id(connection, row["mailbox_id"])
    return {**row, "address": box.address, "mode": box.oversight_mode}
