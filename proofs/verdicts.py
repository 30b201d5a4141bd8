"""What came of a proof: one verdict per claim."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proofs.claims import Claim
from proofs.witness import Witness

__all__ = ["Outcome", "Verdict", "Verdicts"]


class Outcome(StrEnum):
    """There is no third outcome: a solver that gives up is an error, not a verdict."""

    PROVED = "proved"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether `claim` holds of every message.

    `witness` breaks a refuted claim; a promise that some message exists has one when it is
    proved. `vacuous` marks a proved claim whose left side no message ever meets.
    """

    claim: Claim
    outcome: Outcome
    witness: Witness | None = None
    vacuous: bool = False


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts on every claim about one policy; `policy_digest` says about which."""

    policy_name: str
    policy_digest: str
    items: tuple[Verdict, ...]

    @property
    def proved(self) -> bool:
        """Whether every claim holds."""
        return all(verdict.outcome is Outcome.PROVED for verdict in self.items)

    @property
    def refuted(self) -> tuple[Verdict, ...]:
        """The verdicts on the claims that do not hold."""
        return tuple(verdict for verdict in self.items if verdict.outcome is Outcome.REFUTED)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.items)
