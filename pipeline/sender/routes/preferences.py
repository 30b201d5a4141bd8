"""What a person has agreed to, on a page of their own, with what they can do about it."""

from datetime import UTC, datetime
from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from pipeline.sender.links import opened
from pipeline.sender.problems import ProblemError
from pipeline.sender.recipient_pages import RECIPIENT, address_of, button, page
from pipeline.sender.routes.unsubscribe import end_advertising
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError
from pipeline.store.ledger import Person, person, reason_of_suppression, record_consent, unsuppress
from pipeline.store.opt_in import confirm_consent, open_consent_request
from pipeline.store.privacy_requests import LAWS, open_request, open_requests_of

router = APIRouter(tags=["recipients"], include_in_schema=False)

CONFIRM = "confirm"
"""The purpose of the links that confirm a consent."""

_AGREED = {"explicit", "soft"}
_DONE = {
    "stop": "You get no advertising from us any more.",
    "allow": "You get our advertising. You can end it at any time, here or from every message.",
    "access": "We send you a copy of what we have about you.",
    "erasure": "We erase what we have about you, as far as the law lets us.",
}
_OTHER_REASON = (
    "<p>Advertising to this address is off, and not by your link. Write to us to have it back.</p>"
)


@router.get("/preferences/{token}")
async def show(token: str, service: Serving) -> HTMLResponse:
    """What is known of a person's wishes; opening it changes nothing."""
    address = address_of(token, service)
    return await service.store.read(lambda connection: _page(connection, address))


@router.post("/preferences/{token}")
async def choose(
    token: str,
    service: Serving,
    choice: Annotated[Literal["stop", "allow", "access", "erasure"], Form()],
) -> HTMLResponse:
    """Do what the person chose, at once; what needs people is due by the law's clock."""
    address = address_of(token, service)
    await service.store.write(lambda connection: _do(connection, address, choice))
    await service.acceptance.decide_waiting()
    back = f"<p><a href='/preferences/{escape(token)}'>Back</a></p>"
    return page("Done", f"<p>{_DONE[choice]}</p>{back}")


@router.get("/confirm/{token}")
async def ask_to_confirm(token: str, service: Serving) -> HTMLResponse:
    """Ask once more: a mail scanner that opens the link confirms nothing."""
    identity = _request_of(token, service.secret)
    row = await service.store.read(lambda connection: open_consent_request(connection, identity))
    return page(
        "Confirm",
        f"<p>May we write to <strong>{escape(row['person_key'])}</strong>?</p>"
        f"<blockquote>{escape(row['wording'])}</blockquote>"
        f"<form method='post'>{button('Yes, write to me')}</form>"
        "<p>Do nothing, and you get nothing.</p>",
    )


@router.post("/confirm/{token}")
async def confirm(token: str, service: Serving) -> HTMLResponse:
    """Record the consent, with when it was asked for and confirmed."""
    identity = _request_of(token, service.secret)
    await service.store.write(lambda connection: confirm_consent(connection, identity, RECIPIENT))
    await service.acceptance.decide_waiting()
    return page("Done", "<p>Thank you. You can end it at any time, from every message.</p>")


def _request_of(token: str, secret: bytes) -> str:
    identity = opened(secret, CONFIRM, token)
    if identity is None:
        raise ProblemError(
            404, "this link is not one of ours", "use the link of the newest message"
        )
    return identity


def _page(connection: Connection, address: str) -> HTMLResponse:
    known = person(connection, address)
    requests = open_requests_of(connection, address)
    waiting = "".join(
        f"<li>{'A copy of your data' if one['kind'] == 'access' else 'Erasure of your data'}: "
        f"you hear from us by {_day(one['due_at'])}.</li>"
        for one in requests
        if one["kind"] in ("access", "erasure")
    )
    asked = {one["kind"] for one in requests}
    further = "".join(
        button(label, kind)
        for kind, label in (("access", "Send me a copy"), ("erasure", "Erase what you have"))
        if kind not in asked
    )
    return page(
        "Your wishes",
        f"<p>This is about <strong>{escape(address)}</strong>.</p>"
        f"{_advertising(known, reason_of_suppression(connection, address))}"
        "<h2>What we have about you</h2>"
        + (f"<ul>{waiting}</ul>" if waiting else "")
        + (f"<form method='post'>{further}</form>" if further else ""),
    )


def _advertising(known: Person, reason: str | None) -> str:
    if reason not in (None, "unsubscribed") or known.erased:
        return _OTHER_REASON
    if known.consent in _AGREED and not known.suppressed:
        return (
            f"<p>You get our advertising.</p><form method='post'>{button('End it', 'stop')}</form>"
        )
    return (
        "<p>You get no advertising from us.</p>"
        f"<form method='post'>{button('I want it', 'allow')}{button('Never ask', 'stop')}</form>"
    )


def _do(connection: Connection, address: str, choice: str) -> None:
    if choice == "stop":
        end_advertising(connection, address, "preference page")
    elif choice == "allow":
        _allow(connection, address)
    elif not any(one["kind"] == choice for one in open_requests_of(connection, address)):
        law = "ccpa" if person(connection, address).region == "us_ca" else LAWS[0]
        open_request(connection, address, choice, law, datetime.now(UTC), RECIPIENT)


def _allow(connection: Connection, address: str) -> None:
    if reason_of_suppression(connection, address) not in (None, "unsubscribed"):
        raise NotFoundError("advertising to this address is off for another reason")
    if reason_of_suppression(connection, address) is not None:
        unsuppress(connection, address, RECIPIENT)
    region = person(connection, address).region
    evidence: dict[str, object] = {"how": "preference page", "wording": _DONE["allow"]}
    record_consent(connection, address, "explicit", RECIPIENT, region=region, evidence=evidence)


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()
