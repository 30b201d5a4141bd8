"""Other channels than e-mail: a chat, a call or a post tells the ledger that somebody waits."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from pipeline.sender.answers import WaitingAnswer, answer
from pipeline.sender.authentication import Admin
from pipeline.sender.problems import ProblemError
from pipeline.sender.requests import Address, Body
from pipeline.sender.service import Serving
from pipeline.store.channels import record_turn
from pipeline.store.execution import Who
from policy.lifecycle import Actor

router = APIRouter(prefix="/v1/channels", tags=["channels"])


class TurnRequest(Body):
    """A person wrote, or was answered, on a channel that is not e-mail.

    `address` is the e-mail address by which the shop knows the person; `at` is now when not given.
    """

    address: Address
    channel: Literal["chat", "phone", "social"]
    turn: Annotated[
        Literal["wrote", "answered"],
        Field(description="`answered` also ends a talk that needs no answer any more"),
    ]
    at: AwareDatetime | None = None


@router.post("", status_code=201, responses=answer(WaitingAnswer, 201))
async def take_turn(body: TurnRequest, key: Admin, service: Serving) -> dict[str, Any]:
    """Tell that somebody wrote or was answered elsewhere; their waiting mail is decided anew.

    Not for agents: who says that a person was answered lets mail to that person go.
    """
    now = datetime.now(UTC)
    at = body.at or now
    if at > now:
        raise ProblemError(422, "at: lies in the future", "give the time it happened", field="at")
    waits = await service.store.write(
        lambda connection: record_turn(
            connection,
            body.address.address,
            body.channel,
            body.turn,
            max(0, int(at.timestamp() * 1000)),
            Who(Actor.SYSTEM, key.holder),
        )
    )
    await service.acceptance.decide_waiting()
    return {"address": body.address.address, "channel": body.channel, "waits": waits}
