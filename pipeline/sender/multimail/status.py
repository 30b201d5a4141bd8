"""Our states in the words of these clients, and their words as what to look for in the store."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import RowMapping

from pipeline.store.listing import Wanted
from policy.lifecycle import State

__all__ = ["STATUSES", "status_of", "wanted_for"]

_SPAM = "spam"
_DELIVERED = Wanted(inbound=True, states=[State.DELIVERED], reported=False)


def _inbound(*states: State) -> tuple[Wanted, ...]:
    return (Wanted(inbound=True, states=states),)


def _outbound(*states: State) -> tuple[Wanted, ...]:
    return (Wanted(inbound=False, states=states),)


STATUSES: Mapping[str, tuple[Wanted, ...]] = {
    "unread": (replace(_DELIVERED, read=False),),
    "read": (replace(_DELIVERED, read=True),),
    "archived": (),
    "deleted": (),
    "pending_scan": (Wanted(states=[State.ACCEPTED, State.RECEIVED]),),
    "pending_send_approval": _outbound(State.HELD),
    "pending_inbound_approval": _inbound(State.HELD),
    "scheduled": (Wanted(inbound=False, states=[State.QUEUED], scheduled=True),),
    "send_failed": _outbound(State.FAILED, State.EXPIRED),
    "spam_flagged": (replace(_DELIVERED, intent=_SPAM),),
    "spam_quarantined": (
        Wanted(inbound=True, states=[State.QUARANTINED]),
        Wanted(inbound=True, states=[State.DELIVERED], reported=True),
    ),
    **{
        state.value: _outbound(state)
        for state in (
            State.QUEUED, State.SENDING, State.SENT, State.UNKNOWN, State.DEFERRED, State.REJECTED,
            State.BLOCKED, State.CANCELLED,
        )
    },
}  # fmt: skip
"""What a list with each status holds. Nothing here is ever archived or deleted."""

_INBOUND = {
    State.HELD: "pending_inbound_approval",
    State.QUARANTINED: "spam_quarantined",
    State.RECEIVED: "pending_scan",
}
_OUTBOUND = {
    State.ACCEPTED: "pending_scan",
    State.HELD: "pending_send_approval",
    State.FAILED: "send_failed",
    State.EXPIRED: "send_failed",
}


def status_of(row: RowMapping, now: int) -> str:
    """The status of a message as `listing` has it, at the time `now`.

    Where these clients have no word (queued, sent, blocked, …), ours.
    """
    state = State(row["state"])
    if not row["inbound"]:
        waits = state is State.QUEUED and row["not_before"] > now
        return "scheduled" if waits and row["draft"].get("send_at") else _OUTBOUND.get(state, state)
    if state is not State.DELIVERED:
        return _INBOUND.get(state, state)
    if row["spam"] == _SPAM:
        return "spam_quarantined"
    if row["intent"] == _SPAM and row["spam"] is None:
        return "spam_flagged"
    return "read" if row["read_at"] else "unread"


def wanted_for(status: str | None, **further: object) -> list[Wanted]:
    """What a list of this status shall hold; `further` parts that contradict it leave nothing."""
    asked = (Wanted(),) if status is None else STATUSES[status]
    given = {name: part for name, part in further.items() if part is not None}
    inbound = given.get("inbound")
    return [
        replace(one, **given)  # type: ignore[arg-type]  # parts of `Wanted` by name
        for one in asked
        if inbound is None or one.inbound in (None, inbound)
    ]
