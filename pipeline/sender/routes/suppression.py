"""The suppression list: who gets nothing unasked, from any mailbox, from this moment."""

from typing import Any, Literal

from fastapi import APIRouter

from pipeline.mail.addresses import AddressError, parse_mailbox
from pipeline.sender.answers import Suppressed, SuppressionPage, Unsuppressed, answer
from pipeline.sender.authentication import Admin, person
from pipeline.sender.paging import Cursor, Limit, page
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import Address, Body
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.store.ledger import list_suppressed, suppress, unsuppress

router = APIRouter(prefix="/v1/suppression", tags=["suppression"])


class SuppressionRequest(Body):
    """An address to suppress."""

    address: Address
    reason: Literal["unsubscribed", "complained", "bounced", "manual"] = "manual"


@router.post("", status_code=201, responses=answer(Suppressed, 201))
async def add(body: SuppressionRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Suppress an address; whatever waits for it is decided anew."""
    await service.store.write(
        lambda connection: suppress(connection, body.address.address, body.reason, person(key))
    )
    await service.acceptance.decide_waiting()
    return {"address": body.address.address, "reason": body.reason}


@router.get("", responses=answer(SuppressionPage))
async def listing(
    key: Admin, service: Serving, cursor: Cursor = "", limit: Limit = 20
) -> dict[str, Any]:
    """The people who get nothing unasked, in the order of their addresses, and why.

    What is written after a plus sign in an address is left out: it is the same person's.
    """
    rows = await service.store.read(
        lambda connection: list_suppressed(connection, after=cursor, limit=limit)
    )
    found = [
        {
            "id": row["person_key"],
            "email_address": row["person_key"],
            "address": row["person_key"],
            "reason": row["reason"],
            "mailbox_id": None,
            "created_at": time_text(row["at"]),
        }
        for row in rows
    ]
    return page(found, limit, rows[-1]["person_key"] if rows else "", "suppressions")


@router.delete("/{address}", responses=answer(Unsuppressed))
async def remove(address: str, key: Admin, service: Serving) -> dict[str, Any]:
    """Take the person behind an address off the list."""
    try:
        box = parse_mailbox(address)
    except AddressError as error:
        raise field_problem("address", str(error), error.mend) from None
    await service.store.write(lambda connection: unsuppress(connection, box.address, person(key)))
    return {"address": box.address, "status": "removed"}
