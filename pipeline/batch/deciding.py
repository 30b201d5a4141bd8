"""What the policy says of a reply to each message, and the rule that says so."""

from dataclasses import dataclass
from typing import NamedTuple

from pipeline.facts import Ledger, Mailbox, ReadLabels, facts_of_reply, ordinary_reply
from pipeline.mail.message import Message
from policy.compiler import Compiled
from policy.evaluator import Decision
from policy.facts import Facts
from policy.rules import Policy
from policy.unknowns import unknowns

__all__ = ["Decider", "Labels", "Preview"]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a message that a decision reads, taken from a result."""

    intent: str
    confidence: float
    tags: frozenset[str]
    language: str
    unsure: bool


class Preview(NamedTuple):
    """The mode under which a reply would travel, the rule that says so, and its `file:line`."""

    mode: str
    rule: str
    rule_at: str


class Decider:
    """A policy, compiled once, and the mailbox and ledger for which it is asked."""

    def __init__(
        self, policy: Policy, mailbox: Mailbox | None = None, ledger: Ledger | None = None
    ) -> None:
        self.policy = policy
        self._ordinary = ordinary_reply(policy.vocabulary, mailbox or Mailbox())
        self._ledger = ledger or Ledger()
        self._compiled = Compiled(policy)

    def decide(
        self, message: Message, labels: ReadLabels, thread_tags: frozenset[str] = frozenset()
    ) -> Preview:
        """What becomes of an agent's reply to `message`, whose thread carries `thread_tags`."""
        facts = facts_of_reply(
            message, labels, self._ordinary, ledger=self._ledger, thread_tags=thread_tags
        )
        decision = self._compiled.decide(facts)
        return Preview(decision.mode.label, *_rule_of(decision, facts))


def _rule_of(decision: Decision, facts: Facts) -> tuple[str, str]:
    """The rule that decided, as its title and `file:line`.

    Of several, one that fired for certain before one that fired because something is unknown, the
    file's own before those of packs, and then the first; without any, what decided in their place,
    and no place.
    """
    match decision.deciding:
        case ():
            by_mailbox = decision.mode is decision.floor
            return "the mailbox's own mode" if by_mailbox else "no rule allows it", ""
        case (rule,):
            pass
        case several:
            rule = min(
                several,
                key=lambda one: (bool(unknowns(one, facts)), one.pack is not None, one.span),
            )
    return rule.title, f"{rule.span.file}:{rule.span.line}"
