"""What a person says of the labels that a received message was given: the classifier learns."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from pipeline.sender.answers import LabelsCorrected, answer
from pipeline.sender.authentication import Overseer, person
from pipeline.sender.reviewing import IntentName, TagNames, review_labels
from pipeline.sender.service import Serving
from pipeline.store.corrections import Labels
from pipeline.store.execution import Who

router = APIRouter(prefix="/v1", tags=["oversight"])


class CorrectionRequest(BaseModel):
    """All labels of the message as they should be, those that were right included."""

    model_config = ConfigDict(extra="forbid")

    intent: IntentName
    tags: TagNames


@router.post("/emails/{email_id}/correction", responses=answer(LabelsCorrected))
async def correct(
    email_id: str, body: CorrectionRequest, key: Overseer, service: Serving
) -> dict[str, Any]:
    """Confirm or correct the labels of a message that came in.

    Kept for training (`gatepost train --with-reviews`). It frees nothing that waits; naming fraud
    that was missed opens a case, so that answers to that person wait.
    """
    corrected = await service.store.write(
        lambda connection: _correct(connection, email_id, person(key), body)
    )
    await service.acceptance.decide_waiting()
    return corrected


def _correct(
    connection: Connection, identity: str, who: Who, body: CorrectionRequest
) -> dict[str, Any]:
    before = review_labels(connection, identity, who, body.intent, body.tags)
    after = Labels(body.intent, frozenset(body.tags))
    return {
        "id": identity,
        "before": {"intent": before.intent or None, "tags": sorted(before.tags)},
        "after": {"intent": after.intent, "tags": sorted(after.tags)},
        "corrected": before != after,
    }
