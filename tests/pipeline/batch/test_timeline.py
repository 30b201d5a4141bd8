from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.timeline import timeline

DAYS = st.dictionaries(
    st.tuples(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.sampled_from("ab")),
    st.integers(1, 50),
    max_size=30,
)


@given(DAYS)
def test_every_message_is_in_a_column_or_counted_outside(days: dict[tuple[date, str], int]) -> None:
    found = timeline(days)
    shown = sum(sum(values) for values in found.counts.values())
    assert shown + found.outside == sum(days.values())
    assert all(len(values) == len(found.labels) for values in found.counts.values())


def test_days_without_mail_have_a_column_too() -> None:
    found = timeline({(date(2026, 3, 1), "a"): 2, (date(2026, 3, 4), "b"): 1})
    assert found.labels == ("1 Mar", "2 Mar", "3 Mar", "4 Mar")
    assert found.counts == {"a": (2, 0, 0, 0), "b": (0, 0, 0, 1)}


def test_the_unit_grows_with_the_span() -> None:
    def unit(span: int) -> str:
        return timeline({(date(2020, 1, 1) + timedelta(n), "a"): 1 for n in range(span)}).unit

    assert [unit(30), unit(200), unit(1_000), unit(5_000)] == ["day", "week", "month", "year"]


def test_absurd_dates_do_not_squeeze_the_rest() -> None:
    days = {(date(2026, 3, 1) + timedelta(n), "a"): 10 for n in range(20)}
    found = timeline({**days, (date(1970, 1, 1), "a"): 1, (date(2099, 1, 1), "a"): 1})
    assert (found.unit, len(found.labels), found.outside) == ("day", 20, 2)
