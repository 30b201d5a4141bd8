"""The policy asked about one outbound message: the judgement, with reasons a person can check.

Pure but for the classifier: the same message, people and time give the same judgement. A message
with several recipients is judged once for each, and travels under the strictest of the answers.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from pipeline.mail.addresses import Mailbox
from pipeline.sender.outbound_facts import ContentLabels, Outbound, Thread, facts_of
from pipeline.store.ledger import Person
from pipeline.store.mailboxes import StoredMailbox
from policy.compiler import Compiled
from policy.digest import digest
from policy.evaluator import Decision
from policy.facts import Facts
from policy.modes import Event, Mode, strictest
from policy.rules import (
    Approval,
    CopyTo,
    HoldLimit,
    Obligation,
    ObligationName,
    Policy,
    RouteTo,
    Rule,
    UndoWindow,
    Wording,
)
from policy.unknowns import unknowns

if TYPE_CHECKING:  # loads the classifier
    from classifier.prediction import Prediction

__all__ = ["Classify", "Gate", "Judgement"]

_log = structlog.get_logger()


Classify = Callable[[str, str, str, str], ContentLabels]
"""Subject, visible, hidden and quoted text of a message to its labels; may raise."""
Explain = Callable[[str, str, str, str], "Prediction"]
"""The same, with the words behind the labels: the method `explain` of a classifier that has one."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the policy says of one message, for all of its recipients together.

    `decisions` are those for each recipient, in order, with the facts they are about; `policy` is
    the digest of the policy that decided and `certificate` the name of its certificate, empty when
    it was proved at the start; `doubt` says why a message is held although the policy would let it
    go. `obligations` are those of every decision together.
    """

    mode: Mode
    decisions: tuple[tuple[Facts, Decision], ...]
    tags: frozenset[str]
    fraud: bool
    policy: str
    certificate: str
    doubt: str | None = None
    obligations: frozenset[Obligation] = field(init=False)

    def __post_init__(self) -> None:
        of_all = (decision.obligations for _, decision in self.decisions)
        object.__setattr__(self, "obligations", frozenset(chain.from_iterable(of_all)))

    def wants(self, name: ObligationName) -> bool:
        """Whether an obligation without arguments is due."""
        return Wording(name) in self.obligations

    @property
    def approvals(self) -> dict[str, int]:
        """How many people of each role must approve; empty when any one person may."""
        due: dict[str, int] = {}
        for one in self.obligations:
            if isinstance(one, Approval):
                due[one.role] = max(due.get(one.role, 0), one.count)
        return dict(sorted(due.items())) if self.mode.needs_approval(Event.SEND) else {}

    @property
    def team(self) -> str | None:
        """Whose queue a held message waits in; the first by name when rules name several."""
        return min((one.team for one in self.obligations if isinstance(one, RouteTo)), default=None)

    @property
    def undo_seconds(self) -> int:
        """How long after its release a message can be recalled."""
        return max(
            (one.seconds for one in self.obligations if isinstance(one, UndoWindow)), default=0
        )

    @property
    def hold_limit(self) -> HoldLimit | None:
        """The shortest time that a message may be held."""
        limits = (one for one in self.obligations if isinstance(one, HoldLimit))
        return min(limits, key=lambda limit: limit.seconds, default=None)

    def as_json(self) -> dict[str, object]:
        """Mode, reasons, obligations and facts, as the API shows and the store keeps them."""
        facts, decision = max(self.decisions, key=lambda pair: pair[1].mode)
        limit = self.hold_limit
        return {
            "mode": self.mode.label,
            "base": decision.base.label,
            "mailbox_floor": decision.floor.label,
            "reasons": self._reasons(facts, decision),
            "obligations": sorted(_spoken(one) for one in self.obligations),
            "approvals": [{"role": role, "count": n} for role, n in self.approvals.items()],
            "team": self.team,
            "undo_seconds": self.undo_seconds,
            "hold_limit": {"seconds": limit.seconds, "then": limit.then} if limit else None,
            "facts": {name: _plain(value) for name, value in sorted(facts.items())},
            "unknown_facts": sorted(set(facts.vocabulary) - set(facts)),
            "policy": self.policy,
            "certificate": self.certificate or None,
        }

    def _reasons(self, facts: Facts, decision: Decision) -> list[dict[str, object]]:
        reasons = [_reason(rule, facts, rule in decision.deciding) for rule in decision.fired]
        reasons.sort(key=lambda reason: (not reason["decides"], bool(reason["unknown"])))
        if self.doubt:
            reasons.insert(0, {"title": self.doubt, "kind": "doubt", "decides": True})
        elif not decision.deciding:
            by_mailbox = decision.floor >= decision.base
            title = (
                f"the mailbox is set to {decision.floor.label}"
                if by_mailbox
                else "no rule allows the message, so a person must"
            )
            kind = "mailbox" if by_mailbox else "fail_closed"
            reasons.insert(0, {"title": title, "kind": kind, "decides": True})
        return reasons


class Gate:
    """A policy in force, with the classifier that its facts come from.

    `certificate` names the certificate it came with; empty when it was proved just now.
    """

    def __init__(self, policy: Policy, classify: Classify | None, certificate: str = "") -> None:
        self.policy = policy
        self.digest = digest(policy)
        self.certificate = certificate
        self._compiled = Compiled(policy)
        self._classify = classify
        self._one_at_a_time = Lock()  # a classifier remembers words as it reads: one thread only
        members = policy.vocabulary["tags"].type
        self.tags: frozenset[str] = frozenset(getattr(members, "members", ()))

    @property
    def model(self) -> str:
        """The digest of the classifier's model; empty for a classifier that names none."""
        return str(getattr(self._classify, "model", ""))

    def with_policy(self, policy: Policy, certificate: str) -> "Gate":
        """A gate for another policy, with the same classifier."""
        gate = Gate(policy, self._classify, certificate)
        gate._one_at_a_time = self._one_at_a_time
        return gate

    def labels(
        self, subject: str, text: str, hidden: str, quoted: str = ""
    ) -> ContentLabels | None:
        """The classifier's labels; None, hence unknown facts, when there is none or it fails."""
        if self._classify is None:
            return None
        try:
            with self._one_at_a_time:
                return self._classify(subject, text, hidden, quoted)
        except Exception as error:  # whatever it is: the message is held, not lost
            _log.error("classifier_failed", error=type(error).__name__)
            return None

    def explanation(self, subject: str, text: str, hidden: str, quoted: str) -> "Prediction | None":
        """The labels with the words behind them; None where the classifier tells none."""
        explain: Explain | None = getattr(self._classify, "explain", None)
        if explain is None:
            return None
        with self._one_at_a_time:
            return explain(subject, text, hidden, quoted)

    def judge(
        self,
        outbound: Outbound,
        people: Mapping[Mailbox, Person],
        mailbox: StoredMailbox,
        thread: Thread,
        at: datetime,
        business_hours: str | None,
        *,
        listed: Collection[str] = (),
        marked_fraud: bool = False,
    ) -> Judgement:
        """The judgement on `outbound`.

        To the addresses in `listed` the mailbox counts as monitored: somebody put them on its
        allowlist. What the policy says stays, and so does its word on every other recipient.

        `marked_fraud` says that the store has it marked already. Such a mark is taken off by a
        person only, so the message is held even when the facts no longer speak of fraud.
        """
        decisions = []
        lifted = replace(mailbox, oversight_mode=Mode.MONITORED.label) if listed else mailbox
        for recipient, person in people.items():
            box = lifted if recipient.address in listed else mailbox
            facts = facts_of(
                outbound, recipient, person, box, thread, at, business_hours,
                self.policy.vocabulary,
            )  # fmt: skip
            decisions.append((facts, self._compiled.decide(facts, Event.SEND)))
        fraud = any(_is_fraud(facts) for facts, _ in decisions)
        mode = strictest(decision.mode for _, decision in decisions)
        doubt = None
        if (fraud or marked_fraud) and mode < Mode.GATED_SEND:
            mode = Mode.GATED_SEND
            doubt = "the message is marked as fraud and no person has taken the mark off"
        tags = outbound.tags | (outbound.labels.tags if outbound.labels else frozenset())
        return Judgement(mode, tuple(decisions), tags, fraud, self.digest, self.certificate, doubt)

    def stands(self, judgement: Judgement, counts: Sequence[int]) -> bool:
        """Whether `judgement` would be the same with other numbers of messages to its people.

        `counts` are, in the order of its decisions, what recipient.messages_24h is for each.
        """
        for (facts, decision), count in zip(judgement.decisions, counts, strict=True):
            now = Facts(facts.vocabulary, {**facts, "recipient.messages_24h": count})
            if self._compiled.decide(now, Event.SEND) != decision:
                return False
        return True

    def judge_received(self, facts: Facts) -> Judgement:
        """The judgement on a message that came in, of which `facts` are known."""
        decision = self._compiled.decide(facts, Event.RECEIVE)
        tags = facts.get("tags")
        return Judgement(
            decision.mode,
            ((facts, decision),),
            tags if isinstance(tags, frozenset) else frozenset(),
            _is_fraud(facts),
            self.digest,
            self.certificate,
        )


def _is_fraud(facts: Facts) -> bool:
    return (
        any(
            isinstance(tags := facts.get(name), frozenset) and "fraud_risk" in tags
            for name in ("tags", "thread.tags")
        )
        or facts.get("case.fraud_open") is True
    )


def _reason(rule: Rule, facts: Facts, decides: bool) -> dict[str, object]:
    return {
        "title": rule.title,
        "kind": rule.kind.value,
        "mode": rule.mode.label,
        "source": str(rule.span),
        "because": rule.because,
        "owner": rule.owner,
        "pack": rule.pack,
        "decides": decides,
        "unknown": list(unknowns(rule, facts)),
    }


def _spoken(obligation: Obligation) -> str:
    match obligation:
        case Approval(role, count):
            return f"approval by {count} of {role}"
        case CopyTo(address):
            return f"copy to {address}"
        case RouteTo(team):
            return f"route to {team}"
        case HoldLimit(seconds, then):
            return f"hold for at most {seconds} seconds then {then}"
        case UndoWindow(seconds):
            return f"undo within {seconds} seconds"
        case Wording(name):
            return name.value.replace("_", " ")


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
