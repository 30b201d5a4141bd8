import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.card_numbers import contains_card_number, redact_card_numbers

VISA = "4111111111111111"
DISGUISES = [
    "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4111.1111.1111.1111",
    "4111\u00a01111\u00a01111\u00a01111", "4111\u20091111\u20091111\u20091111",
    "４１１１１１１１１１１１１１１１", "٤١١١١١١١١١١١١١١١", "4111\u200b1111\u200b1111\u200b1111",
    "4111\u00ad1111\u00ad1111\u00ad1111", "4111\n1111\n1111\n1111",
    "4111 1111\n1111 1111", "<b>4111</b><i>1111</i> 1111 1111", "<td>4111</td>1111<br>1111 1111",
    "&#52;111111111111111", "&#x34;111111111111111", "4111–1111–1111–1111", "3782 822463 10005",
    "5555 5555 5555 4444", "6011 1111 1111 1117", "3530 1113 3330 0000", "a:4111111111111111.",
]  # fmt: skip
HARMLESS = [
    "", "order 1001", "1234567812345678", "4111 1111 1111 1112", "0000000000000000",
    "1111111111111111", "DE89 3704 0044 0532 0130 00", "tracking 1Z999AA10123456784",
    "+49 30 901820 123 44", "parcel 41111111111111111111111", "2026-11-24 10:00:00 2026-11-25",
]  # fmt: skip


@pytest.mark.parametrize("text", DISGUISES)
def test_a_disguised_number_is_found_and_masked(text: str) -> None:
    assert contains_card_number(text)
    masked, count = redact_card_numbers(f"before {text} after")
    assert count == 1
    assert not contains_card_number(masked)
    assert masked.startswith("before")
    assert masked.endswith("after")
    assert "card ••••" in masked


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_card_number_is_left_alone(text: str) -> None:
    assert not contains_card_number(text)
    assert redact_card_numbers(text) == (text, 0)


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([" ", "", "-", "\u200b"]))
def test_no_surrounding_hides_a_number_set_apart(before: str, after: str, between: str) -> None:
    number = between.join(VISA[at : at + 4] for at in range(0, 16, 4))
    if "<" in before or "&" in before or ">" in after:
        return  # the number might stand inside a tag, where nobody reads it
    assert contains_card_number(f"{before} : {number} : {after}")


@given(st.text(st.sampled_from("0123456789 -.<>&#x;٤４\u200bab"), max_size=400))
def test_masking_leaves_no_number(text: str) -> None:
    masked, _ = redact_card_numbers(text)
    assert not contains_card_number(masked)


def test_a_megabyte_is_read_in_no_time() -> None:
    assert not contains_card_number("4111 1111 1111 1112 " * 20_000)
    assert not contains_card_number("4" * 500_000)
