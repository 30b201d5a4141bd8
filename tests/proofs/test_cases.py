from dataclasses import replace

from policy.evaluator import decide
from policy.rules import Policy
from proofs.analysis import FindingKind, analyse
from proofs.cases import cases, spelled_case
from tests.proofs.shop import SHOP, policy_of, shop_policy, small


def written(policy: Policy) -> str:
    return "\n".join(map(spelled_case, cases(policy)))


def test_the_cases_of_the_sample_shop_are_examples_that_it_meets() -> None:
    policy = policy_of(SHOP.read_text("utf-8") + "\n" + written(shop_policy()))
    added = [example for example in policy.examples if ": " in example.title]
    assert len(added) > 36
    for example in added:
        decision = decide(policy, example.facts, example.event)
        assert decision.mode is example.mode
        assert set(example.by) <= {rule.title for rule in decision.deciding}


def test_losing_any_rule_that_does_something_breaks_one_of_its_cases() -> None:
    policy = shop_policy()
    found = list(cases(policy))
    idle = {
        one.subject
        for one in analyse(policy)
        if one.kind in (FindingKind.DEAD, FindingKind.REDUNDANT, FindingKind.OVERRIDDEN)
    }
    for rule in policy.rules:
        own = [case for case in found if case.rule is rule]
        assert bool(own) == (rule.title not in idle)
        smaller = replace(policy, rules=tuple(r for r in policy.rules if r is not rule))
        changed = [
            case
            for case in own
            if (other := decide(smaller, case.facts, rule.event)).mode is not case.decision.mode
            or other.obligations != case.decision.obligations
        ]
        assert bool(changed) == bool(own)


def test_a_threshold_off_by_one_breaks_a_case() -> None:
    body = 'allow monitored "small" when kind is reply and content.amount <= {}'
    found = [case for case in cases(small(body.format("50.00"))) if case.rule.title == "small"]
    assert [case.facts["content.amount"] for case in found] == [0, 5_000, 5_001]
    for wrong in ("49.99", "50.01"):
        other = small(body.format(wrong))
        assert any(decide(other, c.facts).mode is not c.decision.mode for c in found)
