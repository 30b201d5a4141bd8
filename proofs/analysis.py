"""What is odd about a policy although it has no mistake: rules that do nothing, and the like.

Every finding is proved, not guessed: a rule is dead because no message makes it true, redundant
because no message is decided otherwise without it, and so on.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from policy.evaluator import decide
from policy.facts import Facts, SetType
from policy.modes import Event, Mode
from policy.rules import And, Condition, Has, Policy, Rule, RuleKind, Span
from policy.vocabulary import BUILT_IN, TAG_FACTS
from proofs.clause_questions import Clauses
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
    deciding, firing = Clauses(policy, []), Clauses(policy, [])
    ways: dict[int, tuple[int, ...]] = {}
    for event in Event:
        ways.update(Decisive(deciding, event).literals())
    found: list[Finding] = []
    rivals = _Rivals(firing)
    # Which rules fire together needs none of the many clauses of what decides; an answer that
    # there is a message costs the solver a value for every variable that it has heard of.
    with SatSolver(deciding) as decides, SatSolver(firing) as fires:
        for rule in policy.rules:
            begins(rule.title)
            counts = any(decides.possible([way]) for way in ways[id(rule)])
            found.extend(_about_rule(firing, fires, rule, counts, rivals))
    found.extend(_unread(policy))
    found.extend(_idle(policy))
    return tuple(found)


def _about_rule(
    clauses: Clauses, solver: SatSolver, rule: Rule, counts: bool, rivals: "_Rivals"
) -> Iterator[Finding]:
    what = f"{rule.kind.value} “{rule.title}”"
    if not (counts and rule.kind is RuleKind.ALLOW) and not _is_met(clauses, solver, rule):
        yield Finding(
            FindingKind.DEAD,
            rule.title,
            f"no message ever makes {what} true",
            rule.span,
            rule.pack,
            tuple((part.span, "cannot be true together") for part in _clash(clauses, solver, rule)),
        )
    elif not counts:
        allow = rule.kind is RuleKind.ALLOW
        covering = _covering(clauses, solver, rule, rivals.of(rule))
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


def _is_met(clauses: Clauses, solver: SatSolver, rule: Rule) -> bool:
    """Whether some message makes the rule's condition true."""
    if meeting(rule.condition, clauses.policy.vocabulary) is not None:
        return True
    return solver.possible([clauses.message.comes_out(rule.condition, rule.event, True)])


def _clash(clauses: Clauses, solver: SatSolver, rule: Rule) -> list[Condition]:
    """A smallest set of the condition's parts that cannot be true together."""
    parts = list(rule.condition.parts) if isinstance(rule.condition, And) else [rule.condition]
    literals = [clauses.message.comes_out(part, rule.event, True) for part in parts]
    kept = list(range(len(parts)))
    for place in range(len(parts)):
        without = [other for other in kept if other != place]
        if not solver.possible([literals[other] for other in without]):
            kept = without
    return [parts[place] for place in kept]


def _covering(clauses: Clauses, solver: SatSolver, rule: Rule, rivals: "_Firing") -> Sequence[Rule]:
    """Rules of which one, at least as strict, fires whenever `rule` does; none if no rule does.

    `rivals` are the rules at least as strict. One alone that propagation finds is taken, being the
    quickest to see. Else they come from the solver's own reason, with those left out that can be
    spared.
    """
    fires = clauses.message.fires(rule)
    here = [other for other in rivals.rules.get(fires, ()) if other is not rule]
    if here:
        return here[:1]
    alone = (solver.forced([fires]) & rivals.rules.keys()) - {fires}
    if alone:
        return rivals.rules[min(alone)][:1]
    if solver.possible([fires, *rivals.silent(fires)]):
        return ()
    core = solver.core()
    covering = [rules[0] for literal, rules in rivals.rules.items() if -literal in core]
    return _not_spared(clauses.policy, rule, covering)


def _not_spared(policy: Policy, rule: Rule, covering: Sequence[Rule]) -> Sequence[Rule]:
    """Those of `covering` of which one still fires whenever `rule` does, and none can be spared.

    Asked in clauses about these few rules: over all rules, each answer that there is a message
    would cost a value for thousands of variables.
    """
    few = Clauses(replace(policy, rules=(rule, *covering)), [])
    fires = few.message.fires(rule)
    silent = {id(other): -few.message.fires(other) for other in covering}
    kept = list(covering)
    with SatSolver(few) as solver:
        for other in covering:
            spared = [one for one in kept if one is not other]
            if not solver.possible([fires, *(silent[id(one)] for one in spared)]):
                kept = spared
    return kept


class _Firing:
    """Some rules by the literal of their firing, in the order of the file."""

    def __init__(self, clauses: Clauses, rules: Iterable[Rule]) -> None:
        self.rules: dict[int, list[Rule]] = {}
        for rule in rules:
            self.rules.setdefault(clauses.message.fires(rule), []).append(rule)
        self._silent = [-literal for literal in self.rules]
        self._places = {literal: place for place, literal in enumerate(self.rules)}

    def silent(self, but: int) -> list[int]:
        """That none of the rules fires, apart from those that fire when `but` does."""
        place = self._places.get(but, len(self._silent))
        return self._silent[:place] + self._silent[place + 1 :]


class _Rivals:
    """For a rule, all rules of its event that are at least as strict."""

    def __init__(self, clauses: Clauses) -> None:
        self._clauses = clauses
        self._found: dict[tuple[Event, RuleKind, Mode], _Firing] = {}

    def of(self, rule: Rule) -> _Firing:
        """The rules, `rule` among them; made once for each kind and mode."""
        key = (rule.event, rule.kind, rule.mode)
        if key not in self._found:
            rules = self._clauses.policy.rules_on(rule.event)
            self._found[key] = _Firing(
                self._clauses, (other for other in rules if _as_strict(other, rule))
            )
        return self._found[key]


def _as_strict(other: Rule, rule: Rule) -> bool:
    """Whether `other`, where it fires, does what `rule` would do to the mode."""
    if other.kind is RuleKind.ALLOW:
        return rule.kind is RuleKind.ALLOW and other.mode <= rule.mode
    return other.mode >= rule.mode


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
