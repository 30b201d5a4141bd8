"""Codes of a column stand for values that no rule tells apart from the column's own."""

from bisect import bisect_right

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from policy.columns import column
from policy.facts import EnumType, Fact, NumberType, Origin, SetType, TextType, Unit, Value
from policy.rules import AtLeast, Condition, Has, TextOperator, TextTest
from policy.tables import Asked, table
from tests.policy.strategies import NOWHERE

LARGEST = 1 << 62


def _fact(kind: NumberType | SetType | TextType | EnumType, ordinary: Value) -> Fact:
    return Fact("one", kind, Origin.REQUEST, "a fact", ordinary)


def _values(fact: Fact, conditions: list[Condition], frame: pl.DataFrame) -> list[Value | None]:
    """What the codes of each row stand for."""
    made = column(table(fact, [Asked(one, 1 << at, 0) for at, one in enumerate(conditions)], 0))
    coded = made.coded(frame)
    return [coded.values[code] for code in coded.codes.tolist()]


@st.composite
def _bounds(draw: st.DrawFn) -> list[int]:
    """Bounds far apart, and many of them close together: none, one or several fall in a slot."""
    far = st.one_of(st.integers(-LARGEST, LARGEST), st.sampled_from((-LARGEST, LARGEST)))
    spread = draw(st.lists(far, max_size=4))
    near = draw(st.integers(-LARGEST, LARGEST - 50))
    return [*spread, *(near + step for step in draw(st.sets(st.integers(0, 50), max_size=20)))]


@given(_bounds(), st.data())
def test_a_number_has_reached_the_bounds_that_its_code_says(
    bounds: list[int], data: st.DataObject
) -> None:
    fact = _fact(NumberType(Unit.COUNT, -LARGEST, LARGEST), 0)
    near = [bound + step for bound in bounds for step in (-1, 0, 1)]
    some = st.sampled_from(near) if near else st.nothing()
    numbers = data.draw(
        st.lists(st.one_of(some, st.integers(-(1 << 63), (1 << 63) - 1), st.none()), max_size=20)
    )
    conditions: list[Condition] = [AtLeast("one", bound, NOWHERE) for bound in bounds]
    frame = pl.DataFrame({"one": numbers}, schema={"one": pl.Int64})
    ordered = sorted(bounds)
    for number, value in zip(numbers, _values(fact, conditions, frame), strict=True):
        if number is None or not -LARGEST <= number <= LARGEST:
            assert value is None
        else:
            assert isinstance(value, int)
            assert bisect_right(ordered, value) == bisect_right(ordered, number)


def test_bounds_as_far_apart_as_they_can_be() -> None:
    fact = _fact(NumberType(Unit.COUNT, -LARGEST, LARGEST), 0)
    bounds = [-LARGEST, -LARGEST // 2, 0, LARGEST // 2, LARGEST]
    conditions: list[Condition] = [AtLeast("one", bound, NOWHERE) for bound in bounds]
    assert _values(fact, conditions, pl.DataFrame({"one": bounds})) == bounds


@given(st.sets(st.integers(0, 129), max_size=25), st.data())
def test_of_a_set_the_members_that_are_asked_for(asked: set[int], data: st.DataObject) -> None:
    names = tuple(f"t{number}" for number in range(130))
    fact = _fact(SetType(names), frozenset())
    sets = data.draw(st.lists(st.one_of(st.none(), st.sets(st.integers(0, 129))), max_size=6))
    words = {
        f"one:{start}" if start else "one": [
            None if members is None else sum(1 << one % 64 for one in members if one // 64 == at)
            for members in sets
        ]
        for at, start in enumerate((0, 64, 128))
    }
    frame = pl.DataFrame(words, schema=dict.fromkeys(words, pl.UInt64))
    conditions: list[Condition] = [Has("one", names[one], NOWHERE) for one in sorted(asked)]
    assert _values(fact, conditions, frame) == [
        None if members is None else frozenset(names[one] for one in members & asked)
        for members in sets
    ]


@given(st.lists(st.one_of(st.none(), st.text("aAß", max_size=3)), max_size=12))
def test_texts_are_folded_and_it_is_the_same_whether_coded_already(texts: list[str | None]) -> None:
    fact = _fact(TextType(), "")
    conditions: list[Condition] = [TextTest("one", TextOperator.EQUALS, "a", NOWHERE)]
    expected = [None if text is None else text.casefold() for text in texts]
    for kind in (pl.String(), pl.Categorical()):
        frame = pl.DataFrame({"one": texts}, schema={"one": pl.String}).cast({"one": kind})
        assert _values(fact, conditions, frame) == expected


def test_a_column_that_is_not_there_is_unknown() -> None:
    frame = pl.DataFrame({"other": [1, 2]})
    for fact in (
        _fact(TextType(), ""),
        _fact(NumberType(Unit.COUNT, 0, 9), 0),
        _fact(EnumType(("a", "b")), "a"),
        _fact(SetType(("a",)), frozenset()),
    ):
        assert _values(fact, [], frame) == [None, None]
