"""The consent ledger: who agreed to advertising, when, how, and to which wording."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from pipeline.sender.authentication import Admin, person
from pipeline.sender.requests import Address, Line
from pipeline.sender.service import Service, serving
from pipeline.store.ledger import record_consent

router = APIRouter(prefix="/v1/consents", tags=["consents"])


class ConsentRequest(BaseModel):
    """What a person said; `soft` is an existing customer of like goods (2002/58/EC art. 13(2)).

    `how`, `wording` and `proof` are what a supervisor will ask for (GDPR art. 7(1)): where it was
    said, the version of the text they saw, and such as the double opt-in's token.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    address: Address
    status: Literal["explicit", "soft", "none", "withdrawn"]
    region: Literal["eu", "uk", "us", "us_ca", "other"] | None = None
    how: Annotated[Line, Field(max_length=200)] = ""
    wording: Annotated[Line, Field(max_length=200)] = ""
    proof: Annotated[Line, Field(max_length=500)] = ""


@router.post("", status_code=201)
async def record(
    body: ConsentRequest, key: Admin, service: Annotated[Service, Depends(serving)]
) -> dict[str, Any]:
    """Append to the ledger; whatever waits for this person is decided anew."""
    evidence = {name: getattr(body, name) for name in ("how", "wording", "proof")}
    await service.store.write(
        lambda connection: record_consent(
            connection, body.address.address, body.status, person(key), region=body.region,
            evidence=evidence,
        )
    )  # fmt: skip
    await service.acceptance.decide_waiting()
    return {"address": body.address.address, "status": body.status}
