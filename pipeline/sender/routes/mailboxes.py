"""Mailboxes: the shop's own addresses and how each is watched over."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from uuid_utils import uuid7

from pipeline.sender.authentication import Admin, Reader, person
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import MailboxRequest
from pipeline.sender.service import Service, serving
from pipeline.store.execution import now_ms
from pipeline.store.mailboxes import MailboxExistsError, StoredMailbox, add_mailbox, list_mailboxes

router = APIRouter(prefix="/v1/mailboxes", tags=["mailboxes"])

_PURPOSES = {
    "orders": ("order", "orders", "shop", "noreply", "no-reply", "notifications", "shipping"),
    "support": ("support", "help", "service", "care", "hello", "contact"),
    "returns": ("returns", "return", "refunds", "rma"),
    "marketing": ("marketing", "news", "newsletter", "offers", "deals"),
    "billing": ("billing", "invoices", "invoice", "accounts", "accounting"),
    "privacy": ("privacy", "dpo", "gdpr", "datenschutz"),
}


@router.post("", status_code=201)
async def create(
    body: MailboxRequest, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Add a mailbox."""
    box = StoredMailbox(
        id=str(uuid7()),
        address=body.address.address,
        display_name=body.display_name or body.address.name,
        oversight_mode=body.oversight_mode,
        purpose=body.purpose or _purpose_of(body.address.address),
        forward_to=body.forward_to.address if body.forward_to else None,
        oversight_address=body.oversight_address.address if body.oversight_address else None,
        created_at=now_ms(),
    )
    try:
        await service.store.write(lambda connection: add_mailbox(connection, box, person(key)))
    except MailboxExistsError as error:
        raise ProblemError(
            409, str(error), "use that mailbox, or write another address", field="address"
        ) from None
    return _shown(box)


@router.get("")
async def listing(
    key: Reader,
    service: Annotated[Service, Depends(serving)],
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """The mailboxes, oldest first, a page at a time."""
    boxes = await service.store.read(
        lambda connection: list_mailboxes(connection, after=cursor, limit=limit)
    )
    return {
        "mailboxes": [_shown(box) for box in boxes],
        "cursor": boxes[-1].id if len(boxes) == limit else None,
    }


def _shown(box: StoredMailbox) -> dict[str, Any]:
    return {name: getattr(box, name) for name in StoredMailbox.__slots__}


def _purpose_of(address: str) -> str:
    """What a mailbox is for, by the usual names; `general` when the name tells nothing."""
    local = address.partition("@")[0].partition("+")[0].casefold()
    return next((purpose for purpose, names in _PURPOSES.items() if local in names), "general")
