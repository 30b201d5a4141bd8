from dataclasses import replace

from policy.evaluator import decide
from policy.rules import Example
from proofs.cases import cases
from proofs.policy_mutation import policy_mutants
from tests.proofs.shop import policy_of

TEXT = """
policy "Small"
allow monitored "answers" when kind is reply and confidence >= 0.90
require gated_send "refunds" when intent in {refund, return}
example "an answer": given kind is reply, intent is order_status, confidence is 0.90
  expect monitored by "answers"
"""


def test_what_the_examples_miss_is_told_apart_from_what_they_catch() -> None:
    found = {(one.rule.title, one.slip): one.caught for one in policy_mutants(policy_of(TEXT))}
    assert found["answers", "the threshold one more"]
    assert not found["answers", "the threshold one less"]
    assert not found["refunds", "the rule is gone"]
    assert not found["refunds", "`refund` missing"]


def test_a_slip_that_changes_no_decision_is_none() -> None:
    twice = policy_of(TEXT + 'require gated_send "again" when intent in {refund, return}\n')
    assert ("again", "the rule is gone") not in {
        (one.rule.title, one.slip) for one in policy_mutants(twice)
    }


def test_the_written_cases_catch_more_than_one_example_does() -> None:
    policy = policy_of(TEXT)
    written = tuple(
        Example(
            case.title, case.rule.event, case.facts, case.decision.mode,
            tuple(rule.title for rule in case.decision.deciding), None, case.rule.span,
        )
        for case in cases(policy)
    )  # fmt: skip
    assert all(decide(policy, one.facts, one.event).mode is one.mode for one in written)
    before = sum(one.caught for one in policy_mutants(policy))
    after = sum(one.caught for one in policy_mutants(replace(policy, examples=written)))
    assert after > before
