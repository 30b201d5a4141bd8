"""The pages behind an unsubscribe link: a GET changes nothing, a POST does (RFC 8058)."""

from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from pipeline.sender.recipient_pages import RECIPIENT, address_of, button, page
from pipeline.sender.service import Serving
from pipeline.store.ledger import record_consent, suppress

router = APIRouter(prefix="/unsubscribe", tags=["recipients"], include_in_schema=False)


@router.get("/{token}")
async def ask(token: str, service: Serving) -> HTMLResponse:
    """Ask; mail scanners open every link, so opening it changes nothing."""
    address = address_of(token, service)
    return page(
        "Unsubscribe",
        f"<p>End advertising to <strong>{escape(address)}</strong>?</p>"
        f"<form method='post'>{button('Unsubscribe')}</form>"
        f"<p><a href='/preferences/{escape(token)}'>See what we know of your wishes</a></p>",
    )


@router.post("/{token}")
async def done(token: str, service: Serving) -> HTMLResponse:
    """Do it, at once and for every mailbox; by a button or by the reader's mail program."""
    address = address_of(token, service)
    await service.store.write(lambda connection: end_advertising(connection, address, "one-click"))
    return page("Done", f"<p>{escape(address)} gets no advertising from us any more.</p>")


def end_advertising(connection: Connection, address: str, how: str) -> None:
    """Suppress an address by its owner's word and take its consent back."""
    suppress(connection, address, "unsubscribed", RECIPIENT)
    evidence: dict[str, object] = {"how": f"{how} unsubscribe"}
    record_consent(connection, address, "withdrawn", RECIPIENT, evidence=evidence)
