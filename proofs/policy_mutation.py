"""Small slips in a policy, and whether its examples would catch each of them.

A mutant is the policy with one token otherwise: a rule gone, a mode one rung freer, a threshold off
by one, a `not` lost or gained, `and` for `or`, a value missing from a list. Those that decide every
message as before are no slips, and are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policy.evaluator import decide
from policy.facts import NumberType, Vocabulary
from policy.modes import Mode
from policy.rules import And, AtLeast, Condition, Not, OneOf, Or, Policy, Rule, RuleKind, Span
from proofs.difference import difference

__all__ = ["PolicyMutant", "policy_mutants"]


@dataclass(frozen=True, slots=True)
class PolicyMutant:
    """One slip: in which rule, where, what it is; `caught` by an example that no longer comes out.

    Only slips that change the decision of some message are mutants.
    """

    rule: Rule
    span: Span
    slip: str
    caught: bool


def policy_mutants(policy: Policy, *, with_packs: bool = False) -> Iterator[PolicyMutant]:
    """Every slip in the policy's own rules, or also in those of its packs."""
    for place, rule in enumerate(policy.rules):
        if rule.pack is not None and not with_packs:
            continue
        before, after = policy.rules[:place], policy.rules[place + 1 :]
        for changed, span, slip in _slips(rule, policy.vocabulary):
            middle = () if changed is None else (changed,)
            mutant = replace(policy, rules=(*before, *middle, *after))
            caught = _caught(policy, mutant)
            if caught or not difference(policy, mutant).equivalent:
                yield PolicyMutant(rule, span, slip, caught)


def _caught(policy: Policy, mutant: Policy) -> bool:
    """An example comes out otherwise: another mode, or another rule by which it was decided."""
    for example in policy.examples:
        decision = decide(mutant, example.facts, example.event)
        deciding = {rule.title for rule in decision.deciding}
        if decision.mode is not example.mode or not set(example.by) <= deciding:
            return True
    return False


def _slips(rule: Rule, vocabulary: Vocabulary) -> Iterator[tuple[Rule | None, Span, str]]:
    yield None, rule.span, "the rule is gone"
    least = Mode.AUTONOMOUS if rule.kind is RuleKind.ALLOW else Mode.MONITORED
    if rule.mode > least:
        kind = RuleKind.REQUIRE if rule.kind is RuleKind.BLOCK else rule.kind
        freer = Mode(rule.mode - 1)
        yield replace(rule, kind=kind, mode=freer), rule.span, f"{freer.label} as the mode"
    for condition, span, slip in _slipped(rule.condition, vocabulary):
        yield replace(rule, condition=condition), span, slip


def _slipped(condition: Condition, vocabulary: Vocabulary) -> Iterator[tuple[Condition, Span, str]]:
    """The condition with one slip in it, with the place and the name of the slip."""
    match condition:
        case And(parts, span):
            yield Or(parts, span), span, "`or` for `and`"
        case Or(parts, span):
            yield And(parts, span), span, "`and` for `or`"
        case Not(part, span):
            yield part, span, "the `not` lost"
            for inner, where, slip in _slipped(part, vocabulary):
                if slip != _NEGATED:
                    yield Not(inner, span), where, slip
            return
        case _:
            yield Not(condition, condition.span), condition.span, _NEGATED
    match condition:
        case And(parts, span) | Or(parts, span):
            for place, part in enumerate(parts):
                for inner, where, slip in _slipped(part, vocabulary):
                    changed = (*parts[:place], inner, *parts[place + 1 :])
                    yield replace(condition, parts=changed), where, slip
        case OneOf(_, values, span) if len(values) > 1:
            for value in sorted(values):
                yield replace(condition, values=values - {value}), span, f"`{value}` missing"
        case AtLeast(fact, bound, span):
            kind = vocabulary[fact].type
            for moved, slip in ((bound - 1, "one less"), (bound + 1, "one more")):
                if isinstance(kind, NumberType) and kind.low < moved <= kind.high:
                    yield replace(condition, bound=moved), span, f"the threshold {slip}"


_NEGATED = "a `not` too many"
