"""What a person changes in a message that waits: its words, or a fraud mark that was wrong.

Either way the message is decided anew; approvals that it had are void, by the life-cycle table.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from pipeline.store.contents import replace_draft
from pipeline.store.edits import record_edit, replaced_digests
from pipeline.store.execution import RefusedError, Who, execute
from pipeline.store.messages import replace_recipients
from pipeline.store.oversight import VERSIONS, is_author, versions_of
from pipeline.store.stored_messages import find_message
from policy.lifecycle import LifecycleEvent, State, Step

__all__ = ["clear_fraud", "edit"]

_FRAUD = "fraud_risk"


def edit(
    connection: Connection,
    key: str,
    who: Who,
    seen: Mapping[str, int],
    draft: Mapping[str, object],
    *,
    recipients: Sequence[tuple[str, str]] | None = None,
    not_before: int | None = None,
) -> Step:
    """Replace the draft that was `seen`; whoever does becomes an author of the message.

    `draft` must be one that a message can be made of; `recipients` are those that it names, as
    address and role, and `not_before` its time, each when it changes. Raises RefusedError when the
    message changed meanwhile or no longer waits, NotFoundError.
    """
    if versions_of(connection, key) != {name: seen[name] for name in VERSIONS}:
        state = State(find_message(connection, key)["state"])
        raise RefusedError(("the message changed since this edit was prepared",), state)
    before = find_message(connection, key)["draft"]
    step = execute(
        connection, key, LifecycleEvent.EDIT, who, detail=replaced_digests(before, draft),
        columns={} if not_before is None else {"not_before": not_before},
    )  # fmt: skip
    replace_draft(connection, key, draft)
    if recipients is not None:
        replace_recipients(connection, key, recipients)
    record_edit(connection, key, int(step.record["content"]), who, before, draft)
    return step


def clear_fraud(connection: Connection, key: str, who: Who) -> Step:
    """Take off a fraud mark, and the tag if the author had set it.

    When the classifier or a case still says fraud, the next decision marks the message again.
    Raises RefusedError for the author's own hand, NotFoundError.
    """
    row = find_message(connection, key)
    draft = row["draft"]
    tags = [tag for tag in draft.get("tags", ()) if tag != _FRAUD]
    inputs = {"is_author": is_author(connection, row, who)}
    step = execute(connection, key, LifecycleEvent.CLEAR_FRAUD, who, inputs)
    replace_draft(connection, key, {**draft, "tags": tags})
    return step
