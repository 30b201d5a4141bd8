"""A message as these clients index it: one object that has the names all of them look for.

Where one of them shows what it knows to be untrusted apart from the rest, a body under a second
name would stand among the trusted parts. So a body has one name, `markdown`; only the Python
client, which knows another, is given that one too.
"""

from typing import Any

from sqlalchemy import Connection, RowMapping

from pipeline.sender.attachments import files_of
from pipeline.sender.bodies import body_of
from pipeline.sender.multimail.status import status_of
from pipeline.sender.routes.translation import may_read, time_text
from pipeline.store.execution import now_ms
from pipeline.store.keys import Key
from pipeline.store.notes import tags_on
from pipeline.store.oversight import approvals_of
from pipeline.store.reports import reports_of
from policy.lifecycle import State

__all__ = ["full_email", "listed_email"]


def listed_email(row: RowMapping, reader: Key) -> dict[str, Any]:
    """An entry of a list; without a body. What `reader` may not read is empty."""
    draft = row["draft"] if may_read(row, reader) else {}
    sender, to = draft.get("from", ""), draft.get("to", [])
    received = time_text(row["created_at"])
    failed = row["state"] == State.FAILED
    status = status_of(row, now_ms())
    spam = {"spam_flagged": "flagged", "spam_quarantined": "quarantined"}.get(status, "clean")
    return {
        "id": row["id"],
        "mailbox_id": row["mailbox_id"],
        "from": sender,
        "from_address": sender,
        "to": to,
        "to_addresses": to,
        "subject": draft.get("subject", ""),
        "direction": "inbound" if row["inbound"] else "outbound",
        "status": status,
        "state": row["state"],
        "spam_verdict": spam,
        "received_at": received,
        "created_at": received,
        "thread_id": row["thread_id"],
        "has_attachments": bool(row["has_files"]),
        "delivered_at": time_text(row["changed_at"]) if row["state"] == State.SENT else None,
        "bounced_at": time_text(row["changed_at"]) if failed else None,
        "bounce_type": "hard" if failed else None,
    }


def full_email(connection: Connection, row: RowMapping, reader: Key) -> dict[str, Any]:
    """A message with its body, files, tags and approvals."""
    readable = may_read(row, reader)
    draft = row["draft"] if readable else {}
    approvals = approvals_of(connection, row["id"])
    bounces = [one for one in reports_of(connection, row["id"]) if one["kind"] == "bounce"]
    bounced = {
        "bounced_at": time_text(bounces[-1]["at"]),
        "bounce_type": "hard" if bounces[-1]["lasting"] else "soft",
    } if bounces else {}  # fmt: skip
    return {
        **listed_email(row, reader),
        **bounced,
        "cc": draft.get("cc", []),
        "markdown": body_of(row) if readable else "",
        "attachments": [one.as_json() for one in files_of(connection, row)] if readable else [],
        "approved_at": time_text(approvals[-1]["at"]) if approvals else None,
        "approved_by": approvals[-1]["person"] if approvals else None,
        "tags": tags_on(connection, row["id"]),
    }
