"""For each rule a literal that is true exactly of the messages whose decision it changes.

A rule matters when taking it out of the policy changes the mode or the obligations of some
message. The literals for "another such rule fires" are chains from both ends, so that all rules
together cost no more than a few clauses each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from policy.evaluator import Decision
from policy.modes import FAIL_CLOSED, Event, Mode
from policy.rules import Rule, RuleKind
from proofs.clause_questions import Clauses
from proofs.gates import FALSE

__all__ = ["Decisive", "matters"]


class Decisive:
    """The literals for the rules of one policy that are asked on `event`."""

    def __init__(self, clauses: Clauses, event: Event) -> None:
        self._message, self._gates = clauses.message, clauses.gates
        self._event = event
        rules = clauses.policy.rules_on(event)
        self._allows = [rule for rule in rules if rule.kind is RuleKind.ALLOW]
        self._raises = [rule for rule in rules if rule.kind is not RuleKind.ALLOW]
        floor = self._message.floor(event)
        self._raised = {
            mode: self._gates.any_of([floor[mode], *self._fire(self._raises, mode)])
            for mode in Mode
        }

    def literals(self) -> Mapping[int, tuple[int, ...]]:
        """For the id of each rule the ways, as literals, in which it can matter."""
        found: dict[int, list[int]] = {}
        for name, way in self._ways():
            if way != FALSE:
                found.setdefault(name, []).append(way)
        rules = (*self._allows, *self._raises)
        return {id(rule): tuple(found.get(id(rule), ())) for rule in rules}

    def _ways(self) -> Iterator[tuple[int, int]]:
        yield from self._freeing()
        yield from self._raising()
        yield from self._obliging()

    def _freeing(self) -> Iterator[tuple[int, int]]:
        """An `allow` matters when it alone sets the base, and nothing raises the mode past it."""
        all_of, any_of = self._gates.all_of, self._gates.any_of
        for mode in Mode:
            same = [rule for rule in self._allows if rule.mode is mode]
            freer = any_of(self._allowed(other for other in Mode if other < mode))
            without = [self._base_without(mode, level) for level in Mode if level > mode]
            stricter = any_of(self._allowed(other for other in Mode if other > mode))
            for rule, others in self._apart(same):
                alone = [self._message.fires(rule), -freer, -others]
                yield from ((id(rule), all_of([*alone, base])) for base in without)
                if mode > FAIL_CLOSED:  # without it, the base falls back to something freer
                    yield id(rule), all_of([*alone, -stricter, -self._raised[mode]])

    def _base_without(self, mode: Mode, level: Mode) -> int:
        """With no `allow` up to `mode` the base is at `level`, and nothing else raises so far."""
        between = self._gates.any_of(self._allowed(other for other in Mode if mode < other < level))
        beyond = self._gates.any_of(self._allowed(other for other in Mode if other > mode))
        base = [-between] if level <= FAIL_CLOSED else [-between, beyond]
        return self._gates.all_of([*base, -self._raised[level]])

    def _raising(self) -> Iterator[tuple[int, int]]:
        """A `require` or `block` matters when nothing else is as strict."""
        all_of, any_of = self._gates.all_of, self._gates.any_of
        floor = self._message.floor(self._event)
        for mode in Mode:
            if mode is Mode.AUTONOMOUS:
                continue
            freer = any_of(self._allowed(other for other in Mode if other < mode))
            nobody = any_of(self._allowed(Mode))
            base = -freer if mode <= FAIL_CLOSED else all_of([-freer, nobody])
            same = [rule for rule in self._raises if rule.mode is mode]
            stricter = any_of(
                self._message.fires(rule) for rule in self._raises if rule.mode > mode
            )
            for rule, others in self._apart(same):
                alone = [self._message.fires(rule), -others, -stricter]
                yield id(rule), all_of([*alone, -base, -floor[mode]])

    def _obliging(self) -> Iterator[tuple[int, int]]:
        """Any rule matters when nothing else brings one of its obligations."""
        rules = (*self._allows, *self._raises)
        for obligation in dict.fromkeys(item for rule in rules for item in rule.obligations):
            bringing = [rule for rule in rules if obligation in rule.obligations]
            for rule, others in self._apart(bringing):
                yield id(rule), self._gates.all_of([self._message.fires(rule), -others])

    def _apart(self, rules: Sequence[Rule]) -> Iterator[tuple[Rule, int]]:
        """Each rule with a literal for "another of `rules` fires"."""
        firing = [self._message.fires(rule) for rule in rules]
        after = [FALSE] * (len(rules) + 1)
        for place in reversed(range(len(rules))):
            after[place] = self._gates.any_of([firing[place], after[place + 1]])
        before = FALSE
        for place, rule in enumerate(rules):
            yield rule, self._gates.any_of([before, after[place + 1]])
            before = self._gates.any_of([before, firing[place]])

    def _fire(self, rules: Sequence[Rule], mode: Mode) -> list[int]:
        return [self._message.fires(rule) for rule in rules if rule.mode >= mode]

    def _allowed(self, modes: Iterable[Mode]) -> list[int]:
        chosen = set(modes)
        return [self._message.fires(rule) for rule in self._allows if rule.mode in chosen]


def matters(rule: Rule, decision: Decision) -> bool:
    """Whether `decision` would be another without `rule`, judged from the rules that fired."""
    if not any(fired is rule for fired in decision.fired):
        return False
    others = [fired for fired in decision.fired if fired is not rule]
    allowed = [fired.mode for fired in others if fired.kind is RuleKind.ALLOW]
    raised = [fired.mode for fired in others if fired.kind is not RuleKind.ALLOW]
    mode = max([min(allowed, default=FAIL_CLOSED), decision.floor, *raised])
    obligations = frozenset(item for fired in others for item in fired.obligations)
    return mode is not decision.mode or obligations != decision.obligations
