"""The meaning of a policy: small, slow, obviously right.

Every other evaluator and every proof is held equal to this file.

    base      the freest mode among the `allow` rules that are true, else `gated_send`
    decision  the strictest of base, the mailbox's own floor, and every `require` and `block`
              that is true or unknown

Obligations of all firing rules are united.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from policy.facts import Facts, Value
from policy.modes import FAIL_CLOSED, Event, Mode, mailbox_floor, strictest
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    ModeAtLeast,
    Not,
    Obligation,
    Obliged,
    OneOf,
    Or,
    Policy,
    Rule,
    RuleKind,
    TextOperator,
    TextTest,
)

__all__ = ["Decision", "decide", "evaluate", "fires", "holds"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Under which mode a message travels, with which obligations, and by which rules.

    `fired` holds every rule that fired, in file order; `deciding` those among them (and none,
    when the mailbox or the fail-closed base decided) that alone suffice for `mode`.
    """

    mode: Mode
    base: Mode
    floor: Mode
    fired: tuple[Rule, ...]
    deciding: tuple[Rule, ...]
    obligations: frozenset[Obligation]


def evaluate(
    condition: Condition, facts: Mapping[str, Value], decision: Decision | None = None
) -> bool | None:
    """The value of `condition`: True, False or None for unknown.

    `decision` is needed only by conditions of invariants and promises, which speak of the mode.
    """
    match condition:
        case And(parts):
            values = [evaluate(part, facts, decision) for part in parts]
            if False in values:
                return False
            return None if None in values else True
        case Or(parts):
            values = [evaluate(part, facts, decision) for part in parts]
            if True in values:
                return True
            return None if None in values else False
        case Not(part):
            value = evaluate(part, facts, decision)
            return None if value is None else not value
        case ModeAtLeast(mode):
            assert decision is not None, "the checker lets only invariants speak of the mode"
            return decision.mode >= mode
        case Obliged(name):
            assert decision is not None, "the checker lets only invariants speak of obligations"
            return any(obligation.name is name for obligation in decision.obligations)
        case IsTrue() | OneOf() | Has() | AtLeast() | TextTest():
            return _test(condition, facts)


def _test(
    test: IsTrue | OneOf | Has | AtLeast | TextTest, facts: Mapping[str, Value]
) -> bool | None:
    value = facts.get(test.fact)
    if value is None:
        return None
    match test, value:
        case IsTrue(), bool():
            return value
        case OneOf(values=values), str():
            return value in values
        case Has(member=member), frozenset():
            return member in value
        case AtLeast(bound=bound), int():
            return value >= bound
        case TextTest(operator=operator, literal=literal), str():
            match operator:
                case TextOperator.EQUALS:
                    return value == literal
                case TextOperator.STARTS:
                    return value.startswith(literal)
                case TextOperator.ENDS:
                    return value.endswith(literal)
                case TextOperator.CONTAINS:
                    return literal in value
    return None  # a value of another type is no knowledge; Facts admits none


def fires(rule: Rule, facts: Mapping[str, Value]) -> bool:
    """Whether `rule` fires: an `allow` on true only, a `require` or `block` on unknown as well."""
    value = evaluate(rule.condition, facts)
    return value is True if rule.kind is RuleKind.ALLOW else value is not False


def decide(policy: Policy, facts: Facts, event: Event = Event.SEND) -> Decision:
    """The decision of `policy` about a message of which `facts` are known."""
    fired = tuple(rule for rule in policy.rules_on(event) if fires(rule, facts))
    allowed = [rule.mode for rule in fired if rule.kind is RuleKind.ALLOW]
    required = [rule.mode for rule in fired if rule.kind is not RuleKind.ALLOW]
    base = min(allowed, default=FAIL_CLOSED)
    setting = facts.get("mailbox.mode")
    floor = mailbox_floor(setting if isinstance(setting, str) else None, event)
    mode = strictest((base, floor, *required))
    return Decision(
        mode=mode,
        base=base,
        floor=floor,
        fired=fired,
        deciding=tuple(
            rule
            for rule in fired
            if rule.mode is mode and (rule.kind is not RuleKind.ALLOW or base is mode)
        ),
        obligations=frozenset(item for rule in fired for item in rule.obligations),
    )


def holds(condition: Condition, facts: Facts, decision: Decision) -> bool:
    """Whether an invariant's `condition` holds for one message: true, and not merely unknown."""
    return evaluate(condition, facts, decision) is True
