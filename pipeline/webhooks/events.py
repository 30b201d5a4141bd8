"""What a webhook may tell, and which step of the audit log tells it.

The audit log is the outbox: every step of a message stands in it, in order, in the transaction of
the step itself. So an event is told if and only if its step was committed, and nothing has to be
written twice. An event carries ids and states, never words or addresses: whoever needs more reads
the message with a key of its own, and an erasure has nothing to look for at the receiver's.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EVENTS", "EVENT_OF_STEP"]

EVENT_OF_STEP: Mapping[str, str] = MappingProxyType(
    {
        "accept": "message.accepted",
        "decide_to_queue": "message.queued",
        "decide_to_hold": "oversight.pending",
        "decide_to_hold_inbound": "oversight.pending",
        "decide_to_block": "message.blocked",
        "decide_to_deliver": "message.received",
        "decide_to_quarantine": "message.quarantined",
        "approve": "oversight.approved",
        "release": "message.received",
        "reject": "oversight.rejected",
        "reject_inbound": "oversight.rejected",
        "cancel": "message.cancelled",
        "expire": "message.expired",
        "expire_inbound": "message.expired",
        "confirm": "message.sent",
        "resolve_sent": "message.sent",
        "doubt": "message.unknown",
        "fail": "message.failed",
        "fail_after_dot": "message.failed",
        "delivered": "message.delivered",
        "bounce": "message.bounced",
        "complaint": "message.complained",
    }
)
"""The event that a step of the audit log is told as; a step that is not here is told to nobody."""

EVENTS: tuple[str, ...] = tuple(sorted(set(EVENT_OF_STEP.values())))
"""Every event that a subscription may ask for."""
