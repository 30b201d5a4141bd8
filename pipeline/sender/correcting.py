"""New words for a waiting message, checked like those of a new one."""

from collections.abc import Mapping

from sqlalchemy import Connection

from pipeline.sender.requests import EmailRequest
from pipeline.store.correcting import edit
from pipeline.store.execution import Who
from pipeline.store.stored_messages import find_message

__all__ = ["change_words"]


def change_words(
    connection: Connection, key: str, who: Who, seen: Mapping[str, int], words: Mapping[str, str]
) -> None:
    """Put `words` (subject, text, html) in place of those that were `seen`.

    Raises pydantic's ValidationError when no message can be made of them, RefusedError when the
    message changed meanwhile or no longer waits, NotFoundError.
    """
    draft = {**find_message(connection, key)["draft"], **words}
    EmailRequest.model_validate(draft)
    edit(connection, key, who, seen, draft)
