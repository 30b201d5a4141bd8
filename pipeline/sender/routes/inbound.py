"""Mail that came in, handed over by the shop's own mail server or an importer."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from pipeline.sender.answers import EmailAnswer, answer
from pipeline.sender.authentication import Admin
from pipeline.sender.problems import ProblemError
from pipeline.sender.routes.translation import message_json
from pipeline.sender.service import Serving
from pipeline.store.execution import NotFoundError, Who
from policy.lifecycle import Actor

router = APIRouter(prefix="/v1/inbound", tags=["inbound"])


@router.post("", status_code=201, responses=answer(EmailAnswer, 201))
async def receive(
    request: Request,
    response: Response,
    key: Admin,
    service: Serving,
    to: Annotated[str, Query(description="the mailbox it came for", max_length=320)],
) -> dict[str, Any]:
    """Take in one message as it came (message/rfc822): it is read, decided and kept.

    Not for agents: what a message says decides how freely it may be answered.
    """
    raw = await request.body()
    if not raw.strip():
        raise ProblemError(
            422, "the request has no body", "send the bytes of one message", field="body"
        )
    who = Who(Actor.SYSTEM, key.holder)
    try:
        received = await service.receiving.receive(raw, to, who, key.id)
    except NotFoundError as error:
        raise ProblemError(
            422, f"to: {error}", "name an address that has a mailbox here", field="to"
        ) from None
    if received.repeated:
        response.status_code = 200
    return await service.store.read(lambda connection: message_json(connection, received.id))
