"""Verdicts about a policy while it is edited: what an edit cannot have changed is kept.

A proof in which the solver was told of a few rules (`proofs.ladder`) is a proof about every policy
that has these rules, whatever else it has, as long as the others belong to groups of which the
proof knew that it did not know all. So most edits of one rule leave most proofs standing.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from policy.digest import digest
from policy.facts import Vocabulary
from policy.modes import Event
from policy.rules import ModeAtLeast, Not, Obliged, Or, Policy, Rule, Span
from proofs.claims import Claim, claims_of
from proofs.ladder import GroupKey, groups_of
from proofs.movement import follows
from proofs.questions import Always, NeverFreer, Sometimes
from proofs.solver import Solver
from proofs.verdicts import Outcome, Verdict, Verdicts
from proofs.verification import settled

__all__ = ["Session"]


@dataclass(frozen=True, slots=True)
class _Proof:
    """A proved claim; the rules that the solver was told of, and the groups left open."""

    verdict: Verdict
    vocabulary: Vocabulary
    told: frozenset[object]
    left_open: frozenset[GroupKey]


class Session:
    """Settles the claims about one version of a policy after the other.

    `kept` is how many verdicts of the last version were known from an earlier one. Not to be used
    by two threads at once.
    """

    def __init__(self) -> None:
        self._proofs: dict[object, _Proof] = {}
        self.kept = 0

    def verify(self, policy: Policy) -> Verdicts:
        """The same verdicts as `proofs.verification.verify`, which says what is raised."""
        claims = claims_of(policy)
        keyed = {event: _Keyed(policy, event) for event in Event}
        known: dict[str, Verdict] = {}
        for claim in claims:
            proof = self._proofs.get(_meaning(claim.question))
            if proof is not None and keyed[claim.question.event].still_proves(proof):
                known[claim.id] = Verdict(
                    claim, Outcome.PROVED, proof.verdict.witness, proof.verdict.vacuous
                )
        self.kept = len(known)
        if self.kept < len(claims):
            solver = Solver(policy, [claim.question for claim in claims])
            for claim in claims:
                if claim.id not in known:
                    known[claim.id] = settled(policy, solver, claim)
                    self._keep(policy, solver, known[claim.id], keyed[claim.question.event])
        return Verdicts(policy.name, digest(policy), tuple(known[claim.id] for claim in claims))

    def _keep(self, policy: Policy, solver: Solver, verdict: Verdict, keyed: "_Keyed") -> None:
        claim = verdict.claim
        name = _meaning(claim.question)
        self._proofs.pop(name, None)
        if verdict.outcome is Outcome.PROVED and not _reads_the_rest(claim):
            ladder = solver.message.ladder(claim.question.event)
            told = frozenset(keyed.keys[id(rule)] for rules in ladder.told for rule in rules)
            self._proofs[name] = _Proof(verdict, policy.vocabulary, told, ladder.left_open())


class _Keyed:
    """The rules of a policy on one event, by what they mean."""

    def __init__(self, policy: Policy, event: Event) -> None:
        self._policy = policy
        self._rules = policy.rules_on(event)
        self.keys = {id(rule): _key(rule) for rule in self._rules}
        self._present = frozenset(self.keys.values())

    def still_proves(self, proof: _Proof) -> bool:
        """Whether the proof, which was about another version, is one about this policy too."""
        if proof.vocabulary != self._policy.vocabulary or not proof.told <= self._present:
            return False
        untold = [rule for rule in self._rules if self.keys[id(rule)] not in proof.told]
        if not all(proof.left_open.issuperset(groups_of(rule)) for rule in untold):
            return False
        question = proof.verdict.claim.question
        return not isinstance(question, NeverFreer) or all(
            follows(rule, question.change) for rule in untold
        )


def _reads_the_rest(claim: Claim) -> bool:
    """Whether the verdict says more than that no message refutes the claim: it was looked for."""
    match claim.question:
        case Sometimes():
            return True  # rests on a message, which another rule may stop
        case Always(condition=Or((Not(left), _))):
            return _reads_decision(left)  # whether it is vacuous depends on all rules
    return False


def _reads_decision(condition: Any) -> bool:
    match condition:
        case ModeAtLeast() | Obliged():
            return True
        case Not(part):
            return _reads_decision(part)
    return any(map(_reads_decision, getattr(condition, "parts", ())))


def _key(rule: Rule) -> object:
    """What a rule means, wherever it stands and whatever it is called."""
    return rule.kind, rule.mode, frozenset(rule.obligations), _meaning(rule.condition)


def _meaning(node: Any) -> Any:
    """A condition or question as nested tuples, without places in files."""
    match node:
        case tuple():
            return tuple(map(_meaning, node))
        case Span():
            return None
        case _ if is_dataclass(node):
            parts = (getattr(node, part.name) for part in fields(node))
            return type(node).__name__, *map(_meaning, parts)
    return node
