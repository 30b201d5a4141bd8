"""What the pages for recipients have in common: plain, without scripts, and for nobody's cache."""

from html import escape

from fastapi.responses import HTMLResponse

from pipeline.sender.problems import ProblemError
from pipeline.sender.service import Service
from pipeline.sender.unsubscribing import address_of_link
from pipeline.store.execution import Who
from policy.lifecycle import Actor

__all__ = ["RECIPIENT", "address_of", "button", "page"]

RECIPIENT = Who(Actor.PERSON, "recipient")
"""Who acts by such a link, in the audit log: never by address, which an erasure must not find."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """A page; `body` is HTML of ours, in which whatever came from outside is escaped."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<body style='font:1.1rem/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem'>"
        f"<main><h1>{title}</h1>{body}</main></body></html>",
        status,
        headers=_HEADERS,
    )


def button(label: str, value: str = "") -> str:
    """A button of a form; `value` is what it sends as `choice`."""
    name = f" name='choice' value='{escape(value)}'" if value else ""
    return f"<button{name}>{escape(label)}</button>"


def address_of(token: str, service: Service) -> str:
    """Whose link it is; raises ProblemError for one that is none of ours."""
    address = address_of_link(token, service.secret)
    if address is None:
        raise ProblemError(
            404, "this link is not one of ours", "use the link of the newest message"
        )
    return address
