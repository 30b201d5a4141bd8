"""Every claim about a policy, proved or refuted."""

from collections.abc import Callable

from policy.digest import digest
from policy.rules import Not, Or, Policy
from proofs.claims import Claim, claims_of
from proofs.questions import Always, Sometimes
from proofs.solver import Solver
from proofs.verdicts import Outcome, Verdict, Verdicts
from proofs.witness import smallest, witness_of

__all__ = ["settled", "verify"]


def verify(policy: Policy, begins: Callable[[str], None] = lambda _: None) -> Verdicts:
    """Settle the built-in claims and those that `policy` states.

    `begins` is called with the id of each claim when its turn comes. Raises SolverGaveUpError and
    DoesNotReplayError, which are defects of ours: without a verdict nothing is proved.
    """
    claims = claims_of(policy)
    solver = Solver(policy, [claim.question for claim in claims])
    verdicts = []
    for claim in claims:
        begins(claim.id)
        verdicts.append(settled(policy, solver, claim))
    return Verdicts(policy.name, digest(policy), tuple(verdicts))


def settled(policy: Policy, solver: Solver, claim: Claim) -> Verdict:
    """The verdict on one claim about `policy`, of which `solver` was made for all its claims."""
    question = claim.question
    if isinstance(question, Sometimes):
        found = smallest(solver, question)
        if found is None:
            return Verdict(claim, Outcome.REFUTED)
        return Verdict(claim, Outcome.PROVED, witness_of(policy, question, found))
    if solver.find(question) is None:
        return Verdict(claim, Outcome.PROVED, vacuous=_vacuous(solver, claim))
    found = smallest(solver, question)
    assert found is not None, "what has a counterexample has a smallest one"
    return Verdict(claim, Outcome.REFUTED, witness_of(policy, question, found))


def _vacuous(solver: Solver, claim: Claim) -> bool:
    """Whether the claim only says something of messages that do not exist."""
    match claim.question:
        case Always(event, Or((Not(left), _))):
            return not solver.possible(left, event)
        case _:
            return False
