"""What people do with held messages: see them, approve or reject them, take them back.

An approval is about what that person was shown: these facts, this content, this policy. It is
refused when any of them changed meanwhile, and it names the digest of the bytes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, and_, insert, select

from pipeline.store.execution import RefusedError, Who, current, execute, now_ms
from pipeline.store.stored_messages import find_message
from pipeline.store.tables import api_key, approval, edit, message, shown
from pipeline.store.upserts import upsert
from policy.lifecycle import LifecycleEvent, State, Step

__all__ = [
    "VERSIONS", "approvals_of", "approve", "is_author", "mark_shown", "reject", "seen_by",
    "versions_of", "was_rejected_before",
]  # fmt: skip

VERSIONS = ("facts", "content", "policy")


def mark_shown(
    connection: Connection, person: str, messages: Iterable[tuple[str, Mapping[str, int]]]
) -> None:
    """Remember that `person` was shown these messages in these versions."""
    rows = [
        {"message": key, "person": person, **{name: versions[name] for name in VERSIONS}}
        for key, versions in messages
    ]
    if rows:
        connection.execute(upsert(shown, VERSIONS), rows)


def seen_by(connection: Connection, person: str, key: str) -> Mapping[str, int] | None:
    """The versions of a message that `person` was shown last, if ever."""
    query = select(*(shown.c[name] for name in VERSIONS)).where(
        and_(shown.c.message == key, shown.c.person == person)
    )
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def approve(
    connection: Connection, key: str, who: Who, seen: Mapping[str, int], roles: Collection[str]
) -> Step:
    """One person's approval of what was `seen`; `roles` are the teams that person speaks for.

    Raises RefusedError for the author's own hand, a second time, a changed message, one that does
    not wait for it, or somebody of a team that is not asked; NotFoundError.
    """
    row = find_message(connection, key)
    given = _approvals_of_versions(connection, key, seen)
    judgement = row["judgement"] or {}
    undo = int(judgement.get("undo_seconds", 0))
    step = execute(
        connection,
        key,
        LifecycleEvent.APPROVE,
        who,
        {
            "is_author": is_author(connection, row, who),
            "approved_already": any(one["person"] == who.id for one in given),
            **{f"seen_{name}": seen[name] for name in VERSIONS},
        },
        detail={"mime_sha256": row["mime_sha256"]},
        columns={"not_before": max(row["not_before"], now_ms() + undo * 1000)},
    )
    role = _role_for(judgement.get("approvals", []), [one["role"] for one in given], roles)
    connection.execute(
        insert(approval),
        {
            "message": key,
            "person": who.id,
            **{name: seen[name] for name in VERSIONS},
            "role": role,
            "mime_sha256": row["mime_sha256"],
            "at": now_ms(),
        },
    )
    return step


def _approvals_of_versions(
    connection: Connection, key: str, versions: Mapping[str, int]
) -> Sequence[RowMapping]:
    query = select(approval.c.person, approval.c.role).where(
        and_(approval.c.message == key, *(approval.c[name] == versions[name] for name in VERSIONS))
    )
    return connection.execute(query).mappings().all()


def _role_for(
    due: Sequence[Mapping[str, object]], given: Sequence[str], roles: Collection[str]
) -> str:
    """The role that one more approval fills; empty when no team is asked for.

    Raises RefusedError when the person speaks for none that is still due.
    """
    if not due:
        return ""
    open_roles = [str(one["role"]) for one in due if given.count(str(one["role"])) < _count(one)]
    for role in open_roles:
        if role in roles or "*" in roles:
            return role
    asked = ", ".join(open_roles) or "nobody"
    raise RefusedError((f"the message waits for the approval of {asked}",), State.HELD)


def _count(due: Mapping[str, object]) -> int:
    count = due["count"]
    assert isinstance(count, int)
    return count


def reject(connection: Connection, key: str, who: Who, reason: str) -> Step:
    """A person refuses a held message; `reason` must name no personal data."""
    return execute(connection, key, LifecycleEvent.REJECT, who, detail={"reason": reason})


def approvals_of(connection: Connection, key: str) -> Sequence[RowMapping]:
    """The approvals that a message ever got."""
    query = select(approval).where(approval.c.message == key).order_by(approval.c.at)
    return connection.execute(query).mappings().all()


def versions_of(connection: Connection, key: str) -> Mapping[str, int]:
    """The versions in force of a message; raises NotFoundError."""
    _, record, _ = current(connection, key)
    return {name: int(record[name]) for name in VERSIONS}


def was_rejected_before(connection: Connection, thread_id: str) -> bool:
    """Whether a person rejected an earlier message of the thread."""
    query = (
        select(message.c.id)
        .where(and_(message.c.thread_id == thread_id, message.c.state == State.REJECTED.value))
        .limit(1)
    )
    return connection.execute(query).first() is not None


def is_author(connection: Connection, row: RowMapping, who: Who) -> bool:
    """Whether `who` wrote the message in `row`, or changed its words later."""
    holder = connection.execute(
        select(api_key.c.holder).where(api_key.c.id == row["author_key"])
    ).scalar()
    if holder == who.id:
        return True
    query = select(edit.c.content).where(and_(edit.c.message == row["id"], edit.c.person == who.id))
    return connection.execute(query.limit(1)).first() is not None
