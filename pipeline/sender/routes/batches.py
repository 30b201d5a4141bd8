"""Many messages in one request: each is judged, kept and answered for itself, several at once."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection

from pipeline.mail.addresses import person_key
from pipeline.sender.acceptance import Accepted
from pipeline.sender.answers import BatchAnswer, answer
from pipeline.sender.authentication import Writer
from pipeline.sender.problems import ProblemError, problem, unavailable
from pipeline.sender.requests import Body, EmailRequest
from pipeline.sender.routes.handing_in import checked, content_digest, hand_in
from pipeline.sender.routes.sending import IdempotencyKey
from pipeline.sender.routes.translation import message_json, one_key
from pipeline.sender.service import Service, Serving
from pipeline.store.keys import Key
from pipeline.store.writer import StoreUnavailableError

__all__ = ["in_turn", "router"]

router = APIRouter(prefix="/v1/emails", tags=["emails"])

_LARGEST_BATCH = 100


class BatchRequest(Body):
    """Several messages, each as `POST /v1/emails` takes it; each stands for itself."""

    emails: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_LARGEST_BATCH)]


@router.post("/batch", responses=answer(BatchAnswer))
async def send_many(
    body: BatchRequest, key: Writer, service: Serving, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Hand in up to 100 messages; `results` has, in their order, what became of each.

    One that is refused takes none of the others with it: its place has the problem. With an
    idempotency key, repeat the whole request until every place has an `id`: what was accepted
    before is not sent again.
    """
    messages: dict[int, EmailRequest] = {}
    outcomes: dict[int, Accepted | ProblemError] = {}
    for place, given in enumerate(body.emails):
        try:
            messages[place] = _checked(given, idempotency_key, place)
        except ProblemError as refusal:
            outcomes[place] = refusal
    digests = {place: content_digest(body.emails[place]) for place in messages}

    async def hand_in_turn(places: list[int]) -> None:
        for place in places:
            outcomes[place] = await _outcome(service, key, messages[place], digests[place])

    await asyncio.gather(*(hand_in_turn(places) for places in in_turn(messages)))
    results = await service.store.read(lambda connection: _results(connection, outcomes))
    accepted = sum("id" in one for one in results)
    return {"results": results, "accepted": accepted, "refused": len(results) - accepted}


def in_turn(messages: Mapping[int, EmailRequest]) -> list[list[int]]:
    """The places of `messages` in groups; those of a group have to be taken one after the other.

    Messages that have a recipient, a thread or an idempotency key in common are in one group: what
    becomes of one is known when the next is judged, and the first of two is the one that is kept.
    """
    groups: list[tuple[set[object], list[int]]] = []
    for place, message in messages.items():
        marks, places = set(_marks(message)), [place]
        apart = []
        for group in groups:
            if marks.isdisjoint(group[0]):
                apart.append(group)
            else:
                marks |= group[0]
                places = group[1] + places
        groups = [*apart, (marks, places)]
    return [sorted(places) for _, places in groups]


def _marks(message: EmailRequest) -> Iterable[object]:
    for box, _ in message.recipients:
        yield "recipient", person_key(box.address)
    if message.in_reply_to is not None:
        yield "thread", message.in_reply_to
    if message.idempotency_key is not None:
        yield "key", message.idempotency_key


def _checked(given: dict[str, Any], batch_key: str | None, place: int) -> EmailRequest:
    message = checked(given)
    if batch_key is not None and message.idempotency_key is None:
        return one_key(message, f"{batch_key[:240]}/{place}")
    return message


async def _outcome(
    service: Service, key: Key, message: EmailRequest, digest: str
) -> Accepted | ProblemError:
    try:
        return await hand_in(service, key, message, digest)
    except ProblemError as refusal:
        return refusal
    except StoreUnavailableError as error:  # the other messages may be in, and their sender is told
        return unavailable(error)


def _results(
    connection: Connection, outcomes: Mapping[int, Accepted | ProblemError]
) -> list[dict[str, Any]]:
    return [
        {"index": place, **_result(connection, outcome)}
        for place, outcome in sorted(outcomes.items())
    ]


def _result(connection: Connection, outcome: Accepted | ProblemError) -> dict[str, Any]:
    if isinstance(outcome, ProblemError):
        return problem(outcome.status, outcome.detail, outcome.mend, **outcome.members)
    return {"repeated": outcome.repeated, **message_json(connection, outcome.id)}
