"""A function written out for a small policy: the same meaning, and when none is written."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.compiler import Compiled, CompiledEvent
from policy.evaluator import Decision, decide, evaluate
from policy.facts import Facts, Value
from policy.generated import MOST_CONJUNCTIONS, decide_function
from policy.modes import MAILBOX_MODES, Event, Mode
from policy.rules import (
    And,
    Condition,
    Has,
    IsTrue,
    Not,
    OneOf,
    Or,
    Policy,
    Rule,
    RuleKind,
    TextOperator,
    TextTest,
)
from tests.policy.strategies import NOWHERE, SMALL, conditions, messages


def _bits(written: list[tuple[int, list[Condition]]], facts: Facts) -> int | None:
    """The bits that the function finds alive; None when it asked the general way."""
    nothing = Decision(Mode.BLOCKED, Mode.BLOCKED, Mode.BLOCKED, (), (), frozenset())
    decisions = [replace(nothing) for _ in range(1 << len(written))]
    by_bits = dict(enumerate(decisions))
    remembered: dict[Value | None, dict[int, Decision]] = {}
    remembered.update((mode, by_bits) for mode in MAILBOX_MODES)
    function = decide_function(written, remembered, lambda _: nothing)
    assert function is not None
    found = function(facts)
    return next((bits for bits, decision in enumerate(decisions) if decision is found), None)


@given(st.lists(st.lists(conditions(), max_size=3), max_size=4), messages())
@settings(max_examples=150)
def test_the_bits_are_the_conjunctions_that_hold(
    parts: list[list[Condition]], facts: Facts
) -> None:
    written = [(1 << at, some) for at, some in enumerate(parts)]
    found = _bits(written, facts)
    if found is None:
        assert len(facts) < len(SMALL), "everything is known, so nothing is left to another"
        return
    for bit, some in written:
        assert bool(found & bit) is (evaluate(And(tuple(some), NOWHERE), facts) is True)


def _ordinary(**changes: Value) -> Facts:
    return SMALL.ordinary().replace({name.replace("_", "."): one for name, one in changes.items()})


def test_what_several_conjunctions_share_is_asked_once_and_changes_nothing() -> None:
    reply = OneOf("kind", frozenset({"reply"}), NOWHERE)
    fraud, late = (Has("flags", member, NOWHERE) for member in ("fraud_risk", "late"))
    written: list[tuple[int, list[Condition]]] = [
        (1, [reply, fraud]),
        (2, [late]),
        (4, [fraud, reply, late]),
        (8, [reply]),
        (16, []),
    ]
    flags = frozenset({"fraud_risk", "late"})
    assert _bits(written, _ordinary(kind="reply", flags=flags)) == 31
    assert _bits(written, _ordinary(kind="marketing", flags=flags)) == 18
    assert _bits(written, _ordinary(kind="reply")) == 24


def test_a_literal_is_never_code() -> None:
    for literal in ("'", '"', "\\", "\n", "{x}", "') or exit('", "\u2028"):
        for operator in TextOperator:
            test = TextTest("subject", operator, literal, NOWHERE)
            for subject in ("", literal, f"a{literal}", f"{literal}b"):
                facts = _ordinary(subject=subject)
                assert _bits([(1, [test])], facts) == int(evaluate(test, facts) is True)


def test_an_unknown_fact_goes_the_general_way() -> None:
    flag = IsTrue("recipient.suppressed", NOWHERE)
    unknown = SMALL.ordinary().replace({"recipient.suppressed": None})
    assert _bits([(1, [flag])], unknown) is None
    assert _bits([(1, [flag])], SMALL.ordinary().replace({"mailbox.mode": None})) is None
    assert _bits([], SMALL.ordinary()) == 0


def _rules(count: int, condition: Condition) -> Policy:
    rule = Rule(
        RuleKind.REQUIRE,
        Event.SEND,
        Mode.GATED_ALL,
        "",
        condition,
        (),
        None,
        None,
        None,
        None,
        NOWHERE,
    )
    return Policy("many", SMALL, tuple(replace(rule, title=f"rule {at}") for at in range(count)))


def test_a_large_policy_keeps_to_its_tables() -> None:
    flag = IsTrue("recipient.suppressed", NOWHERE)
    for count, written in ((MOST_CONJUNCTIONS, True), (MOST_CONJUNCTIONS + 1, False)):
        event = CompiledEvent(_rules(count, flag), Event.SEND)
        assert (event.fastest() != event.decide) is written


def test_what_is_nested_too_deep_for_python_is_left_to_the_tables() -> None:
    pair = And(
        (IsTrue("recipient.suppressed", NOWHERE), IsTrue("case.fraud_open", NOWHERE)), NOWHERE
    )
    condition: Condition = pair
    for _ in range(50):
        condition = Not(Or((Not(condition, NOWHERE), pair), NOWHERE), NOWHERE)
    policy = _rules(1, condition)
    facts = SMALL.ordinary()
    assert Compiled(policy).decide(facts) == decide(policy, facts)
