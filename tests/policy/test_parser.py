"""The parser and checker stand any text: they return diagnostics and never raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.codes import codes
from policy.loading import load, packs
from policy.parser import OPENING_WORDS, parse
from policy.syntax import RuleSyntax, Source

_WORDS = (
    *OPENING_WORDS, "when", "unless", "because", "owner", "review by", "by", "with", "copy to",
    "redact card numbers", "route to", "hold for at most", "undo within", "given", "expect", "is",
    "not", "in", "has", "has any of", "has all of", "has none of", "and", "or", "implies", "(",
    ")", "{", "}", ",", ":", ">=", "<", '"a"', '"', "1", "1_", "-1", "0.5", "90%", "2 days", "²",
    "1" * 40, "2027-02-31", "kind", "reply", "tags", "fraud_risk", "confidence", "order.value",
    "mode", "blocked", "monitored", "obligations", "\n", "\n  ", "# c\n", "\r\n", "\t", "\ufeff",
    "=", "-", "one of", "set of", "money", "EUR", "up to", "from", "to",
    "tags never makes it freer", "some message when", "gets", "adding any of", "unknown", "x",
    "é", "\x00",
    "\u2028", "\f",
)  # fmt: skip
_SEEDS = tuple(source.text for source in packs().values()) + tuple(
    text for code in codes().values() for text in (code.wrong, code.right)
)


def _holds(text: str) -> None:
    source = Source("any.policy", text)
    loaded = load(source)
    assert loaded.policy is not None or loaded.errors
    assert bool(loaded.rendered()) == bool(loaded.diagnostics)
    lines = text.count("\n") + 1
    for one in loaded.diagnostics:
        if one.span.file == source.name:
            assert 1 <= one.span.line <= lines
            assert one.span.column >= 1


@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_no_sequence_of_words_makes_loading_raise(text: str) -> None:
    _holds(text)


@given(st.text(max_size=200))
def test_no_text_makes_loading_raise(text: str) -> None:
    _holds(text)


@given(st.sampled_from(_SEEDS), st.data())
def test_no_damage_to_a_good_file_makes_loading_raise(seed: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 30)))
    put = data.draw(st.one_of(st.sampled_from(_WORDS), st.text(max_size=5)))
    _holds(f'policy "x"\n{seed[:start]}{put}{seed[end:]}')


@pytest.mark.parametrize(
    "text",
    [
        'block "x" when ' + "(" * 5_000 + "unsure" + ")" * 5_000,
        'block "x" when ' + "not " * 5_000 + "unsure",
        'block "x" when ' + "unsure implies " * 5_000 + "unsure",
        'block "x" when ' + "unsure and " * 5_000 + "unsure",
        "\n".join(f"define d{i}: d{i + 1} and d{i + 1}" for i in range(300)),
        "block " + '"' * 1_001,
        "fact x: number up to " + "9" * 10_000,
        'block "x" when order.age > ' + "9" * 10_000 + " months",
    ],
    ids=("parentheses", "not", "implies", "and", "defines", "quotes", "digits", "months"),
)
def test_great_depth_and_length_is_a_mistake_not_a_crash(text: str) -> None:
    _holds(f'policy "x"\n{text}\n')


def test_one_broken_item_does_not_hide_the_next() -> None:
    parsed = parse(Source("a.policy", 'block "a" when ((\nblock "b" when unsure\n'))
    assert len(parsed.diagnostics) == 1
    assert [item.title.text for item in parsed.document.items if isinstance(item, RuleSyntax)] == [
        "b"
    ]


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert load(Source("a.policy", '\ufeffpolicy "x"\n')).diagnostics == ()


def test_places_are_those_of_the_file() -> None:
    parsed = parse(
        Source("a.policy", '# note\n\nuse fraud\n\n  # note\nblock "b"\n  when unsure\n')
    )
    rule = parsed.document.items[1]
    assert isinstance(rule, RuleSyntax)
    assert (rule.span.line, rule.span.end_line) == (6, 7)
    assert (rule.clauses[0].span.line, rule.clauses[0].span.column) == (7, 3)
    assert (rule.clauses[0].span.end_column, rule.title.span.column) == (14, 7)
