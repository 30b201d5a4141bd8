"""What became of a message, told so that an agent knows what to do next, and what not to."""

from collections.abc import Mapping
from typing import Any

__all__ = ["explained"]

_NEXT = {
    "accepted": "It is being decided. Ask for its status in a moment; do not send it again.",
    "queued": "It will be handed to the mail server. Until then cancel_message takes it back.",
    "sending": "It is being handed to the mail server.",
    "sent": "The mail server took it. Nothing more is to be done.",
    "deferred": "The mail server could not take it yet; it is tried again by itself.",
    "unknown": "It may or may not have arrived: the mail server's answer was lost. A person "
    "decides whether to try once more. Do not send it again.",
    "failed": "The mail server refused it for good. Check the address before you write a new one.",
    "rejected": "A person refused it. Do not send it again unless your operator asks for it.",
    "cancelled": "It was taken back and never leaves.",
    "expired": "Nobody decided about it in time, so it never leaves.",
    "blocked": "It never leaves, and no approval can free it. Do not try to get around the rule by "
    "wording or another address; tell your operator which rule it was.",
}


_PARTLY = {
    "deferred": "Some recipients have it; for the others it is tried again by itself. Do not send "
    "it again.",
    "failed": "Some recipients have it, and for the others the mail server refused it for good. Do "
    "not send it again to those who have it; check the addresses of the others.",
    "cancelled": "Some recipients had it before it was taken back; nobody else gets it.",
    "rejected": "Some recipients had it before a person refused it; nobody else gets it.",
    "expired": "Some recipients had it before its time was over; nobody else gets it. Do not send "
    "it again to those who have it.",
    "sent": "Not every recipient has it: the mail server refused some. Do not send it again to "
    "those who have it; check the addresses of the others.",
}
"""What to do about a message that only some of its recipients have."""


def explained(message: Mapping[str, Any]) -> dict[str, Any]:
    """The status of an outbound message, the rules that decided, and what happens next.

    `message` is what the service shows of it in full, or what it says of a question.
    """
    stored = message.get("decision")
    decision = stored if isinstance(stored, dict) else message
    reasons = decision.get("reasons") or message.get("reasons") or []
    status = message.get("status")
    outcomes = message.get("recipient_outcomes") or {}
    partly = 0 < outcomes.get("sent", 0) < outcomes.get("recipients", 0)
    following = (_PARTLY if partly else {}).get(status or "") or _NEXT.get(status or "", "")
    told: dict[str, Any] = {
        "email_id": message.get("id"),
        "status": status,
        "mode": message.get("mode"),
        "because": [_reason(one) for one in reasons if one.get("decides")],
        "recipients": outcomes.get("words"),
        "what_happens_next": _held(decision) if status == "held" else following,
    }
    if obligations := decision.get("obligations"):
        told["obligations"] = obligations
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "rule": reason.get("title"),
        "source": reason.get("source"),
        "law": reason.get("because"),
        "owner": reason.get("owner"),
        "fired_because_unknown": reason.get("unknown"),
    }
    return {name: value for name, value in told.items() if value}


def _held(decision: Mapping[str, Any]) -> str:
    due = decision.get("approvals") or []
    who = " and ".join(f"{one['count']} of {one['role']}" for one in due) or "one person"
    text = f"It waits until approved by {who}"
    if team := decision.get("team"):
        text += f", in the queue of {team}"
    if limit := decision.get("hold_limit"):
        hours = max(1, round(limit["seconds"] / 3600))
        ends = "another team is asked" if limit["then"] == "escalate" else "it ends unsent"
        text += f"; if nobody decides within about {hours} hours, {ends}"
    return (
        f"{text}. You cannot approve it, and sending it again only makes a second one wait. Go on "
        "with other work and ask with email_status later, or take it back with cancel_message and "
        "write one that the rules above let through."
    )
