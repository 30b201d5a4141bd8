"""Rules that make another needless, because one of them fires whenever it does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from policy.modes import Event, Mode
from policy.rules import Policy, Rule, RuleKind
from proofs.clause_questions import Clauses
from proofs.satisfiability import SatSolver

__all__ = ["Covers", "does_as_much"]


class Covers:
    """What covers each rule of the policy of `clauses`, which `solver` knows."""

    def __init__(self, clauses: Clauses, solver: SatSolver) -> None:
        self._clauses = clauses
        self._solver = solver
        self._rivals: dict[tuple[Event, RuleKind, Mode], _Firing] = {}

    def of(self, rule: Rule) -> Sequence[Rule]:
        """Rules of which one, at least as strict, fires whenever `rule` does; none if none do.

        One alone that propagation finds is taken, being the quickest to see. Else they come from
        the solver's own reason, with those left out that can be spared.
        """
        fires = self._clauses.message.fires(rule)
        rivals = self._rivals_of(rule)
        here = [other for other in rivals.rules.get(fires, ()) if other is not rule]
        if here:
            return here[:1]
        forced = self._solver.forced([fires])
        alone = (forced & rivals.rules.keys()) - {fires}
        if alone:
            return rivals.rules[min(alone)][:1]
        open_ones = sorted(rivals.silent - forced - {-fires})
        if self._solver.possible([fires, *open_ones]):
            return ()
        core = self._solver.core() & rivals.silent
        covering = [rivals.rules[-literal][0] for literal in sorted(core, reverse=True)]
        return _not_spared(self._clauses.policy, rule, covering)

    def _rivals_of(self, rule: Rule) -> "_Firing":
        """All rules of its event that are at least as strict, `rule` among them."""
        key = (rule.event, rule.kind, rule.mode)
        if key not in self._rivals:
            rules = self._clauses.policy.rules_on(rule.event)
            self._rivals[key] = _Firing(
                self._clauses, (other for other in rules if _as_strict(other, rule))
            )
        return self._rivals[key]


def does_as_much(covering: Sequence[Rule], rule: Rule) -> bool:
    """Whether rules that cover `rule` bring its obligations too: then it decides no message."""
    wanted = frozenset(rule.obligations)
    return bool(covering) and all(wanted <= frozenset(other.obligations) for other in covering)


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
    """Some rules by the literal of their firing; `silent` says of each that it does not fire."""

    def __init__(self, clauses: Clauses, rules: Iterable[Rule]) -> None:
        self.rules: dict[int, list[Rule]] = {}
        for rule in rules:
            self.rules.setdefault(clauses.message.fires(rule), []).append(rule)
        self.silent = frozenset(-literal for literal in self.rules)


def _as_strict(other: Rule, rule: Rule) -> bool:
    """Whether `other`, where it fires, does what `rule` would do to the mode."""
    if other.kind is RuleKind.ALLOW:
        return rule.kind is RuleKind.ALLOW and other.mode <= rule.mode
    return other.mode >= rule.mode
