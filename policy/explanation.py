"""Why a decision is what it is: facts, rules that fired, rules that nearly did, and what if not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from policy.compiler import Compiled
from policy.conjunctions import conjunctions, tests
from policy.evaluator import Decision, decide, evaluate
from policy.facts import BoolType, EnumType, Fact, Facts, NumberType, SetType, TextType, Value
from policy.modes import Event, Mode
from policy.rules import AtLeast, Condition, Has, Policy, Rule, RuleKind, TextTest

__all__ = ["Change", "Explanation", "NearMiss", "explain"]

_MOST_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that would have mattered and did not fire because of one fact.

    `missing` is what it would have needed of the fact.
    """

    rule: Rule
    fact: str
    missing: Condition


@dataclass(frozen=True, slots=True)
class Change:
    """The fewest facts that would have to be otherwise for the message to travel under `mode`."""

    mode: Mode
    facts: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons; `read` are the facts that some rule asks for, in order."""

    decision: Decision
    facts: Facts
    read: tuple[Fact, ...]
    near: tuple[NearMiss, ...]
    changes: tuple[Change, ...]


def explain(policy: Policy, facts: Facts, event: Event = Event.SEND) -> Explanation:
    """Decide and explain; takes some hundredths of a second for a policy of usual size."""
    decision = decide(policy, facts, event)
    rules = policy.rules_on(event)
    asked = {test.fact for rule in rules for test in tests(rule.condition)} | {"mailbox.mode"}
    read = tuple(fact for name, fact in policy.vocabulary.items() if name in asked)
    fired = set(decision.fired)
    silent = [rule for rule in rules if rule not in fired and _would_matter(rule, decision)]
    return Explanation(
        decision,
        facts,
        read,
        tuple(miss for rule in silent for miss in _near(rule, facts)),
        tuple(_changes(policy, facts, event, decision.mode, read)),
    )


def _would_matter(rule: Rule, decision: Decision) -> bool:
    """Whether the decision would be another one had the rule fired as well."""
    if rule.kind is RuleKind.ALLOW:
        return rule.mode < decision.base
    return rule.mode > decision.mode


def _near(rule: Rule, facts: Facts) -> Iterator[NearMiss]:
    """What one fact keeps the rule from firing, if it is only one."""
    for one in conjunctions(rule.condition, _MOST_ALTERNATIVES) or ():
        failing = [name for name, part in one.items() if not _lives(rule, part, facts)]
        if len(failing) == 1 and len(one) > 1:
            yield NearMiss(rule, failing[0], one[failing[0]])
            return


def _lives(rule: Rule, condition: Condition, facts: Facts) -> bool:
    value = evaluate(condition, facts)
    return value is True if rule.kind is RuleKind.ALLOW else value is not False


def _changes(
    policy: Policy, facts: Facts, event: Event, mode: Mode, read: Iterable[Fact]
) -> Iterator[Change]:
    """For each other mode the first change of one fact, else of two, that leads to it."""
    compiled = Compiled(policy)
    bounds = [test for rule in policy.rules_on(event) for test in tests(rule.condition)]
    options = [
        (fact.name, value)
        for fact in sorted(read, key=lambda one: one.name == "mailbox.mode")  # the brake is last
        for value in _values(fact, facts.get(fact.name), bounds)
        if value != facts.get(fact.name)
    ]
    found: dict[Mode, Change] = {}
    for count in (1, 2):
        if len(found) == len(Mode) - 1:
            break
        met: dict[Mode, Change] = {}
        for chosen in combinations(options, count):
            change = dict(chosen)
            if len(change) < count:
                continue
            reached = compiled.decide(facts.replace(change), event).mode
            if reached is not mode and reached not in found and reached not in met:
                met[reached] = Change(reached, change)
        found |= met
    yield from (found[one] for one in sorted(found))


def _values(fact: Fact, now: Value | None, asked: Iterable[Condition]) -> Iterator[Value]:
    """Values of a fact among which every rule that reads it can be made to change its mind."""
    match fact.type:
        case BoolType():
            yield from (True, False)
        case EnumType(values):
            yield from values
        case SetType():
            held = now if isinstance(now, frozenset) else frozenset()
            members = {
                test.member for test in asked if isinstance(test, Has) and test.fact == fact.name
            }
            yield from (held ^ {member} for member in sorted(members))
            yield held
        case NumberType(low=low, high=high):
            bounds = {
                test.bound for test in asked if isinstance(test, AtLeast) and test.fact == fact.name
            }
            near = sorted({*bounds, *(bound - 1 for bound in bounds)})
            yield from (value for value in near if low <= value <= high)
        case TextType():
            literals = {
                test.literal
                for test in asked
                if isinstance(test, TextTest) and test.fact == fact.name
            }
            yield from sorted(literals)
            yield ""
