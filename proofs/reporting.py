"""Verdicts as text for people and as JSON for programs."""

from collections.abc import Iterator
from typing import Any

from policy.evaluator import Decision
from policy.facts import Facts
from proofs.claims import Claim
from proofs.letter import letter
from proofs.mending import Mend
from proofs.questions import Sometimes
from proofs.verdicts import Outcome, Verdict, Verdicts
from proofs.witness import Witness

__all__ = [
    "claim_json",
    "facts_json",
    "verdict_json",
    "verdict_lines",
    "verdicts_json",
    "witness_json",
]


def verdict_lines(verdict: Verdict, mend: Mend | None = None) -> Iterator[str]:
    """The verdict as lines: one if it is proved, the witness after it if it is refuted.

    `mend` is a change that closes the hole, as `proofs.mending` finds it.
    """
    claim = verdict.claim
    place = f"  {claim.span}" if claim.span is not None and claim.fixed is None else ""
    owner = "" if claim.owner is None else f"  owner {claim.owner}"
    yield f"{verdict.outcome.value:8} {_title(claim)}{place}{owner}"
    if verdict.vacuous:
        yield "         but no message ever meets its condition: it says nothing"
    if verdict.outcome is Outcome.PROVED:
        return
    if claim.because is not None:
        yield f"         because  {claim.because}"
    if claim.fixed is not None:
        yield f"         fixed    {claim.fixed}"
    if verdict.witness is None:
        yield "         no message at all meets it"
    else:
        yield from (f"         {line}" for line in _witness_lines(verdict.witness))
    if mend is not None:
        place = "" if mend.span is None else f"  {mend.span}"
        yield f"         mend     {mend.advice}{place}"


def _title(claim: Claim) -> str:
    return claim.id if claim.fixed is None else f"{claim.id}: {claim.sentence}"


def _witness_lines(witness: Witness) -> Iterator[str]:
    remarkable = witness.remarkable() or ("nothing is out of the ordinary",)
    yield f"message  {', '.join(remarkable)}"
    yield f"decision {_decided(witness.decision)}"
    if witness.decision_after is not None:
        yield f"then     {', '.join(witness.change())}"
        yield f"decision {_decided(witness.decision_after)}"
    rules = witness.let_through()
    for rule in rules:
        yield f"by       {rule.kind.value} {rule.mode.label} “{rule.title}”  {rule.span}"
    if not rules:
        yield "by       no rule: the mailbox or the fail-closed base decides"
    yield "such as"
    yield from (f"    {line}" for line in letter(witness.facts).splitlines())


def _decided(decision: Decision) -> str:
    names = sorted({obligation.name.value for obligation in decision.obligations})
    return decision.mode.label + (f" with {', '.join(names)}" if names else "")


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
