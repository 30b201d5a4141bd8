"""The ladder of modes, from free to shut, and what each mode lets pass.

A mode is both the setting of a mailbox and the outcome of a decision. Modes are totally ordered,
so "the strictest of several" is a maximum and never depends on the order of rules.
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

__all__ = ["FAIL_CLOSED", "MAILBOX_MODES", "Event", "Mode", "mailbox_floor", "strictest"]


class Event(StrEnum):
    """What a message is about to do when the policy is asked."""

    SEND = "send"
    RECEIVE = "receive"


class Mode(IntEnum):
    """How freely a message travels; a greater mode is a stricter one."""

    AUTONOMOUS = 0
    MONITORED = 1
    GATED_SEND = 2
    GATED_ALL = 3
    BLOCKED = 4

    @property
    def label(self) -> str:
        """The mode as a policy file and the API spell it, for example ``gated_send``."""
        return self.name.lower()

    @classmethod
    def from_label(cls, label: str) -> "Mode":
        """The mode spelled `label`; raises KeyError when there is none."""
        return cls[label.upper()]

    def needs_approval(self, event: Event) -> bool:
        """Whether a message under this mode waits for a person (and can be freed by one)."""
        if event is Event.RECEIVE:
            return self is Mode.GATED_ALL
        return self in (Mode.GATED_SEND, Mode.GATED_ALL)


FAIL_CLOSED = Mode.GATED_SEND
"""The base mode of a message that no `allow` rule speaks for."""

MAILBOX_MODES = ("autonomous", "monitored", "gated_send", "gated_all", "read_only")
"""The settings of a mailbox; `read_only` lets nothing out and delivers what comes in."""


def mailbox_floor(setting: str | None, event: Event) -> Mode:
    """The freest mode that a mailbox's `setting` permits for `event`.

    An unknown setting (None) is as strict as the strictest setting: nothing leaves, and what
    comes in waits for a person. Hence losing the setting can never free a message.
    """
    if setting is None:
        return Mode.BLOCKED if event is Event.SEND else Mode.GATED_ALL
    if setting == "read_only":
        return Mode.BLOCKED if event is Event.SEND else Mode.AUTONOMOUS
    return Mode.from_label(setting)


def strictest(modes: Iterable[Mode]) -> Mode:
    """The strictest of `modes`; `autonomous` when there are none."""
    return max(modes, default=Mode.AUTONOMOUS)
