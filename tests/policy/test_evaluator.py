"""The meaning: the lattice, the fail-closed base, and what an unknown fact does."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policy.evaluator import decide, evaluate, fires
from policy.facts import Facts
from policy.modes import FAIL_CLOSED, Event, Mode, mailbox_floor, strictest
from policy.rules import And, Has, IsTrue, Not, Or, Policy, Rule, RuleKind
from policy.vocabulary import TAGS
from tests.policy.strategies import NOWHERE, SMALL, messages, policies

SUPPRESSED = IsTrue("recipient.suppressed", NOWHERE)
FRAUD_CASE = IsTrue("case.fraud_open", NOWHERE)
VALUES = (True, False, None)


def _facts(suppressed: bool | None, fraud: bool | None) -> Facts:
    return Facts(SMALL, {"recipient.suppressed": suppressed, "case.fraud_open": fraud})


@pytest.mark.parametrize("left", VALUES)
@pytest.mark.parametrize("right", VALUES)
def test_connectives_are_kleenes(left: bool | None, right: bool | None) -> None:
    facts = _facts(left, right)
    order = {False: 0, None: 1, True: 2}
    back = {rank: value for value, rank in order.items()}
    both = evaluate(And((SUPPRESSED, FRAUD_CASE), NOWHERE), facts)
    either = evaluate(Or((SUPPRESSED, FRAUD_CASE), NOWHERE), facts)
    assert both is back[min(order[left], order[right])]
    assert either is back[max(order[left], order[right])]
    assert evaluate(Not(SUPPRESSED, NOWHERE), facts) is (None if left is None else not left)


def test_empty_connectives() -> None:
    assert evaluate(And((), NOWHERE), _facts(None, None)) is True
    assert evaluate(Or((), NOWHERE), _facts(None, None)) is False


def test_without_a_rule_a_message_is_held() -> None:
    decision = decide(Policy("empty", SMALL, ()), SMALL.ordinary())
    assert decision.mode is FAIL_CLOSED
    assert decision.deciding == ()


@given(policies(), messages(), st.sampled_from(Event))
def test_a_decision_is_the_strictest_of_what_speaks(
    policy: Policy, facts: Facts, event: Event
) -> None:
    decision = decide(policy, facts, event)
    firing = [rule for rule in policy.rules_on(event) if fires(rule, facts)]
    assert list(decision.fired) == firing
    allowed = [rule.mode for rule in firing if rule.kind is RuleKind.ALLOW]
    required = [rule.mode for rule in firing if rule.kind is not RuleKind.ALLOW]
    assert decision.base is min(allowed, default=Mode.GATED_SEND)
    assert decision.mode is max([decision.base, decision.floor, *required])
    assert all(rule.mode is decision.mode for rule in decision.deciding)
    for rule in firing:
        assert decision.obligations.issuperset(rule.obligations)


@given(policies(), messages(), st.sampled_from(Event), st.randoms())
def test_the_order_of_rules_has_no_meaning(
    policy: Policy, facts: Facts, event: Event, random: st.randoms
) -> None:
    shuffled = list(policy.rules)
    random.shuffle(shuffled)
    one = decide(policy, facts, event)
    other = decide(Policy("shuffled", SMALL, tuple(shuffled)), facts, event)
    assert (one.mode, one.obligations) == (other.mode, other.obligations)
    assert set(one.fired) == set(other.fired)


@given(policies(), messages(), st.sampled_from(Event), st.data())
def test_losing_a_fact_never_makes_a_decision_freer(
    policy: Policy, facts: Facts, event: Event, data: st.DataObject
) -> None:
    # An `allow gated_all` is stricter than having no rule; the claim `lost_fact_never_freer`
    # refutes a policy in which that matters (tests/proofs/broken/gated_allow.policy).
    assume(
        all(rule.kind is not RuleKind.ALLOW or rule.mode <= FAIL_CLOSED for rule in policy.rules)
    )
    lost = data.draw(st.sampled_from(sorted(SMALL)))
    assert decide(policy, facts.replace({lost: None}), event).mode >= (
        decide(policy, facts, event).mode
    )


@given(policies(), messages())
def test_an_unknown_fact_gates(policy: Policy, facts: Facts) -> None:
    rule = Rule(
        RuleKind.REQUIRE, Event.SEND, Mode.GATED_ALL, "fraud",
        Has("tags", TAGS[0], NOWHERE), (), None, None, None, None, NOWHERE,
    )  # fmt: skip
    guarded = Policy("guarded", SMALL, (*policy.rules, rule))
    assert decide(guarded, facts.replace({"tags": None})).mode >= Mode.GATED_ALL


@pytest.mark.parametrize("event", list(Event))
def test_an_unknown_mailbox_is_the_strictest(event: Event) -> None:
    settings = ["autonomous", "monitored", "gated_send", "gated_all", "read_only"]
    strict = strictest(mailbox_floor(setting, event) for setting in settings)
    assert mailbox_floor(None, event) is strict


def test_read_only_lets_nothing_out_and_delivers_what_comes_in() -> None:
    assert mailbox_floor("read_only", Event.SEND) is Mode.BLOCKED
    assert mailbox_floor("read_only", Event.RECEIVE) is Mode.AUTONOMOUS
