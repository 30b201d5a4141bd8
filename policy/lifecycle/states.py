"""Where a message can stand, what can happen to it, and who can cause that."""

from enum import StrEnum

__all__ = ["FINAL", "WAITING", "Actor", "LifecycleEvent", "State"]


class State(StrEnum):
    """Where a message stands; `received`, `delivered` and `quarantined` are for inbound mail."""

    ACCEPTED = "accepted"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEFERRED = "deferred"
    FAILED = "failed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RECEIVED = "received"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"


FINAL = frozenset(
    {
        State.SENT,
        State.FAILED,
        State.REJECTED,
        State.BLOCKED,
        State.CANCELLED,
        State.EXPIRED,
        State.DELIVERED,
        State.QUARANTINED,
    }
)
"""States that no event leaves."""

WAITING = (State.ACCEPTED, State.HELD, State.QUEUED, State.DEFERRED)
"""Outbound states in which nothing has been handed over in the current attempt."""


class Actor(StrEnum):
    """Who causes an event; a person is one who logged in or holds an oversight key."""

    AUTHOR = "author"
    PERSON = "person"
    WORKER = "worker"
    SYSTEM = "system"


class LifecycleEvent(StrEnum):
    """What can happen to a message, or (reload, pause, resume) to the service around it."""

    DECIDE = "decide"
    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"
    CHANGE_FACTS = "change_facts"
    CLEAR_FRAUD = "clear_fraud"
    ERASE = "erase"
    CANCEL = "cancel"
    EXPIRE = "expire"
    STALE = "stale"
    CLAIM = "claim"
    LAPSE = "lapse"
    WRITE_DOT = "write_dot"
    CONFIRM = "confirm"
    DOUBT = "doubt"
    DEFER = "defer"
    FAIL = "fail"
    RETRY = "retry"
    RESOLVE_SENT = "resolve_sent"
    RESOLVE_RETRY = "resolve_retry"
    RELOAD = "reload"
    PAUSE = "pause"
    RESUME = "resume"
