"""Which rules a proof rests on: take one of them away, and the claim falls."""

from collections.abc import Iterator, Sequence

from policy.rules import Policy, Rule
from proofs.claims import Claim
from proofs.clause_questions import Asked, Clauses
from proofs.questions import Sometimes
from proofs.satisfiability import SatSolver

__all__ = ["rests_on"]


def rests_on(policy: Policy, claims: Sequence[Claim]) -> Iterator[tuple[Claim, tuple[Rule, ...]]]:
    """For each proved claim a smallest set of rules that suffice, whatever others there are.

    With these rules in the policy the claim holds, no matter which of the others are taken out;
    and none of them can be spared. A claim that holds of every policy rests on no rule. Claims
    that some message exists are left out, and so are claims that do not hold.
    """
    clauses = Clauses(policy, [claim.question for claim in claims], removable=True)
    present = clauses.present or {}
    rules = {present[id(rule)]: rule for rule in policy.rules}
    with SatSolver(clauses) as solver:
        for claim, asked in zip(claims, clauses.asked, strict=True):
            if isinstance(claim.question, Sometimes):
                continue
            if not solver.possible([asked.literal, *rules]):
                needed = _minimal(solver, asked, solver.core() & set(rules))
                yield claim, tuple(rule for literal, rule in rules.items() if literal in needed)


def _minimal(solver: SatSolver, asked: Asked, core: frozenset[int]) -> frozenset[int]:
    """A subset of `core` that still makes the answer no, and of which none can be spared."""
    for literal in sorted(core):
        if not solver.possible([asked.literal, *(core - {literal})]):
            core = core - {literal}
    return core
