"""The consent ledger: who agreed to advertising, when, how, and to which wording."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from pipeline.sender.answers import ConsentHistory, ConsentRecorded, OptInAnswer, answer
from pipeline.sender.authentication import Admin, person
from pipeline.sender.links import sealed
from pipeline.sender.requests import Address, Body, Line
from pipeline.sender.routes.preferences import CONFIRM
from pipeline.sender.routes.translation import time_text
from pipeline.sender.service import Serving
from pipeline.sender.unsubscribing import token_for
from pipeline.store.ledger import consents_of, record_consent
from pipeline.store.opt_in import ask_for_consent

router = APIRouter(prefix="/v1/consents", tags=["consents"])

Region = Literal["eu", "uk", "us", "us_ca", "other"]
Short = Annotated[Line, Field(max_length=200)]


class ConsentRequest(Body):
    """What a person said; `soft` is an existing customer of like goods (2002/58/EC art. 13(2)).

    `how`, `wording` and `proof` are what a supervisor will ask for (GDPR art. 7(1)): where it was
    said, the version of the text they saw, and such as the double opt-in's token.
    """

    address: Address
    status: Literal["explicit", "soft", "none", "withdrawn"]
    region: Region | None = None
    how: Short = ""
    wording: Short = ""
    proof: Annotated[Line, Field(max_length=500)] = ""


class Whose(Body):
    """The person; in a body, since servers and proxies write paths into their logs."""

    address: Address


class OptInRequest(Body):
    """A consent that shall be confirmed: `wording` is the text that was agreed to, or its version.

    `wording` is shown to the person; both are kept as proof.
    """

    address: Address
    how: Annotated[Line, Field(min_length=1, max_length=200)]
    wording: Annotated[Line, Field(min_length=1, max_length=2000)]
    region: Region | None = None
    valid_days: Annotated[int, Field(ge=1, le=90)] = 14


@router.post("", status_code=201, responses=answer(ConsentRecorded, 201))
async def record(body: ConsentRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Append to the ledger; whatever waits for this person is decided anew."""
    evidence: dict[str, object] = {
        name: getattr(body, name) for name in ("how", "wording", "proof")
    }
    await service.store.write(
        lambda connection: record_consent(
            connection, body.address.address, body.status, person(key), region=body.region,
            evidence=evidence,
        )
    )  # fmt: skip
    await service.acceptance.decide_waiting()
    return {"address": body.address.address, "status": body.status}


@router.post("/find", responses=answer(ConsentHistory))
async def history(body: Whose, key: Admin, service: Serving) -> dict[str, Any]:
    """What one person said, latest first, each with its evidence; the first one counts."""
    address = body.address.address
    rows = await service.store.read(lambda connection: consents_of(connection, address))
    return {
        "address": address,
        "consents": [
            {
                **{name: row[name] for name in ("status", "region", "evidence")},
                "at": time_text(row["at"]),
            }
            for row in rows
        ],
    }


@router.post("/requests", status_code=201, responses=answer(OptInAnswer, 201))
async def ask(body: OptInRequest, request: Request, key: Admin, service: Serving) -> dict[str, Any]:
    """Prepare a double opt-in: send `confirm_url` to the person in a message that sells nothing.

    Nothing counts until they press the button behind it. `preferences_url` is their own page.
    """
    until = datetime.now(UTC) + timedelta(days=body.valid_days)
    expires = int(until.timestamp() * 1000)
    identity = await service.store.write(
        lambda connection: ask_for_consent(
            connection, body.address.address, person(key), region=body.region, how=body.how,
            wording=body.wording, expires_at=expires,
        )
    )  # fmt: skip
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return {
        "id": identity,
        "confirm_url": f"{base}/confirm/{sealed(service.secret, CONFIRM, identity)}",
        "preferences_url": f"{base}/preferences/{token_for(service.secret, body.address.address)}",
        "expires_at": time_text(expires),
    }
