"""Every reason given is true: near misses fire with their fact, changes lead where they say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide, fires
from policy.explanation import explain
from policy.facts import Facts
from policy.loading import load
from policy.modes import Event, Mode
from policy.rules import Policy
from policy.syntax import Source
from policy.wording import condition_words, duration_words, obligation_words, value_words
from tests.policy.strategies import SMALL, conditions, messages, policies
from tests.policy.test_loading import SHOP


@given(policies(), messages(), st.sampled_from(Event))
@settings(max_examples=50)
def test_every_reason_is_true(policy: Policy, facts: Facts, event: Event) -> None:
    told = explain(policy, facts, event)
    assert told.decision == decide(policy, facts, event)
    for miss in told.near:
        assert not fires(miss.rule, facts)
        assert miss.fact in SMALL
    for change in told.changes:
        assert decide(policy, facts.replace(change.facts), event).mode is change.mode
        assert change.mode is not told.decision.mode
        assert 1 <= len(change.facts) <= 2
    assert len({change.mode for change in told.changes}) == len(told.changes)


@given(policies(most=2), messages())
@settings(max_examples=50)
def test_the_smallest_change_is_found(policy: Policy, facts: Facts) -> None:
    told = {change.mode: change for change in explain(policy, facts).changes}
    now = decide(policy, facts).mode
    for flag in ("recipient.suppressed", "case.fraud_open"):
        for value in (True, False):
            reached = decide(policy, facts.replace({flag: value})).mode
            if reached is not now:
                assert len(told[reached].facts) == 1


@pytest.fixture(scope="module")
def shop() -> Policy:
    policy = load(Source("shop", SHOP.read_text("utf-8"))).policy
    assert policy is not None
    return policy


TWO = """\
policy "x"
fact refund_amount: money up to 1_000.00
allow monitored "answers" when kind is reply
require gated_send "money" when refund_amount > 200.00 or content.promises_money
require gated_all "returns" when intent is return and order.age > 30 days
require monitored "small returns" when intent is return and order.value < 10.00
"""


def test_what_if_not_and_what_nearly_happened() -> None:
    policy = load(Source("x", TWO)).policy
    assert policy is not None
    facts = policy.vocabulary.ordinary().replace({"intent": "return", "refund_amount": 25_000})
    told = explain(policy, facts.replace({"content.promises_money": True}))
    assert told.decision.mode is Mode.GATED_SEND
    assert {change.mode: dict(change.facts) for change in told.changes} == {
        Mode.MONITORED: {"refund_amount": 20_000, "content.promises_money": False},
        Mode.GATED_ALL: {"order.age": 31},
    } | {Mode.BLOCKED: {"mailbox.mode": "read_only"}}
    assert [(miss.rule.title, miss.fact) for miss in told.near] == [("returns", "order.age")]
    assert "refund_amount" in {fact.name for fact in told.read}


@given(conditions())
@settings(max_examples=50)
def test_conditions_are_said_in_the_words_of_the_language(condition: object) -> None:
    words = condition_words(condition, SMALL)  # type: ignore[arg-type]  # Hypothesis loses the type
    if "always" in words or "never" in words:
        return
    loaded = load(
        Source(
            "said.policy",
            'policy "x"\nfact amount: money up to 5.00\nfact left: days from -3 to 3\n'
            f"fact subject: text\nfact flags: set of {{fraud_risk, vip, late}}\n"
            f'block "said" when {words}\n',
        )
    )
    shown = [one.code for one in loaded.diagnostics if one.code not in {"GP0203"}]
    assert shown == [], loaded.rendered()


def test_obligations_and_values_are_said_as_written(shop: Policy) -> None:
    said = {obligation_words(one) for rule in shop.rules for one in rule.obligations}
    lines = ["by 2 of returns_team", "with unsubscribe", "copy to oversight", "redact card numbers",
             "route to privacy_team", "hold for at most 30 days then escalate"]  # fmt: skip
    assert said.issuperset(lines)
    assert duration_words(30) == "30 seconds"
    assert duration_words(86_400) == "1 day"
    facts = shop.vocabulary
    assert value_words(facts["confidence"], 9_700) == "0.97"
    assert value_words(facts["tags"], frozenset({"vip", "opt_out"})) == "{opt_out, vip}"
    assert value_words(facts["order.age"], 1) == "1 day"
    assert value_words(facts["kind"], None) == "unknown"
