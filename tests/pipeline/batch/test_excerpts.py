import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.excerpts import excerpt


def test_addresses_and_long_numbers_are_masked_and_order_numbers_are_not() -> None:
    text = (
        "Write to ann.lee@x.example or call\n+44 20 7946 0018 about CS-48222, card 4111111111111111"
    )
    shown = excerpt(text)
    assert shown.startswith("Write to a…@x.example or call +…18 about CS-48222, card ")
    assert "4111111111111111" not in shown
    assert "7946" not in shown


@given(st.text(), st.integers(10, 300))
def test_an_excerpt_is_one_line_of_the_length_asked_for(text: str, length: int) -> None:
    shown = excerpt(text, length)
    assert len(shown) <= length
    assert "\n" not in shown


@given(st.text(st.sampled_from("0123456789 .-x"), max_size=60))
def test_no_seven_digits_in_a_row_are_shown(text: str) -> None:
    assert not re.search(r"\d{7}", excerpt(text))
