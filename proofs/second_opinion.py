"""The verdicts again, by other code and another solver, with evidence for each proof."""

from collections.abc import Callable

from policy.rules import Policy
from proofs.claims import claims_of
from proofs.elaboration import Derivation
from proofs.evidence import Evidence, clauses_for, dimacs, literals_of, lrat_text
from proofs.lemmas import prepare
from proofs.questions import Sometimes, breaks
from proofs.satisfiability import SatSolver
from proofs.verdicts import Outcome, Verdicts
from proofs.witness import DoesNotReplayError

__all__ = ["OpinionsDifferError", "second_opinion"]


class OpinionsDifferError(Exception):
    """The two encoders or solvers disagree about a claim: a defect of ours, never a pass."""


def second_opinion(
    policy: Policy, verdicts: Verdicts, begins: Callable[[str], None] = lambda _: None
) -> Evidence:
    """Evidence for every claim that `verdicts` says is proved.

    `begins` is called with the id of each claim when its turn comes, and once for the proof.
    Raises OpinionsDifferError and DoesNotReplayError.
    """
    clauses = clauses_for(policy)
    proved = {v.claim.id for v in verdicts if v.outcome is Outcome.PROVED}
    literals = [lit for name, lit in literals_of(policy, clauses).items() if name in proved]
    derivation = Derivation([*clauses.clauses, tuple(literals)])
    with SatSolver(clauses, with_proof=True) as solver:
        for claim, asked, verdict in zip(claims_of(policy), clauses.asked, verdicts, strict=True):
            begins(claim.id)
            prepare(solver, derivation, asked)
            found = solver.find(asked)
            for clause in solver.learned():
                derivation.learn(clause)
            refuted = verdict.outcome is Outcome.REFUTED
            promise = isinstance(claim.question, Sometimes)  # proved by a message, not by none
            if (found is not None) != (refuted != promise):
                raise OpinionsDifferError(f"the two solvers disagree about {claim.id}")
            if found is not None and not breaks(policy, claim.question, found):
                raise DoesNotReplayError(f"the second solver's message breaks not {claim.id}")
    begins("the proof in one piece")
    steps = derivation.proof_of([*((-literal,) for literal in literals), ()])
    return Evidence(dimacs(clauses, literals), lrat_text(steps))
