"""The pages behind an unsubscribe link: a GET changes nothing, a POST does (RFC 8058)."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from pipeline.sender.problems import ProblemError
from pipeline.sender.service import Service, serving
from pipeline.sender.unsubscribing import address_of_link
from pipeline.store.execution import Who
from pipeline.store.ledger import record_consent, suppress
from policy.lifecycle import Actor

router = APIRouter(prefix="/unsubscribe", tags=["unsubscribe"], include_in_schema=False)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_PERSON = Who(Actor.PERSON, "recipient")


def _page(title: str, body: str) -> HTMLResponse:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<body style='font:1.1rem/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem'>"
        f"<main><h1>{title}</h1>{body}</main></body></html>",
        headers=_HEADERS,
    )


def _address(token: str, service: Service) -> str:
    address = address_of_link(token, service.secret)
    if address is None:
        raise ProblemError(
            404, "this link is not one of ours", "use the link of the newest message"
        )
    return address


@router.get("/{token}")
async def ask(token: str, service: Annotated[Service, Depends(serving)]) -> HTMLResponse:
    """Ask; mail scanners open every link, so opening it changes nothing."""
    address = _address(token, service)
    return _page(
        "Unsubscribe",
        f"<p>End advertising to <strong>{escape(address)}</strong>?</p>"
        "<form method='post'><button>Unsubscribe</button></form>",
    )


@router.post("/{token}")
async def done(token: str, service: Annotated[Service, Depends(serving)]) -> HTMLResponse:
    """Do it, at once and for every mailbox; by a button or by the reader's mail program."""
    address = _address(token, service)
    await service.store.write(lambda connection: _end(connection, address))
    return _page("Done", f"<p>{escape(address)} gets no advertising from us any more.</p>")


def _end(connection: Connection, address: str) -> None:
    suppress(connection, address, "unsubscribed", _PERSON)
    record_consent(
        connection, address, "withdrawn", _PERSON, evidence={"how": "one-click unsubscribe"}
    )
