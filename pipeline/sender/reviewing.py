"""A person's word on the labels of a received message, checked and kept, from API or console."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from classifier.digests import text_digest
from classifier.labels import INTENTS, TAGS
from pipeline.store.corrections import Labels, correct
from pipeline.store.execution import Who
from pipeline.store.stored_messages import find_message

__all__ = ["IntentName", "TagName", "TagNames", "review_labels"]


def _intent(name: str) -> str:
    if name not in INTENTS:
        raise ValueError(f"{name[:40]!r} is no intent; write one of {', '.join(INTENTS)}")
    return name


def _tag(name: str) -> str:
    if name not in TAGS:
        raise ValueError(f"{name[:40]!r} is no tag; write any of {', '.join(TAGS)}")
    return name


IntentName = Annotated[str, AfterValidator(_intent)]
TagName = Annotated[str, AfterValidator(_tag)]
TagNames = Annotated[list[TagName], Field(max_length=len(TAGS))]


def review_labels(
    connection: Connection, key: str, who: Who, intent: str, tags: Iterable[str]
) -> Labels:
    """Keep that `intent` and `tags` are what the message should have; returns the labels before.

    Raises what `pipeline.store.corrections.correct` raises.
    """
    draft = find_message(connection, key)["draft"]
    digest = text_digest(str(draft.get("subject", "")), str(draft.get("text", "")))
    return correct(connection, key, Labels(intent, frozenset(tags)), who, text_sha256=digest)
