from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide
from policy.facts import Facts
from policy.modes import Event, Mode
from policy.rules import Policy
from proofs.difference import Direction, IncomparableError, difference
from tests.policy.strategies import messages, policies
from tests.proofs.shop import SHOP, policy_of, shop_policy, small


def moves(policy: Policy, other: Policy, facts: Facts, event: Event) -> bool:
    before, after = decide(policy, facts, event), decide(other, facts, event)
    if before.mode is not after.mode:
        return True
    return before.mode is not Mode.BLOCKED and before.obligations != after.obligations


@given(policies(), policies(), st.sampled_from(Event), st.lists(messages(), min_size=5, max_size=5))
@settings(max_examples=25, deadline=None)
def test_every_change_is_shown_and_what_is_shown_is_a_change(
    old: Policy, new: Policy, event: Event, several: list[Facts]
) -> None:
    found = difference(old, new)
    for change in found.changes:
        assert moves(old, new, change.facts, change.event)
        assert decide(old, change.facts, change.event).mode in change.modes_before
        assert decide(new, change.facts, change.event).mode in change.modes_after
    for facts in several:
        if moves(old, new, facts, event):
            assert any(change.event is event for change in found.changes)
            titles = {rule.title for rule in decide(old, facts, event).fired}
            after = {rule.title for rule in decide(new, facts, event).fired}
            assert any(
                {rule.title for rule in change.rules_before} <= titles
                and {rule.title for rule in change.rules_after} <= after
                for change in found.changes
            )


@given(policies(most=8), st.randoms())
@settings(max_examples=30, deadline=None)
def test_order_and_duplicates_mean_nothing(policy: Policy, random: object) -> None:
    shuffled = list(policy.rules) + list(policy.rules[:2])
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a Random
    assert difference(policy, replace(policy, rules=tuple(shuffled))).equivalent


def test_a_raised_limit_is_one_change_with_its_region() -> None:
    body = 'allow monitored "small" when kind is reply and content.amount <= {}\n'
    (change,) = difference(small(body.format("50.00")), small(body.format("75.00"))).changes
    assert change.direction is Direction.FREER
    assert change.region[:1] == ("kind is reply",)
    assert "content.amount from 50.01 to 75.00" in change.region
    assert change.facts["content.amount"] == 5_001
    assert [rule.title for rule in change.rules_after] == ["small"]
    assert change.modes_after == (Mode.MONITORED,)


def test_two_independent_edits_are_two_changes() -> None:
    text = SHOP.read_text("utf-8")
    edited = text.replace("recipient.messages_24h >= 10", "recipient.messages_24h >= 12").replace(
        "confidence >= 0.60", "confidence >= 0.80"
    )
    assert edited.count("0.80") == 1
    found = difference(policy_of(text), policy_of(edited))
    assert {change.direction for change in found.changes} == {Direction.FREER, Direction.STRICTER}
    assert len(found.changes) == 2


def test_another_obligation_is_neither_freer_nor_stricter() -> None:
    body = 'require gated_send by {} of support "r" when kind is reply'
    (change,) = difference(small(body.format(1)), small(body.format(2))).changes
    assert change.direction is Direction.OBLIGATIONS


def test_dropping_a_pack_is_freer_and_using_it_stricter() -> None:
    with_pack, without = small("", "fraud, shop"), small("", "shop")
    assert difference(with_pack, without).freer
    assert not difference(without, with_pack).freer
    assert difference(without, with_pack).changes


def test_policies_about_different_facts_cannot_be_compared() -> None:
    limit = "fact limit: money up to {}\n"
    with pytest.raises(IncomparableError, match="limit"):
        difference(small(limit.format("5.00")), small(limit.format("6.00")))


def test_a_new_tag_can_be_compared() -> None:
    old = shop_policy()
    text = SHOP.read_text("utf-8") + '\ntag premium\nallow autonomous "p" when tags has premium\n'
    (*_, change) = difference(old, policy_of(text)).changes
    assert "tags has premium" in change.region
