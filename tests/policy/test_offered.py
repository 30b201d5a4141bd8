"""Facts as people write them: whole units, lists, unknown; what does not fit is told, not lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.offered import read_facts
from policy.vocabulary import BUILT_IN


@pytest.mark.parametrize(
    ("name", "written", "stored"),
    [
        ("order.value", 250.0, 25_000),
        ("order.value", "250.00", 25_000),
        ("order.value", 1e-2, 1),
        ("confidence", "97%", 9_700),
        ("order.age", 30, 30),
        ("order.age", "2 weeks", 14),
        ("tags", "fraud_risk, opt_out", frozenset({"fraud_risk", "opt_out"})),
        ("tags", "{}", frozenset()),
        ("tags", ["opt_out"], frozenset({"opt_out"})),
        ("unsure", "true", True),
        ("unsure", False, False),
        ("kind", "reply", "reply"),
        ("recipient.consent", "unknown", "unknown"),
        ("content.subject", "Hello", "hello"),
    ],
)
def test_values(name: str, written: object, stored: object) -> None:
    facts, refused = read_facts(BUILT_IN, {name: written}, {})
    assert refused == ()
    assert facts[name] == stored


@pytest.mark.parametrize("written", [None, "unknown"])
def test_unknown(written: object) -> None:
    facts, refused = read_facts(BUILT_IN, {"kind": written}, BUILT_IN.ordinary())
    assert refused == ()
    assert "kind" not in facts


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("knd", "reply"), ("kind", "repli"), ("tags", "frued"), ("confidence", 90),
        ("order.value", "much"), ("order.value", True), ("order.age", "2 months"),
        ("unsure", "maybe"), ("kind", ["reply"]), ("order.value", "9" * 30),
        ("order.value", float("inf")), ("order.value", 1e300),
    ],
)  # fmt: skip
def test_refused(name: str, written: object) -> None:
    _, refused = read_facts(BUILT_IN, {name: written}, {})
    assert len(refused) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*BUILT_IN, "nobody"]), _JSON, max_size=4))
def test_nothing_that_is_offered_makes_it_raise(offered: dict[str, object]) -> None:
    facts, refused = read_facts(BUILT_IN, offered, {})
    assert len(facts) + len(refused) <= len(offered)
