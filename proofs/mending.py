"""The smallest change of a rule that closes the hole which a refutation showed.

Changes are tried from small to large; one is offered only if the solver proves the claim of the
changed policy. Each makes decisions stricter, or takes an `allow` away where it is in the way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from policy.evaluator import fires
from policy.loading import load, packs
from policy.modes import Event, Mode
from policy.rules import (
    And,
    AtLeast,
    Condition,
    ModeAtLeast,
    Not,
    ObligationName,
    Obliged,
    Or,
    Policy,
    Rule,
    RuleKind,
    Span,
    Wording,
)
from policy.syntax import Source
from policy.wording import condition_words
from proofs.claims import Claim, conditions_of
from proofs.domain import facts_read, tests_of
from proofs.questions import Always, Counterexample, Question, breaks
from proofs.solver import Solver
from proofs.verdicts import Verdict
from proofs.witness import Witness

__all__ = ["Mend", "mend"]


@dataclass(frozen=True, slots=True)
class Mend:
    """What to change, as a sentence; where, unless it is a new rule; and the policy after it."""

    advice: str
    span: Span | None
    policy: Policy


_WORDINGS = (
    ObligationName.UNSUBSCRIBE,
    ObligationName.POSTAL_ADDRESS,
    ObligationName.ADVERTISEMENT_LABEL,
)


def mend(policy: Policy, verdict: Verdict) -> Mend | None:
    """The first change that makes the refuted claim hold, or None if no small one does."""
    claim, witness = verdict.claim, verdict.witness
    if witness is None:
        return _way_cleared(policy, claim.question)
    found = Counterexample(witness.facts, witness.after)
    for candidate in _candidates(policy, claim, witness):
        if breaks(candidate.policy, claim.question, found):
            continue  # it does not even stop the message that was shown
        if Solver(candidate.policy, [claim.question]).find(claim.question) is None:
            return candidate
    return None


def _way_cleared(policy: Policy, question: Question) -> Mend | None:
    """The one rule that keeps a promise from being kept, if there is one such rule."""
    for rule in policy.rules_on(question.event):
        if rule.pack is None and rule.kind is not RuleKind.ALLOW:
            without = replace(policy, rules=tuple(o for o in policy.rules if o is not rule))
            if Solver(without, [question]).find(question) is not None:
                advice = (
                    f"ask less of {rule.kind.value} “{rule.title}”, which is what stands in the way"
                )
                return Mend(advice, rule.span, without)
    return None


def _candidates(policy: Policy, claim: Claim, witness: Witness) -> Iterator[Mend]:
    rules = [rule for rule in policy.rules_on(witness.event) if rule.pack is None]
    raising = [rule for rule in rules if rule.kind is not RuleKind.ALLOW]
    allows = [rule for rule in rules if rule.kind is RuleKind.ALLOW]
    new = list(_new_rules(policy, claim, witness.event))
    yield from (one for one in new if one.policy.rules[-1].obligations)
    for rule in raising:
        if _meets_somewhat(rule, witness):
            yield from _stricter(policy, rule)
    about = frozenset().union(*(facts_read(one) for one in conditions_of(claim.question)))
    bounds = {test for one in conditions_of(claim.question) for test in tests_of(one)}
    for rule in raising:
        yield from _moved(policy, rule, bounds)
    for rule in raising:
        yield from _wider(policy, rule, about)
        yield from _either(policy, rule, claim)
    yield from _with_packs(policy)
    yield from (one for one in new if not one.policy.rules[-1].obligations)
    for rule in allows:
        without = tuple(other for other in policy.rules if other is not rule)
        advice = f"take away allow “{rule.title}”"
        yield Mend(advice, rule.span, replace(policy, rules=without))
    for rule in raising:
        without = tuple(other for other in policy.rules if other is not rule)
        advice = f"take away {rule.kind.value} “{rule.title}”, or ask it of every message"
        yield Mend(advice, rule.span, replace(policy, rules=without))


def _meets_somewhat(rule: Rule, witness: Witness) -> bool:
    """Whether the rule fires for the message, and reads enough of it to be about it."""
    after = witness.facts if witness.after is None else witness.after
    away = {n for n, fact in after.vocabulary.items() if after.get(n) != fact.ordinary}
    return fires(rule, after) and bool(facts_read(rule.condition) & away)


def _stricter(policy: Policy, rule: Rule) -> Iterator[Mend]:
    for mode in Mode:
        if mode > max(rule.mode, Mode.MONITORED):
            word = "block" if mode is Mode.BLOCKED else f"require {mode.label}"
            kind = RuleKind.BLOCK if mode is Mode.BLOCKED else RuleKind.REQUIRE
            yield Mend(
                f"write `{word}` for “{rule.title}”",
                rule.span,
                _changed(policy, rule, replace(rule, mode=mode, kind=kind)),
            )


def _moved(policy: Policy, rule: Rule, asked: Iterable[Condition]) -> Iterator[Mend]:
    """A threshold put where the claim has its own about the same fact."""
    wanted = [test for test in asked if isinstance(test, AtLeast)]
    for test in tests_of(rule.condition):
        for other in wanted:
            if isinstance(test, AtLeast) and test.fact == other.fact and test.bound != other.bound:
                condition = _replaced(rule.condition, test, replace(test, bound=other.bound))
                now, then = (condition_words(one, policy.vocabulary) for one in (test, other))
                yield Mend(
                    f"write `{then}` for `{now}` in “{rule.title}”",
                    test.span,
                    _changed(policy, rule, replace(rule, condition=condition)),
                )


def _replaced(condition: Condition, test: Condition, by: Condition) -> Condition:
    """`condition` with `by` in the place of its part `test`."""
    match condition:
        case And(parts) | Or(parts):
            return replace(condition, parts=tuple(_replaced(part, test, by) for part in parts))
        case Not(part):
            return replace(condition, part=_replaced(part, test, by))
    return by if condition is test else condition


def _wider(policy: Policy, rule: Rule, about: frozenset[str]) -> Iterator[Mend]:
    """One part fewer of those that must hold together.

    A part that only reads facts that the claim is `about` stays: it is why the rule is there.
    """
    condition = rule.condition
    if not isinstance(condition, And) or len(condition.parts) < 2:
        return
    for part in condition.parts:
        if facts_read(part) <= about:
            continue
        kept = tuple(other for other in condition.parts if other is not part)
        if isinstance(part, Not):
            what = f"unless {condition_words(part.part, policy.vocabulary)}"
        else:
            what = f"when {condition_words(part, policy.vocabulary)}"
        yield Mend(
            f"leave out `{what}` in “{rule.title}”",
            part.span,
            _changed(policy, rule, replace(rule, condition=And(kept, condition.span))),
        )


def _either(policy: Policy, rule: Rule, claim: Claim) -> Iterator[Mend]:
    """`or` for `and` between the parts, where the claim itself speaks of one thing or another."""
    match claim.question, rule.condition:
        case Always(condition=Or((Not(Or()), _))), And(parts, span) if len(parts) > 1:
            changed = _changed(policy, rule, replace(rule, condition=Or(parts, span)))
            yield Mend(f"write `or` for `and` in “{rule.title}”", rule.span, changed)


def _new_rules(policy: Policy, claim: Claim, event: Event) -> Iterator[Mend]:
    """For `condition implies ...`: a rule that brings what is asked for, wording or mode."""
    match claim.question:
        case Always(condition=Or((Not(condition), right))):
            asked = list(_asked(right))
        case _:
            return
    words = condition_words(condition, policy.vocabulary)
    plain = Rule(
        RuleKind.REQUIRE, event, Mode.AUTONOMOUS, "new", condition, (), None, None, None, None,
        condition.span,
    )  # fmt: skip
    for part in asked:
        if isinstance(part, Obliged) and part.name in _WORDINGS:
            rule = replace(plain, obligations=(Wording(part.name),))
            clause = f"with {part.name.value}"
            yield _added(policy, rule, f'add `require "..." when {words}` and `{clause}`')
    for part in asked:
        if isinstance(part, ModeAtLeast):
            blocks = part.mode is Mode.BLOCKED
            kind = RuleKind.BLOCK if blocks else RuleKind.REQUIRE
            head = "block" if blocks else f"require {part.mode.label}"
            rule = replace(plain, kind=kind, mode=part.mode)
            yield _added(policy, rule, f'add `{head} "..." when {words}`')


def _asked(condition: Condition) -> Iterator[Condition]:
    """What is asked of the decision, wherever it stands between `and` and `or`."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _asked(part)
        case ModeAtLeast() | Obliged():
            yield condition


def _with_packs(policy: Policy) -> Iterator[Mend]:
    """The policy with a shipped pack more, as far as it knows the facts that the pack reads."""
    for name in packs():
        if name in policy.packs:
            continue
        alone = load(Source("", f'policy "{name}"\nuse {name}\n')).policy
        if alone is not None and alone.vocabulary.items() <= policy.vocabulary.items():
            rules = (*policy.rules, *alone.rules)
            yield Mend(f"use the pack `{name}` as well", None, replace(policy, rules=rules))


def _added(policy: Policy, rule: Rule, advice: str) -> Mend:
    return Mend(advice, None, replace(policy, rules=(*policy.rules, rule)))


def _changed(policy: Policy, rule: Rule, other: Rule) -> Policy:
    return replace(policy, rules=tuple(other if one is rule else one for one in policy.rules))
