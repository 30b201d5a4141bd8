"""Cases about a person, on whatever channel they came in: an open fraud case holds their mail."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pipeline.sender.answers import Done, Made, answer
from pipeline.sender.authentication import Overseer, person
from pipeline.sender.requests import Address, Line
from pipeline.sender.service import Serving
from pipeline.store.ledger import close_case, open_case

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class CaseRequest(BaseModel):
    """A case to open; `why` is shown to people."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    address: Address
    kind: Literal["fraud"] = "fraud"
    why: Annotated[Line, Field(min_length=1, max_length=500)]


@router.post("", status_code=201, responses=answer(Made, 201))
async def create(body: CaseRequest, key: Overseer, service: Serving) -> dict[str, Any]:
    """Open a case; whatever waits for this person is decided anew."""
    identity = await service.store.write(
        lambda connection: open_case(
            connection, body.address.address, body.kind, body.why, person(key)
        )
    )
    await service.acceptance.decide_waiting()
    return {"id": identity}


@router.post("/{case_id}/close", responses=answer(Done))
async def close(case_id: str, key: Overseer, service: Serving) -> dict[str, Any]:
    """Close a case; messages that were marked meanwhile still need a person each."""
    await service.store.write(lambda connection: close_case(connection, case_id, person(key)))
    await service.acceptance.decide_waiting()
    return {"id": case_id, "status": "closed"}
