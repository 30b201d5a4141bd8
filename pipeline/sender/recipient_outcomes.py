"""To how many of its recipients a message went, whatever its state says as a whole.

A message that failed, expired or was taken back may have reached some of its recipients before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from policy.lifecycle import FINAL, State

__all__ = ["RecipientOutcomes", "outcomes_of"]

_COPY = "copy"


@dataclass(frozen=True, slots=True)
class RecipientOutcomes:
    """How many recipients there are, and for how many a mail server took or refused the message.

    `unknown` are those whose answer was lost, `pending` those to whom it was not handed over.
    """

    recipients: int
    sent: int
    failed: int
    unknown: int
    pending: int

    def differ(self, state: State) -> bool:
        """Whether `state` does not say of every recipient what became of the message."""
        said = {State.SENT: self.sent, State.FAILED: self.failed, State.UNKNOWN: self.unknown}
        return said.get(state, self.pending) != self.recipients

    def words(self, state: State) -> str:
        """The numbers as a clause, such as `taken for 2 of 3 recipients, refused for 1`.

        Empty while the message was handed over for nobody.
        """
        if self.pending == self.recipients:
            return ""
        never = "not handed over for" if state in FINAL else "still to be handed over for"
        people = "recipient" if self.recipients == 1 else "recipients"
        others = (("refused for", self.failed), ("in doubt for", self.unknown),
                  (never, self.pending))  # fmt: skip
        return ", ".join(
            [
                f"taken for {self.sent or 'none'} of {self.recipients} {people}",
                *(f"{became} {count}" for became, count in others if count),
            ]
        )


def outcomes_of(recipients: Iterable[RowMapping | Mapping[str, Any]]) -> RecipientOutcomes:
    """The outcomes of the people written to; copies that oversight gets are not counted."""
    counted = Counter(one["outcome"] for one in recipients if one["role"] != _COPY)
    return RecipientOutcomes(
        recipients=counted.total(),
        sent=counted["sent"],
        failed=counted["failed"],
        unknown=counted["unknown"],
        pending=counted["pending"],
    )
