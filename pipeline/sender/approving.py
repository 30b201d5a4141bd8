"""A person's approval, held against what is known at the moment when it is given.

A held message may wait for days, and some facts change without a step of its own: ten others went
to the same person, an hour of business ended. So the message is judged once more, and approved only
if no more is demanded of it than the person was shown. From then on it counts among those that go
to its people, so whatever is judged later sees it, and its hand-over need not count again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from pipeline.sender.gate import Judgement
from pipeline.sender.keeping_accepted import ChangedError
from pipeline.sender.known import Known, Planned, read_known
from pipeline.store.execution import SYSTEM, RefusedError, Who, execute
from pipeline.store.oversight import VERSIONS, approve, versions_of
from policy.lifecycle import LifecycleEvent, State, Step
from policy.modes import Event, Mode

__all__ = ["JudgedAgain", "MoreDemandedError", "approve_as_judged", "decide_anew", "more_demanded"]


class MoreDemandedError(RefusedError):
    """By what is known now, the policy demands more than the approval was about."""

    def __init__(self, demands: Collection[str]) -> None:
        what = "; ".join(demands)
        super().__init__(
            (f"by now the policy demands more than you were shown: {what}",), State.HELD
        )


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """A held message with what it was `shown` to demand, and `judgement` by what is `known` now."""

    planned: Planned
    shown: Mapping[str, Any]
    known: Known
    judgement: Judgement


def more_demanded(now: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[str, ...]:
    """What a judgement demands that the one before did not, in words; both as `as_json` says.

    That is a stricter mode, a rule that holds or blocks and was not shown, a further obligation.
    """
    reasons = {_name(one): one["title"] for one in now["reasons"] if _holds(one)}
    seen = {_name(one) for one in shown["reasons"]}
    found = [title for name, title in reasons.items() if name not in seen]
    obligations = [one for one in now["obligations"] if one not in shown["obligations"]]
    if not found and Mode.from_label(now["mode"]) > Mode.from_label(shown["mode"]):
        found = [f"the mode {now['mode']}"]
    return (*found, *obligations)


def approve_as_judged(
    connection: Connection,
    key: str,
    who: Who,
    seen: Mapping[str, int],
    roles: Collection[str],
    again: JudgedAgain,
) -> Step:
    """`store.oversight.approve`, if what is known is still so and demands no more than was shown.

    Raises what that raises, MoreDemandedError, and ChangedError if it must be judged once more.
    """
    if read_known(connection, again.planned) != again.known:  # before it counts itself
        raise ChangedError
    step = approve(connection, key, who, seen, roles)
    if demands := more_demanded(again.judgement.as_json(), again.shown):
        raise MoreDemandedError(demands)
    return step


def decide_anew(connection: Connection, key: str, seen: Mapping[str, int]) -> None:
    """Have a held message decided by what is known now, unless it changed since it was `seen`."""
    if versions_of(connection, key) == {name: seen[name] for name in VERSIONS}:
        detail = {"because": "an approval was about less than is demanded by now"}
        execute(
            connection, key, LifecycleEvent.CHANGE_FACTS, SYSTEM, {"fraud": False}, detail=detail
        )


def _name(reason: Mapping[str, Any]) -> tuple[str, str, str | None]:
    return reason["kind"], reason["title"], reason.get("source")


def _holds(reason: Mapping[str, Any]) -> bool:
    """Whether the reason alone keeps a message from leaving by itself."""
    if reason["kind"] == "doubt":
        return True
    if reason["kind"] not in ("require", "block"):
        return False
    mode = Mode.from_label(reason["mode"])
    return mode is Mode.BLOCKED or mode.needs_approval(Event.SEND)
