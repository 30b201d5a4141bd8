"""Steps read off the form of a policy: all follow, and of a real policy they are enough."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from policy.modes import Event, Mode
from policy.rules import AtLeast, Has, Not, Policy, RuleKind
from proofs import lrat
from proofs.claims import claims_of
from proofs.clause_questions import Clauses
from proofs.elaboration import Derivation, Step
from proofs.gates import Clause
from proofs.lemmas import prepare
from proofs.questions import LoseFacts, LowerNumber, NeverFreer
from proofs.satisfiability import SatSolver
from tests.policy.strategies import NOWHERE, SMALL, policies
from tests.proofs.shop import shop_policy
from tests.proofs.strategies import CHANGES
from tests.proofs.test_ladder import rule


class Recorded(Derivation):
    """A derivation that keeps every step, needed or not."""

    def __init__(self, clauses: list[Clause]) -> None:
        self.all: list[Step] = []
        self.searched = 0
        super().__init__(clauses)

    def take(self, clause: Clause, hints: tuple[int, ...]) -> int:
        number = super().take(clause, hints)
        self.all.append((number, clause, hints))
        return number

    def learn(self, clause: Clause) -> int:
        self.searched += 1
        return super().learn(clause)


RISK = rule(RuleKind.REQUIRE, Has("tags", "fraud_risk", NOWHERE), Mode.GATED_ALL)
DOUBT = rule(RuleKind.REQUIRE, Not(AtLeast("confidence", 9_000, NOWHERE), NOWHERE))


@given(policies(most=6), st.sampled_from(Event), st.sampled_from(CHANGES))
@example(Policy("risk", SMALL, (RISK,)), Event.SEND, CHANGES[0])
@example(Policy("doubt", SMALL, (DOUBT,)), Event.SEND, LowerNumber("confidence"))
@example(Policy("both", SMALL, (RISK, DOUBT)), Event.SEND, LoseFacts())
@settings(max_examples=60, deadline=None)
def test_every_step_follows_whether_the_claim_holds_or_not(
    policy: Policy, event: Event, change: object
) -> None:
    question = NeverFreer(event, change)  # type: ignore[arg-type]  # a Change
    clauses = Clauses(policy, [question])
    derivation = Recorded(clauses.clauses)
    (asked,) = clauses.asked
    with SatSolver(clauses, with_proof=True) as solver:
        prepare(solver, derivation, asked)
        holds = not solver.possible([asked.literal])
        for clause in solver.learned():
            derivation.learn(clause)
    if holds:
        derivation.proof_of([(-asked.literal,)])
    known = dict(enumerate(clauses.clauses, 1))
    derived = lrat.check(known, derivation.all)
    assert holds == ((-asked.literal,) in derived.values())


def test_of_the_rules_of_the_sample_shop_nothing_is_searched_for() -> None:
    """The solver is asked of the mailbox's floor alone: a few steps for each rung."""
    policy = shop_policy()
    claims = [one for one in claims_of(policy) if isinstance(one.question, NeverFreer)]
    clauses = Clauses(policy, [claim.question for claim in claims])
    derivation = Recorded(clauses.clauses)
    with SatSolver(clauses, with_proof=True) as solver:
        for claim, asked in zip(claims, clauses.asked, strict=True):
            before = derivation.searched
            prepare(solver, derivation, asked)
            searched = derivation.searched - before
            about_the_floor = "lost_fact" in claim.id or "stricter_mailbox" in claim.id
            assert searched <= (3 * len(Mode) if about_the_floor else 0), claim.id
    assert len(derivation.all) > 2 * len(policy.rules)
