"""The second opinion as evidence that anybody can replay: clauses, and a proof of each verdict.

`policy.cnf` (DIMACS) says that one of the proved claims has a counterexample; `policy.lrat`
derives, for each claim, that it has none, and at the end the empty clause. `proofs.lrat` replays
it, and so does any other LRAT checker: `cake_lpr policy.cnf policy.lrat`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policy.rules import Policy
from proofs import lrat
from proofs.claims import claims_of
from proofs.clause_questions import Clauses
from proofs.elaboration import Step
from proofs.questions import Sometimes

__all__ = ["Evidence", "EvidenceError", "clauses_for", "dimacs", "literals_of"]


class EvidenceError(Exception):
    """The evidence does not prove what it is said to; the message says where it fails."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The clauses and the proof, as the text of two files."""

    cnf: str
    lrat: str

    @property
    def digests(self) -> tuple[str, str]:
        """SHA-256 (hex) of the clauses and of the proof."""
        return _sha256(self.cnf), _sha256(self.lrat)


def clauses_for(policy: Policy) -> Clauses:
    """The clauses about all claims of `policy`; the same for everybody, number for number."""
    return Clauses(policy, [claim.question for claim in claims_of(policy)])


def literals_of(policy: Policy, clauses: Clauses) -> Mapping[str, int]:
    """For each claim that has no message of its own, the literal of its counterexample."""
    pairs = zip(claims_of(policy), clauses.asked, strict=True)
    return {
        claim.id: asked.literal
        for claim, asked in pairs
        if not isinstance(claim.question, Sometimes)
    }


def dimacs(clauses: Clauses, literals: Sequence[int]) -> str:
    """The clauses, with the last saying that one of `literals` is true."""
    all_clauses = [*clauses.clauses, tuple(literals)]
    # Python's own notation of the list, "[(1, -2), (3,)]", is all but there, and twice as fast.
    text = repr(all_clauses)[2:-2].removesuffix(",")
    text = text.replace(",), (", " 0\n").replace("), (", " 0\n").replace(",", "")
    return f"p cnf {clauses.gates.variables} {len(all_clauses)}\n{text} 0\n"


def lrat_text(steps: Sequence[Step]) -> str:
    """A proof in the text form of LRAT."""
    return "".join(
        f"{' '.join(map(str, (number, *clause, 0, *hints, 0)))}\n"
        for number, clause, hints in steps
    )


def replay(policy: Policy, proved: Sequence[str], evidence: Evidence) -> None:
    """Check, without any solver, that `evidence` proves the claims named `proved` of `policy`.

    The policy is encoded anew. Raises EvidenceError.
    """
    clauses = clauses_for(policy)
    all_literals = literals_of(policy, clauses)
    literals = [all_literals[name] for name in proved if name in all_literals]
    if dimacs(clauses, literals) != evidence.cnf:
        raise EvidenceError("policy.cnf does not say what the policy says")
    numbered = dict(enumerate([*clauses.clauses, tuple(literals)], 1))
    try:
        derived = lrat.check(numbered, _steps(evidence.lrat))
    except (KeyError, ValueError) as error:
        raise EvidenceError(f"policy.lrat does not check: {error}") from None
    known = set(derived.values())
    for name in proved:
        if name in all_literals and (-all_literals[name],) not in known:
            raise EvidenceError(f"policy.lrat says nothing about the claim `{name}`")
    if () not in known:
        raise EvidenceError("policy.lrat does not end in the empty clause")


def _steps(text: str) -> list[Step]:
    steps = []
    for line in text.splitlines():
        number, *rest = map(int, line.split())
        end = rest.index(0)
        steps.append((number, tuple(rest[:end]), tuple(rest[end + 1 : -1])))
    return steps


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
