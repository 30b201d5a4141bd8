"""What is odd about a policy although it has no mistake: rules that do nothing, and the like.

Every finding is proved, not guessed: a rule is dead because no message makes it true, redundant
because no message is decided otherwise without it, and so on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from policy.compiler import Compiled
from policy.evaluator import decide
from policy.facts import Facts, SetType
from policy.modes import Event, Mode
from policy.rules import And, Condition, Has, Policy, Rule, RuleKind, Span
from policy.vocabulary import BUILT_IN, TAG_FACTS
from policy.wording import condition_words
from proofs.clause_questions import Clauses
from proofs.covers import Covers, does_as_much
from proofs.decisive import Decisive, matters
from proofs.domain import facts_read, tests_of
from proofs.meeting import meeting
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


def analyse(policy: Policy, begins: Callable[[str], None] = lambda _: None) -> tuple[Finding, ...]:
    """All findings about `policy`, in the order of the file.

    `begins` is called with the title of each rule when its turn comes.
    """
    found: list[Finding] = []
    with _Rules(policy) as rules:
        for rule in policy.rules:
            begins(rule.title)
            found.extend(rules.about(rule))
    found.extend(_unread(policy))
    found.extend(_idle(policy))
    return tuple(found)


class _Rules:
    """What is asked of each rule, from what is quickly answered to what needs the most clauses.

    A message tried answers for most rules that decide something; rules that propagation or few
    clauses show to cover a rule, for most that decide nothing. Only for the others are the many
    clauses of what decides needed.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._compiled = Compiled(policy)
        self._clauses, self._deciding = Clauses(policy, []), Clauses(policy, [])
        self._ways: dict[int, tuple[int, ...]] = {}
        for event in Event:
            self._ways.update(Decisive(self._deciding, event).literals())
        self._fires, self._decides = SatSolver(self._clauses), SatSolver(self._deciding)
        self._covers = Covers(self._clauses, self._fires)

    def __enter__(self) -> "_Rules":
        return self

    def __exit__(self, *_: object) -> None:
        self._fires.close()
        self._decides.close()

    def about(self, rule: Rule) -> Iterator[Finding]:
        """The findings about one rule."""
        clauses, solver = self._clauses, self._fires
        what = f"{rule.kind.value} “{rule.title}”"
        met = meeting(rule.condition, self._policy.vocabulary)
        if met is None or not matters(rule, self._compiled.decide(met, rule.event)):
            covering = self._covers.of(rule)
            if met is None and not _is_met(clauses, solver, rule):
                clash = _clash(self._policy, rule)
                yield Finding(
                    FindingKind.DEAD,
                    rule.title,
                    f"no message ever makes {what} true",
                    rule.span,
                    rule.pack,
                    tuple(
                        (part.span, f"`{self._words(part)}` cannot be true with the rest")
                        for part in clash
                    ),
                )
            elif does_as_much(covering, rule) or not self._counts(rule):
                allow = rule.kind is RuleKind.ALLOW
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

    def _words(self, condition: Condition) -> str:
        return condition_words(condition, self._policy.vocabulary)

    def _counts(self, rule: Rule) -> bool:
        """Whether some message is decided otherwise without the rule."""
        return any(self._decides.possible([way]) for way in self._ways[id(rule)])


def _is_met(clauses: Clauses, solver: SatSolver, rule: Rule) -> bool:
    """Whether some message makes the rule's condition true."""
    return solver.possible([clauses.message.comes_out(rule.condition, rule.event, True)])


def _clash(policy: Policy, rule: Rule) -> list[Condition]:
    """Parts of the condition that cannot be true together, none of which can be spared.

    Asked in clauses about this rule alone.
    """
    parts = list(rule.condition.parts) if isinstance(rule.condition, And) else [rule.condition]
    clauses = Clauses(replace(policy, rules=(rule,)), [])
    literals = [clauses.message.comes_out(part, rule.event, True) for part in parts]
    kept = list(range(len(parts)))
    with SatSolver(clauses) as solver:
        for place in range(len(parts)):
            without = [other for other in kept if other != place]
            if not solver.possible([literals[other] for other in without]):
                kept = without
    return [parts[place] for place in kept]


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
