"""Messages: hand one in."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from pipeline.sender.answers import EmailAnswer, answer
from pipeline.sender.authentication import Writer
from pipeline.sender.requests import EmailRequest
from pipeline.sender.routes.handing_in import hand_in, taken_in
from pipeline.sender.routes.translation import one_key
from pipeline.sender.service import service_of
from pipeline.store.idempotency import body_digest

__all__ = ["IdempotencyKey", "router"]

router = APIRouter(prefix="/v1/emails", tags=["emails"])

IdempotencyKey = Annotated[
    str | None, Header(max_length=256, description="the same key and body twice is one message")
]


@router.post("", status_code=202, responses=answer(EmailAnswer, 202))
async def send(
    body: EmailRequest, request: Request, key: Writer, idempotency_key: IdempotencyKey = None
) -> JSONResponse:
    """Hand in a message; the answer says whether it is queued, held or blocked, and why.

    With an idempotency key (header or field) the same request twice is one message.
    """
    service = service_of(request)
    body = one_key(body, idempotency_key)
    accepted = await hand_in(service, key, body, body_digest(await request.body()))
    shown = await taken_in(service, accepted)
    if accepted.repeated:
        return JSONResponse(shown, 200, {"Idempotent-Replayed": "true"})
    return JSONResponse(shown, 202)
