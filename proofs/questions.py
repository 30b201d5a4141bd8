"""What may be asked about a policy, apart from how a solver answers it.

Both encoders (`proofs.encoding` for Z3, `proofs.clauses` for SAT) take the same questions and
give the same answers: no counterexample exists, or here is one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from policy.evaluator import Decision, decide, evaluate, holds
from policy.facts import Facts
from policy.modes import Event, Mode, mailbox_floor
from policy.rules import Condition, Policy

__all__ = [
    "AddMembers",
    "Always",
    "Change",
    "Counterexample",
    "Decide",
    "LoseFacts",
    "LowerNumber",
    "NeverFreer",
    "Question",
    "Sometimes",
    "StricterMailbox",
    "applies",
    "breaks",
]


@dataclass(frozen=True, slots=True)
class Always:
    """Is `condition` true (not merely unknown) of every message, whatever is known of it?"""

    event: Event
    condition: Condition


@dataclass(frozen=True, slots=True)
class Sometimes:
    """Does some message of which everything is known meet both `given` and `gets`?"""

    event: Event
    given: Condition
    gets: Condition


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Any of `members` is added to the set facts `facts`, as far as these are known."""

    facts: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoseFacts:
    """Any facts become unknown."""


@dataclass(frozen=True, slots=True)
class StricterMailbox:
    """`mailbox.mode`, known before and after, gets a stricter floor."""


@dataclass(frozen=True, slots=True)
class LowerNumber:
    """The number `fact`, known before and after, becomes smaller."""

    fact: str


Change = AddMembers | LoseFacts | StricterMailbox | LowerNumber


@dataclass(frozen=True, slots=True)
class NeverFreer:
    """Is no decision freer after `change` than before it?"""

    event: Event
    change: Change


Question = Always | Sometimes | NeverFreer

Decide = Callable[[Policy, Facts, Event], Decision]
"""What decides about a message; `policy.evaluator.decide` says what it must answer."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A message; for `NeverFreer` also the message after the change."""

    facts: Facts
    after: Facts | None = None


def breaks(
    policy: Policy, question: Question, found: Counterexample, decide: Decide = decide
) -> bool:
    """Whether `found` answers `question`, judged by `policy.evaluator` alone.

    For `Sometimes` it is the example that was looked for, for the others the counterexample.
    Another `decide` is for searching; what is shown to people is judged by the evaluator.
    """
    decision = decide(policy, found.facts, question.event)
    match question:
        case Always(condition=condition):
            return not holds(condition, found.facts, decision)
        case Sometimes(given=given, gets=gets):
            return (
                len(found.facts) == len(policy.vocabulary)
                and evaluate(given, found.facts) is True
                and evaluate(gets, found.facts, decision) is True
            )
        case NeverFreer(event=event, change=change):
            after = found.after
            return (
                after is not None
                and applies(change, found.facts, after, event)
                and decide(policy, after, event).mode < decision.mode
            )


def applies(change: Change, before: Facts, after: Facts, event: Event) -> bool:
    """Whether `change` leads from `before` to `after`."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    match change:
        case AddMembers(facts, members):
            return changed <= set(facts) and all(
                _added(before.get(name), after.get(name)) <= frozenset(members) for name in changed
            )
        case LoseFacts():
            return all(name not in after for name in changed)
        case StricterMailbox():
            return changed <= {"mailbox.mode"} and _floor(after, event) > _floor(before, event)
        case LowerNumber(fact):
            low, high = after.get(fact), before.get(fact)
            if not isinstance(low, int) or not isinstance(high, int):
                return False
            return changed <= {fact} and low <= high


def _added(before: object, after: object) -> frozenset[str]:
    """What was added; a name that no policy declares when this is no adding at all."""
    if not isinstance(before, frozenset) or not isinstance(after, frozenset) or before - after:
        return frozenset({""})
    return after - before


def _floor(facts: Facts, event: Event) -> Mode:
    setting = facts.get("mailbox.mode")
    return mailbox_floor(setting if isinstance(setting, str) else None, event)
