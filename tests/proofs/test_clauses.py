"""The second encoder against the meaning, and against the first encoder."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide, evaluate, fires
from policy.facts import Facts
from policy.modes import Event, Mode
from policy.rules import And, Not, Policy, TextOperator, TextTest
from proofs.claims import claims_of
from proofs.clause_questions import Clauses
from proofs.clauses import Message
from proofs.domain import Literal, domain_of
from proofs.gates import Clause, Gates
from proofs.questions import Always, Question, breaks
from proofs.satisfiability import SatSolver
from proofs.solver import Solver
from proofs.values import compares, text_with
from tests.policy.strategies import NOWHERE, SMALL, messages, policies
from tests.proofs.shop import PACKS, shop_policy, small
from tests.proofs.strategies import questions, statements


def propagated(clauses: list[Clause], literals: list[int]) -> set[int] | None:
    """All that follows by unit propagation alone; None if it contradicts itself."""
    true = set(literals)
    if any(-literal in true for literal in true):
        return None
    progress = True
    while progress:
        progress = False
        for clause in clauses:
            if any(literal in true for literal in clause):
                continue
            left = [literal for literal in clause if -literal not in true]
            if not left:
                return None
            if len(left) == 1:
                true.add(left[0])
                progress = True
    return true


@given(policies(), messages(), st.sampled_from(Event), statements())
@settings(max_examples=50, deadline=None)
def test_a_concrete_message_forces_the_decision_by_propagation_alone(
    policy: Policy, facts: Facts, event: Event, statement: object
) -> None:
    question = Always(event, statement)  # type: ignore[arg-type]  # a Condition
    clauses = Clauses(policy, [question])
    message = clauses.message
    mode = message.mode(event)
    firing = [(rule, message.fires(rule)) for rule in policy.rules_on(event)]
    is_true, is_false = message.condition(question.condition, event)
    true = propagated(clauses.clauses, list(message.assume(facts)))
    assert true is not None
    decision = decide(policy, facts, event)
    for rung in Mode:
        assert (mode[rung] if decision.mode >= rung else -mode[rung]) in true
    for rule, literal in firing:
        assert (literal if fires(rule, facts) else -literal) in true
    value = evaluate(question.condition, facts, decision)
    assert (is_true if value is True else -is_true) in true
    assert (is_false if value is False else -is_false) in true


@given(policies(), st.lists(questions(), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_both_solvers_give_the_same_answer_and_both_replay(
    policy: Policy, asked: list[Question]
) -> None:
    solver = Solver(policy, asked)
    clauses = Clauses(policy, asked)
    with SatSolver(clauses) as second:
        for one in clauses.asked:
            first_found, found = solver.find(one.question), second.find(one)
            assert (first_found is None) == (found is None)
            assert found is None or breaks(policy, one.question, found)


@pytest.mark.parametrize("dropped", ["", *PACKS.split(", ")])
def test_both_solvers_agree_on_every_claim_about_real_policies(dropped: str) -> None:
    packs = ", ".join(name for name in PACKS.split(", ") if name != dropped)
    policy = small('allow monitored "all" when kind in {reply, marketing}', packs)
    if not dropped:
        policy = shop_policy()
    asked = [claim.question for claim in claims_of(policy)]
    solver = Solver(policy, asked)
    clauses = Clauses(policy, asked)
    with SatSolver(clauses) as second:
        for one in clauses.asked:
            assert (solver.find(one.question) is None) == (second.find(one) is None)


LITERALS: list[Literal] = [
    (how, text) for how in TextOperator for text in ("a", "b", "ab", "ba", "aa", "aba")
]
TEXTS = ["".join(text) for size in range(8) for text in product("ab#", repeat=size)]


@given(st.lists(st.sampled_from(LITERALS), min_size=2, max_size=4, unique=True))
@settings(max_examples=20, deadline=None)
def test_the_clauses_between_literals_of_a_text_are_sound_and_complete(
    literals: list[Literal],
) -> None:
    """Each combination of answers is allowed exactly if a text gives them."""
    tests = [TextTest("subject", how, text, NOWHERE) for how, text in literals]
    policy = Policy("texts", SMALL, ())
    domain = domain_of(SMALL, tests)
    gates = Gates()
    message = Message(gates, policy, domain)
    possible = {tuple(compares(text, one) for one in literals) for text in TEXTS}
    for answers in product((True, False), repeat=len(literals)):
        told = list(zip(literals, answers, strict=True))
        assumed = [message.known["subject"]]
        assumed += [message.atom("subject", one)[0 if yes else 1] for one, yes in told]
        allowed = propagated(gates.clauses, assumed) is not None
        assert allowed == (answers in possible)
        z3_allowed = _z3_allows(policy, tests, told)
        assert z3_allowed == allowed
        if allowed:
            text = text_with(SMALL["subject"], told)
            assert tuple(compares(text, one) for one in literals) == answers


def _z3_allows(policy: Policy, tests: list[TextTest], told: list[tuple[Literal, bool]]) -> bool:
    parts = [
        test if yes else Not(test, NOWHERE) for test, (_, yes) in zip(tests, told, strict=True)
    ]
    solver = Solver(policy, [Always(Event.SEND, test) for test in tests])
    return solver.possible(And(tuple(parts), NOWHERE), Event.SEND)


def test_equal_policies_have_equal_clauses() -> None:
    asked = [claim.question for claim in claims_of(shop_policy())]
    assert Clauses(shop_policy(), asked).clauses == Clauses(shop_policy(), asked).clauses
