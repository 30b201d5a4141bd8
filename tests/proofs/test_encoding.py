"""The theorem that encoding and meaning agree, held by random policies and messages."""

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide, evaluate, fires
from policy.facts import Facts
from policy.modes import Event, Mode
from policy.rules import Policy
from proofs.booleans import Term
from proofs.encoding import Copy
from proofs.ladder import RUNGS
from proofs.questions import Always, Counterexample, NeverFreer, Question, Sometimes, breaks
from proofs.reading import pinned
from proofs.solver import Solver
from tests.policy.strategies import messages, policies
from tests.proofs.strategies import changed, questions, statements


def terms_of(copy: Copy, facts: Facts) -> list[Term]:
    """The terms that say that the message is `facts`."""
    terms: list[Term] = []
    for name in copy.domain.facts():
        value = facts.get(name)
        if value is None:
            terms.append(z3.Not(copy.known(name)))
        else:
            terms.extend((copy.known(name), *pinned(copy, name, value)))
    return terms


@given(policies(), messages(), st.sampled_from(Event), statements())
@settings(max_examples=50, deadline=None)
def test_a_concrete_message_forces_what_the_evaluator_says(
    policy: Policy, facts: Facts, event: Event, statement: object
) -> None:
    question = Always(event, statement)  # type: ignore[arg-type]  # a Condition
    message = Copy(policy, Solver(policy, [question]).domain)
    message.ladder(event).tell(policy.rules_on(event))
    decision = decide(policy, facts, event)
    expected = [
        *((message.mode_at_least(rung, event), decision.mode >= rung) for rung in RUNGS),
        *((message.fires(rule), fires(rule, facts)) for rule in policy.rules_on(event)),
    ]
    value = evaluate(question.condition, facts, decision)
    expected.append((message.is_true(question.condition, event), value is True))
    expected.append((message.is_false(question.condition, event), value is False))
    concrete = terms_of(message, facts)
    solver = z3.Solver()
    solver.add(*message.laws(), *concrete)
    assert solver.check() == z3.sat
    solver.add(z3.Or([z3.Not(term) if yes else term for term, yes in expected]))
    assert solver.check() == z3.unsat


@given(policies(), questions(), st.data())
@settings(max_examples=70, deadline=None)
def test_an_answer_replays_and_no_answer_means_that_no_message_is_one(
    policy: Policy, question: Question, data: st.DataObject
) -> None:
    found = Solver(policy, [question]).find(question)
    if found is not None:
        assert breaks(policy, question, found)
        return
    for _ in range(5):
        facts = data.draw(messages())
        if isinstance(question, Sometimes):
            facts = facts.replace(
                {
                    name: fact.ordinary
                    for name, fact in facts.vocabulary.items()
                    if name not in facts
                }
            )
        after = None
        if isinstance(question, NeverFreer):
            after = data.draw(changed(facts, question.change, question.event))
        assert not breaks(policy, question, Counterexample(facts, after))


@given(policies(), questions())
@settings(max_examples=20, deadline=None)
def test_one_solver_answers_many_questions_as_fresh_ones_do(
    policy: Policy, question: Question
) -> None:
    others: list[Question] = [
        Always(event, rule.condition) for event in Event for rule in policy.rules
    ]
    shared = Solver(policy, [*others, question])
    for other in others:
        shared.find(other)
    fresh = Solver(policy, [question])
    assert (shared.find(question) is None) == (fresh.find(question) is None)


def test_the_ladder_has_every_mode_but_the_freest() -> None:
    assert {Mode.AUTONOMOUS, *RUNGS} == set(Mode)
