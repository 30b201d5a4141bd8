"""The batch path means what the reference means: same modes, same rules, on any frame."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide
from policy.facts import Fact, Facts, Origin, SetType, Vocabulary
from policy.frames import DECISION, PolicyFrames, facts_frame, schema
from policy.modes import Event, Mode
from policy.rules import Has, Policy, Rule, RuleKind
from tests.policy.strategies import NOWHERE, SMALL, messages, policies
from tests.policy.test_compiler import wide


def _same(policy: Policy, mail: list[Facts], event: Event = Event.SEND) -> None:
    frames = PolicyFrames(policy, event)
    frame = facts_frame(mail, policy.vocabulary)
    decided = frames.decide(frame.lazy()).collect(engine="streaming")
    assert decided.height == len(mail)
    for facts, row in zip(mail, decided.iter_rows(named=True), strict=True):
        expected = decide(policy, facts, event)
        assert frames.fired(row["fired"]) == expected.fired
        assert (row["mode"], row["base"], row["floor"]) == (
            expected.mode.label,
            expected.base.label,
            expected.floor.label,
        )


@given(policies(most=8), st.lists(messages(), max_size=6), st.sampled_from(Event))
@settings(max_examples=60)
def test_a_frame_is_decided_as_message_by_message(
    policy: Policy, mail: list[Facts], event: Event
) -> None:
    _same(policy, mail, event)


@given(st.lists(messages(), max_size=4), st.sampled_from(RuleKind))
@settings(max_examples=30)
def test_a_rule_too_wide_for_the_tables_fires_as_well(mail: list[Facts], kind: RuleKind) -> None:
    rule = Rule(
        kind, Event.SEND, Mode.GATED_ALL, "wide", wide(8), (), None, None, None, None, NOWHERE
    )
    _same(Policy("wide", SMALL, (rule, replace(rule, title="again"))), mail)


def _with_set(size: int) -> tuple[Vocabulary, Policy, tuple[str, ...]]:
    names = tuple(f"t{number}" for number in range(size))
    fact = Fact("many", SetType(names), Origin.REQUEST, "a large set", frozenset())
    vocabulary = Vocabulary({"mailbox.mode": SMALL["mailbox.mode"], "many": fact})
    rules = tuple(
        Rule(
            RuleKind.REQUIRE,
            Event.SEND,
            Mode.GATED_ALL,
            f"rule {name}",
            Has("many", name, NOWHERE),
            (),
            None,
            None,
            None,
            None,
            NOWHERE,
        )
        for name in names
    )
    return vocabulary, Policy("many", vocabulary, rules), names


@pytest.mark.parametrize("size", [1, 10, 11, 70, 200])
def test_sets_of_any_size(size: int) -> None:
    vocabulary, policy, names = _with_set(size)
    offered: list[dict[str, object]] = [
        {},
        {"many": frozenset(), "mailbox.mode": "autonomous"},
        {"many": frozenset(names), "mailbox.mode": "read_only"},
        {"many": frozenset({names[-1], names[0]}), "mailbox.mode": "autonomous"},
        {"many": frozenset(names[::7])},
    ]
    _same(policy, [Facts(vocabulary, one) for one in offered])


@given(policies(most=8), st.lists(messages(), min_size=1, max_size=6))
@settings(max_examples=30)
def test_coded_texts_and_plain_enums_are_the_same(policy: Policy, mail: list[Facts]) -> None:
    frames, frame = PolicyFrames(policy), facts_frame(mail, SMALL)
    coded = frame.with_columns(
        pl.col("subject").cast(pl.Categorical), pl.col("kind", "intent").cast(pl.String)
    )
    assert (
        frames.decide(coded.lazy())
        .select(DECISION)
        .collect()
        .equals(frames.decide(frame.lazy()).select(DECISION).collect())
    )


def test_a_missing_column_is_unknown_and_so_is_a_value_that_does_not_fit() -> None:
    vocabulary, policy, _ = _with_set(3)
    frame = pl.LazyFrame({"id": [1, 2], "mailbox.mode": ["autonomous", "nonsense"]})
    decided = PolicyFrames(policy).decide(frame).collect()
    assert decided.columns == ["id", "mailbox.mode", *DECISION]
    assert decided["mode"].to_list() == ["gated_all", "blocked"]
    assert decided["floor"].to_list() == ["autonomous", "blocked"]
    assert len(PolicyFrames(policy).fired(decided["fired"][0].to_list())) == 3
    assert set(schema(vocabulary)) == {"mailbox.mode", "many"}


def test_thousands_of_rules_are_one_expression() -> None:
    _, policy, _ = _with_set(200)
    rules = tuple(
        replace(rule, title=f"{rule.title} {copy}") for copy in range(15) for rule in policy.rules
    )
    many = replace(policy, rules=rules)
    frames = PolicyFrames(many)
    frame = facts_frame([many.vocabulary.ordinary()], many.vocabulary)
    plan = frames.decide(frame.lazy())
    assert len(plan.explain()) < 2_000
    assert plan.collect(engine="streaming")["mode"].to_list() == ["gated_send"]
