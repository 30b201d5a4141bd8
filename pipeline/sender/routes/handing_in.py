"""The one way in for every route that sends: check, judge, keep; refusals as problems."""

import hashlib
import json
from typing import Any

from pydantic import ValidationError

from pipeline.sender.acceptance import Accepted
from pipeline.sender.problems import ProblemError, invalid
from pipeline.sender.requests import EmailRequest
from pipeline.sender.routes.translation import author_of, cannot_compose, message_json, summary_json
from pipeline.sender.service import Service
from pipeline.store.execution import NotFoundError
from pipeline.store.idempotency import KeyReusedError
from pipeline.store.keys import Key

__all__ = ["checked", "content_digest", "hand_in", "taken_in"]


def checked(body: dict[str, Any]) -> EmailRequest:
    """The request that `body` is; raises ProblemError naming each field that is wrong."""
    try:
        return EmailRequest.model_validate(body)
    except ValidationError as error:
        raise invalid(error.errors()) from None


def content_digest(body: dict[str, Any]) -> str:
    """What tells whether two requests with one idempotency key are the same."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


async def hand_in(service: Service, key: Key, body: EmailRequest, digest: str) -> Accepted:
    """Accept a message of this key; `digest` is that of the request. Raises ProblemError."""
    with cannot_compose():
        try:
            return await service.acceptance.accept(body, author_of(key), digest)
        except KeyReusedError as error:
            raise ProblemError(
                409, str(error), "use a new idempotency key for a new message",
                field="idempotency_key",
            ) from None  # fmt: skip
        except NotFoundError as error:
            raise ProblemError(
                422, f"from: {error}", "write from an address that has a mailbox here",
                field="from",
            ) from None  # fmt: skip


async def taken_in(service: Service, accepted: Accepted) -> dict[str, Any]:
    """The short form of a message that was accepted, read again only if that was before."""
    if accepted.summary is not None:
        return summary_json(accepted.summary)
    return await service.store.read(lambda connection: message_json(connection, accepted.id))
