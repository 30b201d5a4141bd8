"""What is odd about a policy although it has no mistake: rules that do nothing, and the like.

Every finding is proved, not guessed: a rule is dead because no message makes it true, redundant
because no message is decided otherwise without it, and so on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from policy.evaluator import decide
from policy.facts import Facts, SetType
from policy.modes import Event, Mode
from policy.rules import And, Condition, Has, Policy, Rule, RuleKind, Span
from policy.vocabulary import BUILT_IN, TAG_FACTS
from proofs.clause_questions import Clauses
from proofs.decisive import Decisive, matters
from proofs.domain import facts_read, tests_of
from proofs.satisfiability import SatSolver

__all__ = ["Finding", "FindingKind", "analyse"]


class FindingKind(StrEnum):
    """What is odd."""

    DEAD = "dead"
    OVERRIDDEN = "overridden"
    REDUNDANT = "redundant"
    UNBOUNDED = "unbounded"
    UNREAD = "unread"
    IDLE_EXAMPLE = "idle example"


@dataclass(frozen=True, slots=True)
class Finding:
    """One oddity: what, where, why; `related` are the rules or parts that make it so.

    `witness` is a message that shows it, for findings that one message can show.
    """

    kind: FindingKind
    subject: str
    message: str
    span: Span | None
    pack: str | None = None
    related: tuple[tuple[Span, str], ...] = ()
    witness: Facts | None = None


def analyse(policy: Policy) -> tuple[Finding, ...]:
    """All findings about `policy`, in the order of the file."""
    clauses = Clauses(policy, [])
    ways: dict[int, tuple[int, ...]] = {}
    for event in Event:
        ways.update(Decisive(clauses, event).literals())
    found: list[Finding] = []
    with SatSolver(clauses) as solver:
        for rule in policy.rules:
            found.extend(_about_rule(clauses, solver, rule, ways[id(rule)]))
    found.extend(_unread(policy))
    found.extend(_idle(policy))
    return tuple(found)


def _about_rule(
    clauses: Clauses, solver: SatSolver, rule: Rule, ways: Sequence[int]
) -> Iterator[Finding]:
    message = clauses.message
    true, _ = message.condition(rule.condition, rule.event)
    what = f"{rule.kind.value} “{rule.title}”"
    if not solver.possible([true]):
        yield Finding(
            FindingKind.DEAD,
            rule.title,
            f"no message ever makes {what} true",
            rule.span,
            rule.pack,
            tuple((part.span, "cannot be true together") for part in _clash(clauses, solver, rule)),
        )
    elif not any(solver.possible([way]) for way in ways):
        allow = rule.kind is RuleKind.ALLOW
        covering = tuple(_covering(clauses, solver, rule))
        yield Finding(
            FindingKind.OVERRIDDEN if allow else FindingKind.REDUNDANT,
            rule.title,
            f"no message is decided otherwise without {what}",
            rule.span,
            rule.pack,
            tuple((other.span, f"“{other.title}” already does") for other in covering),
        )
    if rule.kind is RuleKind.ALLOW and rule.mode is Mode.AUTONOMOUS:
        yield from _unbounded(clauses, solver, rule)


def _clash(clauses: Clauses, solver: SatSolver, rule: Rule) -> list[Condition]:
    """A smallest set of the condition's parts that cannot be true together."""
    parts = list(rule.condition.parts) if isinstance(rule.condition, And) else [rule.condition]
    literals = [clauses.message.condition(part, rule.event)[0] for part in parts]
    kept = list(range(len(parts)))
    for place in range(len(parts)):
        without = [other for other in kept if other != place]
        if not solver.possible([literals[other] for other in without]):
            kept = without
    return [parts[place] for place in kept]


def _covering(clauses: Clauses, solver: SatSolver, rule: Rule) -> Iterator[Rule]:
    """Rules of which one, at least as strict, fires whenever `rule` does; none if no rule does.

    They come from the solver's own reason, with those left out that can be spared.
    """
    fires = clauses.message.fires(rule)
    others: dict[int, Rule] = {}
    for other in clauses.policy.rules_on(rule.event):
        raises = other.kind is not RuleKind.ALLOW and other.mode >= rule.mode
        same = other.kind is rule.kind and other.mode <= rule.mode
        if other is not rule and (raises or same):
            others[-clauses.message.fires(other)] = other
    if solver.possible([fires, *others]):
        return
    kept = solver.core() & set(others)
    for literal in sorted(kept):
        if not solver.possible([fires, *(kept - {literal})]):
            kept = kept - {literal}
    yield from (other for literal, other in others.items() if literal in kept)


def _unbounded(clauses: Clauses, solver: SatSolver, rule: Rule) -> Iterator[Finding]:
    """An `allow autonomous` that is decisive however little the classifier is sure."""
    reads = facts_read(rule.condition)
    if "confidence" in reads or not {"intent", "tags", "thread.tags"} & reads:
        return
    if solver.possible([clauses.message.fires(rule)]):
        yield Finding(
            FindingKind.UNBOUNDED,
            rule.title,
            f"allow “{rule.title}” sends by itself however unsure the classifier is",
            rule.span,
            rule.pack,
            ((rule.span, "add for example `confidence >= 0.90`"),),
            clauses.message.facts(solver.true_literals()),
        )


def _unread(policy: Policy) -> Iterator[Finding]:
    """Facts and tags that the policy declares and no rule reads."""
    conditions = [rule.condition for rule in policy.rules]
    conditions += [invariant.condition for invariant in policy.invariants]
    read = frozenset().union(*map(facts_read, conditions)) if conditions else frozenset()
    for name in policy.vocabulary:
        if name not in BUILT_IN and name not in read:
            yield Finding(FindingKind.UNREAD, name, f"no rule reads the fact `{name}`", None)
    members = {test.member for test in _tests(conditions) if isinstance(test, Has)}
    kind = policy.vocabulary[TAG_FACTS[0]].type
    own = BUILT_IN[TAG_FACTS[0]].type
    if isinstance(kind, SetType) and isinstance(own, SetType):
        for tag in kind.members:
            if tag not in own.members and tag not in members:
                yield Finding(FindingKind.UNREAD, tag, f"no rule asks for the tag `{tag}`", None)


def _tests(conditions: Iterable[Condition]) -> Iterator[object]:
    for condition in conditions:
        yield from tests_of(condition)


def _idle(policy: Policy) -> Iterator[Finding]:
    """Examples that come out the same whichever rule is taken away."""
    for example in policy.examples:
        decision = decide(policy, example.facts, example.event)
        if not any(matters(rule, decision) for rule in decision.fired):
            yield Finding(
                FindingKind.IDLE_EXAMPLE,
                example.title,
                f"the example “{example.title}” comes out the same without any one rule",
                example.span,
                example.pack,
            )
