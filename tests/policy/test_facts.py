"""Values that do not fit are unknown, never an error and never false."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.facts import Facts, NumberType
from policy.vocabulary import BUILT_IN, INTENTS, TAGS, extended


def test_the_ordinary_message_fits_the_vocabulary() -> None:
    ordinary = BUILT_IN.ordinary()
    assert set(ordinary) == set(BUILT_IN)
    assert ordinary.refused == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("intent", "refnud"),
        ("confidence", 10_001),
        ("confidence", True),
        ("confidence", 0.9),
        ("recipient.suppressed", 1),
        ("recipient.suppressed", "false"),
        ("tags", "fraud_risk"),
        ("content.text", b"bytes"),
    ],
)
def test_what_does_not_fit_is_unknown_and_kept_for_the_record(name: str, value: object) -> None:
    facts = Facts(BUILT_IN, {name: value})
    assert name not in facts
    assert facts.refused == {name: value}


def test_undeclared_names_and_tags_are_nobodys_fact() -> None:
    facts = Facts(BUILT_IN, {"weather": "fine", "tags": ["fraud_risk", "order-1001"]})
    assert dict(facts) == {"tags": frozenset({"fraud_risk"})}


def test_texts_are_folded_once() -> None:
    assert Facts(BUILT_IN, {"content.subject": "GROẞE"})["content.subject"] == "grosse"


def test_a_policy_adds_tags_to_message_and_thread() -> None:
    vocabulary = extended(["vip"], {})
    for name in ("tags", "thread.tags"):
        assert Facts(vocabulary, {name: ["vip", TAGS[0]]})[name] == {"vip", TAGS[0]}


@given(st.dictionaries(st.sampled_from(sorted(BUILT_IN)), st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.floats(), st.binary(),
    st.lists(st.text()), st.sampled_from(INTENTS),
)))  # fmt: skip
def test_nothing_offered_can_raise(offered: dict[str, object]) -> None:
    facts = Facts(BUILT_IN, offered)
    for name, value in facts.items():
        kind = BUILT_IN[name].type
        if isinstance(kind, NumberType):
            assert isinstance(value, int)
            assert kind.low <= value <= kind.high
