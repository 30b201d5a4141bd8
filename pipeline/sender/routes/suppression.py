"""The suppression list: who gets nothing unasked, from any mailbox, from this moment."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from pipeline.mail.addresses import AddressError, parse_mailbox
from pipeline.sender.authentication import Admin, person
from pipeline.sender.problems import field_problem
from pipeline.sender.requests import Address
from pipeline.sender.service import Service, serving
from pipeline.store.ledger import suppress, unsuppress

router = APIRouter(prefix="/v1/suppression", tags=["suppression"])


class SuppressionRequest(BaseModel):
    """An address to suppress."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    address: Address
    reason: Literal["unsubscribed", "complained", "bounced", "manual"] = "manual"


@router.post("", status_code=201)
async def add(
    body: SuppressionRequest, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Suppress an address; whatever waits for it is decided anew."""
    await service.store.write(
        lambda connection: suppress(connection, body.address.address, body.reason, person(key))
    )
    await service.acceptance.decide_waiting()
    return {"address": body.address.address, "reason": body.reason}


@router.delete("/{address}")
async def remove(
    address: str, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Take an address off the list."""
    try:
        box = parse_mailbox(address)
    except AddressError as error:
        raise field_problem("address", str(error), error.mend) from None
    await service.store.write(lambda connection: unsuppress(connection, box.address, person(key)))
    return {"address": box.address, "status": "removed"}
