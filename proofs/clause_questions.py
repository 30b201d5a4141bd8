"""Questions about a policy in clauses: each a literal that is true exactly of a counterexample."""

from collections.abc import Sequence
from dataclasses import dataclass

from policy.modes import MAILBOX_MODES, Event, Mode, mailbox_floor
from policy.rules import Policy
from proofs.claims import conditions_of
from proofs.clauses import Message
from proofs.domain import domain_of
from proofs.gates import Clause, Gates
from proofs.questions import (
    AddMembers,
    Always,
    LoseFacts,
    LowerNumber,
    NeverFreer,
    Question,
    Sometimes,
    StricterMailbox,
)

__all__ = ["Asked", "Clauses"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about `message`; for `NeverFreer`, `after` is the message after the change.

    `literal` is true exactly of a counterexample (for `Sometimes`: of an example).
    """

    question: Question
    literal: int
    message: Message
    after: Message | None = None


class Clauses:
    """A policy and `questions` about it as one list of numbered clauses.

    If `removable`, each rule fires only while a literal of its own is true (`present`).
    """

    def __init__(
        self, policy: Policy, questions: Sequence[Question], *, removable: bool = False
    ) -> None:
        self.policy = policy
        self.gates = Gates()
        spoken = [condition for question in questions for condition in conditions_of(question)]
        self.domain = domain_of(
            policy.vocabulary, [*(rule.condition for rule in policy.rules), *spoken]
        )
        self.present = {id(rule): self.gates.new() for rule in policy.rules} if removable else None
        self.message = Message(self.gates, policy, self.domain, present=self.present)
        self.asked = tuple(self._ask(question) for question in questions)

    @property
    def clauses(self) -> list[Clause]:
        """All clauses; numbered from 1 in this order in a certificate."""
        return self.gates.clauses

    def _ask(self, question: Question) -> Asked:
        message, gates, event = self.message, self.gates, question.event
        match question:
            case Always(condition=condition):
                return Asked(question, -message.comes_out(condition, event, True), message)
            case Sometimes(given=given, gets=gets):
                met = [message.comes_out(one, event, True) for one in (given, gets)]
                return Asked(question, gates.all_of([*met, *message.known.values()]), message)
            case NeverFreer():
                after, related = self._after(question)
                before_mode, after_mode = message.mode(event), after.mode(event)
                freer = gates.any_of(
                    gates.all_of([before_mode[mode], -after_mode[mode]]) for mode in Mode
                )
                return Asked(question, gates.all_of([freer, *related]), message, after)

    def _after(self, question: NeverFreer) -> tuple[Message, list[int]]:
        """The changed message, and literals that say that only the change was made."""
        before, domain, gates = self.message, self.domain, self.gates
        read = frozenset(domain.facts())
        match question.change:
            case AddMembers(facts, members):
                changed = read & frozenset(facts)
                grow = members
            case LoseFacts():
                changed, grow = read, ()
            case StricterMailbox():
                changed, grow = frozenset({"mailbox.mode"}), ()
            case LowerNumber(fact):
                changed, grow = read & frozenset({fact}), ()
        after = Message(gates, self.policy, domain, before, changed)
        related: list[int] = []

        def implies(one: int, other: int) -> None:
            related.append(gates.any_of([-one, other]))

        for name in domain.facts():
            if name not in changed:
                continue
            implies(after.known[name], before.known[name])
            if not isinstance(question.change, LoseFacts):
                implies(before.known[name], after.known[name])
        for key in before.atoms:
            fact, what = key
            if fact not in changed:
                continue
            (was, was_not), (now, now_not) = before.atoms[key], after.atoms[key]
            match question.change:
                case AddMembers():
                    implies(was, now)
                    if what not in grow:
                        implies(now, was)
                case LoseFacts():
                    implies(now, was)
                    implies(now_not, was_not)
                case LowerNumber():
                    implies(now, was)
                    related.append(before.known[fact])
                case StricterMailbox():
                    pass
        if isinstance(question.change, StricterMailbox):
            related.append(self._stricter(after, question.event))
        return after, related

    def _stricter(self, after: Message, event: Event) -> int:
        """The mailbox was one setting and now is another with a greater floor."""
        steps = [
            self.gates.all_of(
                [self.message.atom("mailbox.mode", one)[0], after.atom("mailbox.mode", other)[0]]
            )
            for one in MAILBOX_MODES
            for other in MAILBOX_MODES
            if mailbox_floor(other, event) > mailbox_floor(one, event)
        ]
        return self.gates.any_of(steps)
