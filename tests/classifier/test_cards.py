from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.cards import find_card_numbers, may_hold_card_number, passes_luhn
from classifier.text import normal_form

_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("4111 1111 1111 1111", "visa"),
        ("4111-1111-1111-1111", "visa"),
        ("4111.1111.1111.1111", "visa"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "visa"),
        ("４１１１１１１１１１１１１１１１", "visa"),
        ("4111\u200b1111\u200b1111\u200b1111", "visa"),
        ("4111\n1111\n1111 1111", "visa"),
        ("5555555555554444", "mastercard"),
        ("3782 822463 10005", "amex"),
        ("6011 1111 1111 1117", "discover"),
        ("four one one one " + "one " * 12, "visa"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "visa"),
    ],
)
def test_disguised_numbers_are_found(text: str, network: str) -> None:
    assert may_hold_card_number(normal_form(text))
    (found,) = find_card_numbers(f"my card is {text} thanks")
    assert found.network == network


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112",
        "+44 20 7946 0958 and 01632 960 001",
        "0000 0000 0000 0000",
        "tracking 00340434161094021501",
        "one two three four five six seven eight nine",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert find_card_numbers(text) == []


@given(st.lists(st.integers(0, 9), min_size=14, max_size=14), st.sampled_from(["", " ", "-", ". "]))
def test_any_visa_number_is_found_where_it_stands(digits: list[int], gap: str) -> None:
    body = "4" + "".join(map(str, digits))
    check = next(str(digit) for digit in range(10) if passes_luhn(body + str(digit)))
    written = gap.join(body + check)
    (found,) = find_card_numbers(f"number: {written}!")
    assert (found.start, found.end) == (8, 8 + len(written))
    assert found.last_four == (body + check)[-4:]


@given(st.text("0123456789", min_size=15, max_size=15))
def test_luhn_catches_every_single_wrong_digit(digits: str) -> None:
    check = next(str(digit) for digit in range(10) if passes_luhn(digits + str(digit)))
    whole = digits + check
    for place, digit in enumerate(whole):
        for other in "0123456789":
            if other != digit:
                assert not passes_luhn(whole[:place] + other + whole[place + 1 :])
