"""What a check found: what, where, and how to mend it."""

from dataclasses import asdict, dataclass
from enum import StrEnum

__all__ = ["Finding", "Verdict", "advice", "failure", "ok"]


class Verdict(StrEnum):
    """How a check ended; an advice can wait, a failure cannot."""

    OK = "ok"
    ADVICE = "advice"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on one thing; `mend` is empty if and only if there is nothing to do."""

    check: str
    where: str
    verdict: Verdict
    what: str
    mend: str = ""

    def as_json(self) -> dict[str, str]:
        """The fields as JSON holds them."""
        return {name: str(value) for name, value in asdict(self).items()}


def ok(check: str, where: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, where, Verdict.OK, what)


def advice(check: str, where: str, what: str, mend: str) -> Finding:
    """It works, and could be better."""
    return Finding(check, where, Verdict.ADVICE, what, mend)


def failure(check: str, where: str, what: str, mend: str) -> Finding:
    """Mail is lost, refused or unprotected because of this."""
    return Finding(check, where, Verdict.FAILURE, what, mend)
