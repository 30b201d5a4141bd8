"""What the policy says of a reply to each message, and the rule that says so."""

from dataclasses import dataclass

from pipeline.facts import Ledger, Mailbox, ReadLabels, facts_of_reply, ordinary_reply
from pipeline.mail.message import Message
from policy.compiler import Compiled
from policy.evaluator import Decision
from policy.rules import Policy

__all__ = ["Decider", "Labels", "rule_of"]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a message that a decision reads, taken from a result."""

    intent: str
    confidence: float
    tags: frozenset[str]
    language: str
    unsure: bool


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
    ) -> Decision:
        """The decision about an agent's reply to `message`, whose thread carries `thread_tags`."""
        facts = facts_of_reply(
            message, labels, self._ordinary, ledger=self._ledger, thread_tags=thread_tags
        )
        return self._compiled.decide(facts)


def rule_of(decision: Decision) -> tuple[str, str]:
    """The rule that decided, as its title and `file:line`.

    Of several, the first, the file's own before those of packs; without any, what decided in
    their place, and no place.
    """
    if decision.deciding:
        rule = min(decision.deciding, key=lambda one: (one.pack is not None, one.span))
        return rule.title, f"{rule.span.file}:{rule.span.line}"
    if decision.mode is decision.floor:
        return "the mailbox's own mode", ""
    return "no rule allows it", ""
