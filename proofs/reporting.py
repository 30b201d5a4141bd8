"""Verdicts as text for people and as JSON for programs."""

from collections.abc import Iterator
from typing import Any

from policy.evaluator import Decision
from policy.facts import Facts
from policy.modes import FAIL_CLOSED, Event
from policy.rules import Rule, RuleKind
from policy.wording import condition_words, mode_words
from proofs.claims import Claim
from proofs.letter import letter
from proofs.mending import Mend
from proofs.questions import Always, Sometimes
from proofs.verdicts import Outcome, Verdict, Verdicts
from proofs.witness import Witness, spelled

__all__ = [
    "claim_json",
    "facts_json",
    "rule_words",
    "verdict_json",
    "verdict_lines",
    "verdicts_json",
    "witness_json",
]


def verdict_lines(verdict: Verdict, mend: Mend | None = None) -> Iterator[str]:
    """The verdict as lines: one if it is proved, else what breaks the claim and by which rules too.

    `mend` is a change that closes the hole, as `proofs.mending` finds it.
    """
    claim = verdict.claim
    place = f"  {claim.span}" if claim.span is not None and claim.fixed is None else ""
    owner = "" if claim.owner is None else f"  owner {claim.owner}"
    yield f"{verdict.outcome.value:8} {_title(claim)}{place}{owner}"
    if verdict.vacuous:
        yield f"{'':8} but no message ever meets its condition: it says nothing"
    if verdict.outcome is Outcome.REFUTED:
        for label, text in _refutation(verdict, mend):
            yield f"{'':8} {label:8} {text}".rstrip()


def _title(claim: Claim) -> str:
    return claim.id if claim.fixed is None else f"{claim.id}: {claim.sentence}"


_Line = tuple[str, str]
"""A label, empty where the line belongs to the one before, and what it says."""


def _refutation(verdict: Verdict, mend: Mend | None) -> Iterator[_Line]:
    claim, witness = verdict.claim, verdict.witness
    if claim.because is not None:
        yield "because", claim.because
    if claim.fixed is not None:
        yield "fixed", f"no policy can switch this off: {claim.fixed}"
    if witness is None:
        yield "message", "none keeps the promise, whatever is known of it"
    else:
        if isinstance(claim.question, Always):
            vocabulary = witness.facts.vocabulary
            yield "claim", condition_words(claim.question.condition, vocabulary)
        yield from _witness_lines(witness)
    if mend is not None:
        yield "mend", mend.advice + ("" if mend.span is None else f"  {mend.span}")
    if witness is not None:
        yield "such as", ""
        yield from (("", line) for line in letter(witness.facts).rstrip().splitlines())


def _witness_lines(witness: Witness) -> Iterator[_Line]:
    vocabulary, facts, after = witness.facts.vocabulary, witness.facts, witness.after
    away = [name for name, fact in vocabulary.items() if facts.get(name) != fact.ordinary]
    yield "message", "an ordinary one, but" if away else "an ordinary one"
    yield from (("", _told(facts, name)) for name in away)
    yield "decision", _decided(witness.decision, witness.event)
    decision = witness.decision
    if after is not None and witness.decision_after is not None:
        decision = witness.decision_after
        changed = [name for name in vocabulary if facts.get(name) != after.get(name)]
        yield "then", "the same message, but"
        yield from (("", _told(after, name)) for name in changed)
        yield "decision", _decided(decision, witness.event)
        lost = [rule for rule in witness.decision.deciding if rule not in decision.fired]
        yield from (("no more", rule_words(rule)) for rule in lost)
    yield from _by(decision)


def _by(decision: Decision) -> Iterator[_Line]:
    """The rules that let the message go so far, and those that hold it at least there."""
    allowing = [
        rule
        for rule in decision.fired
        if rule.kind is RuleKind.ALLOW and rule.mode is decision.base
    ]
    raising = [rule for rule in decision.deciding if rule.kind is not RuleKind.ALLOW]
    yield from (("by", rule_words(rule)) for rule in allowing)
    yield from (("at least", rule_words(rule)) for rule in raising)
    if not decision.deciding and decision.mode is decision.floor:
        yield "by", "the mailbox's own mode"
    elif not decision.deciding:
        yield "by", f"no rule: no `allow` fires, and what none allows is {FAIL_CLOSED.label}"


def rule_words(rule: Rule) -> str:
    """What a rule does, its title and its place."""
    mode = "" if rule.kind is RuleKind.BLOCK else f" {rule.mode.label}"
    return f"{rule.kind.value}{mode} “{rule.title}”  {rule.span}"


def _told(facts: Facts, name: str) -> str:
    fact = facts.vocabulary[name]
    return f"  {spelled(fact, facts.get(name))}" + (f"  ({fact.doc})" if fact.doc else "")


def _decided(decision: Decision, event: Event) -> str:
    names = sorted({obligation.name.value for obligation in decision.obligations})
    words = f"{decision.mode.label}: {mode_words(decision.mode, event)}"
    return words + (f"; with {', '.join(names)}" if names else "")


def verdicts_json(verdicts: Verdicts) -> dict[str, Any]:
    """All verdicts as JSON values."""
    return {
        "policy": verdicts.policy_name,
        "digest": verdicts.policy_digest,
        "proved": verdicts.proved,
        "verdicts": [verdict_json(verdict) for verdict in verdicts],
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """One verdict as JSON values."""
    return {
        **claim_json(verdict.claim),
        "outcome": verdict.outcome.value,
        "vacuous": verdict.vacuous,
        "witness": None if verdict.witness is None else witness_json(verdict.witness),
    }


def claim_json(claim: Claim) -> dict[str, Any]:
    """What a claim says and whose it is."""
    kind = "built_in" if claim.fixed is not None else "stated"
    return {
        "id": claim.id,
        "kind": "promise" if isinstance(claim.question, Sometimes) else kind,
        "sentence": claim.sentence,
        "because": claim.because,
        "fixed": claim.fixed,
        "owner": claim.owner,
        "pack": claim.pack,
        "place": None if claim.span is None else str(claim.span),
    }


def witness_json(witness: Witness) -> dict[str, Any]:
    """A witness: its facts (null is unknown), what is remarkable, the decision and its rules."""
    decided = witness.decision_after or witness.decision
    return {
        "event": witness.event.value,
        "facts": facts_json(witness.facts),
        "remarkable": list(witness.remarkable()),
        "mode": witness.decision.mode.label,
        "change": list(witness.change()),
        "mode_after": None if witness.decision_after is None else decided.mode.label,
        "obligations": sorted({obligation.name.value for obligation in decided.obligations}),
        "rules": [
            {"kind": rule.kind.value, "title": rule.title, "place": str(rule.span)}
            for rule in witness.let_through()
        ],
        "letter": letter(witness.facts),
    }


def facts_json(facts: Facts) -> dict[str, Any]:
    """Every fact by name; null is unknown."""
    return {name: _plain(facts.get(name)) for name in facts.vocabulary}


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value
