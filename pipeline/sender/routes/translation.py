"""Rows of the store to the JSON of the API, and refusals of the core to problems."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from pipeline.mail.composing import ComposingError
from pipeline.sender.edit_history import Edit, edit_history
from pipeline.sender.outbound_facts import FactError
from pipeline.sender.preparing import Author
from pipeline.sender.problems import ProblemError, field_problem
from pipeline.sender.recipient_outcomes import outcomes_of
from pipeline.sender.requests import EmailRequest
from pipeline.store.edits import edits_of
from pipeline.store.keys import Key
from pipeline.store.oversight import VERSIONS, approvals_of, versions_of
from pipeline.store.reports import reports_of
from pipeline.store.stored_messages import attempts_of, find_message, recipients_of
from pipeline.store.summaries import summary_of
from policy.lifecycle import State
from policy.modes import Mode

__all__ = [
    "author_of", "cannot_compose", "may_read", "message_json", "one_key", "summary_json",
    "time_text", "version_text",
]  # fmt: skip

_WITHHELD = "it came in and waits for a person, so only people read it"


def author_of(key: Key) -> Author:
    """The author of what this key hands in."""
    return Author(key.id, key.holder, key.author, key.test)


def one_key(body: EmailRequest, header: str | None) -> EmailRequest:
    """The request with the idempotency key of its header, which must not contradict the field."""
    if header is None:
        return body
    if body.idempotency_key not in (None, header):
        raise field_problem(
            "idempotency_key", "header and field differ", "give the key in one place"
        )
    if not header.isprintable() or not header:
        raise field_problem(
            "Idempotency-Key",
            "not 1 to 256 printable characters",
            "use a random text such as a UUID",
        )
    return body.model_copy(update={"idempotency_key": header})


@contextmanager
def cannot_compose() -> Iterator[None]:
    """Turn what keeps a request from being judged and composed into a problem."""
    try:
        yield
    except FactError as error:
        raise field_problem("facts", str(error), error.mend) from None
    except ComposingError as error:
        raise ProblemError(422, str(error), error.mend) from None


def may_read(row: RowMapping | Mapping[str, Any], key: Key) -> bool:
    """Whether `key` is shown what stands in a message.

    Mail that came in and was not let through (held, quarantined, not decided yet) is read by
    people only: what it says may be meant to mislead an agent.
    """
    return not row["inbound"] or row["state"] == State.DELIVERED or key.may("oversight")


def message_json(
    connection: Connection, identity: str, *, full: bool = False, reader: Key | None = None
) -> dict[str, Any]:
    """A message as the API shows it; `full` adds its text, people, facts and attempts.

    What `reader` may not read is left out, and `withheld` says why.
    """
    row = find_message(connection, identity) if full else summary_of(connection, identity)
    shown = summary_json(row)
    if reader is not None and not may_read(row, reader):
        return {**shown, "withheld": _WITHHELD}
    return {**shown, **_rest(connection, row)} if full else shown


def summary_json(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """The short form of a message, from its row or from its summary."""
    return {
        "id": row["id"],
        "status": row["state"],
        "mode": Mode(row["mode"]).label,
        "reasons": (row["judgement"] or {}).get("reasons", []),
        "message_id": row["message_id"],
        "thread_id": row["thread_id"],
        "kind": row["kind"],
        "tags": row["tags"],
        "labels": row["labels"],
        "test": bool(row["test"]),
        "created_at": time_text(row["created_at"]),
    }


def _rest(connection: Connection, row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    draft = row["draft"]
    identity: str = row["id"]
    recipients = recipients_of(connection, identity)
    outcomes = outcomes_of(recipients)
    return {
        **{name: draft.get(name) for name in ("from", "to", "cc", "subject", "text", "html")},
        "version": version_text(versions_of(connection, identity)),
        "mime_sha256": row["mime_sha256"],
        "decision": row["judgement"] or {},
        "team": row["team"],
        "escalates_at": time_text(row["escalates_at"]) if row["escalates_at"] else None,
        "approvals_given": [
            {"person": one["person"], "role": one["role"], "at": time_text(one["at"])}
            for one in approvals_of(connection, identity)
        ],
        "approvals_due": row["approvals_due"],
        "recipients": [
            {name: one[name] for name in ("address", "role", "outcome", "reply")}
            for one in recipients
        ],
        "edits": [_edit(one) for one in edit_history(draft, edits_of(connection, identity)).edits],
        "recipient_outcomes": {**asdict(outcomes), "words": outcomes.words(State(row["state"]))},
        "reports": [
            {
                "at": time_text(one["at"]),
                "lasting": bool(one["lasting"]),
                **{name: one[name] for name in ("kind", "status_code", "detail")},
            }
            for one in reports_of(connection, identity)
        ],
        "attempts": [
            {
                "at": time_text(one["ended_at"]),
                **{name: one[name] for name in ("route", "outcome", "reply")},
            }
            for one in attempts_of(connection, identity)
        ],
        "not_before": time_text(row["not_before"]),
        "changed_at": time_text(row["changed_at"]),
        "last_reply": row["last_reply"],
    }


def _edit(edit: Edit) -> dict[str, Any]:
    changes = None if edit.changes is None else [asdict(one) for one in edit.changes]
    return {"person": edit.person, "at": time_text(edit.at), "changes": changes}


def version_text(versions: Any) -> str:
    """Facts, content and policy version as one text, to be sent back with a decision."""
    return ".".join(str(versions[name]) for name in VERSIONS)


def time_text(milliseconds: int) -> str:
    """A time of the store in RFC 3339, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
