import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.masking import masked
from pipeline.mail.card_numbers import redact_card_numbers

CARD = "4111 1111 1111 1111"


def test_a_card_number_is_masked_wherever_it_stands() -> None:
    table = pl.DataFrame(
        {
            "text": [f"my card is {CARD}", "order 4711"],
            "list": [[CARD, "x"], []],
            "nested": [[{"text": CARD, "n": 1}], [{"text": "y", "n": 2}]],
            "struct": [{"a": CARD}, {"a": None}],
            "number": [1, 2],
        }
    )
    before = table.clone()
    clean = masked(table)
    assert table.equals(before)
    assert CARD not in str(clean.to_dicts())
    assert "1111" in clean["text"][0]
    assert clean.schema == table.schema
    assert clean.row(1) == table.row(1)


@given(st.lists(st.text(st.characters(exclude_categories=["N", "Cs"], exclude_characters="&"))))
def test_text_without_digits_is_untouched(texts: list[str]) -> None:
    table = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    assert masked(table).equals(table)


CARDS = st.sampled_from(["&#52;111111111111111", "４111-1111-1111-1111", CARD])


@given(st.text("0123456789 -.\n", max_size=10), CARDS)
def test_no_disguise_slips_past_the_quick_look(around: str, card: str) -> None:
    table = pl.DataFrame({"text": [f"{around}a{card}b{around}"]})
    assert not masked(table).equals(table)


SCRAPS = st.sampled_from(
    ["4111", "1111", "4", "1", "²", "٤", "１", " ", "-", "\n", "<b>", "</td ", ">", "<", "x", "é",
     "\u200b", "&#49;", "&#x31;", "&#", "．", "①"]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=40).map("".join), st.sampled_from(["", CARD, "4111111111111111"]))
def test_masking_a_table_is_redacting_each_text(around: str, card: str) -> None:
    text = around + card + around
    clean = redact_card_numbers(text)[0]
    table = pl.DataFrame({"text": [text], "nested": [[{"a": [text, None], "n": 1}, None]]})
    found = masked(table)
    assert found["text"][0] == clean
    assert found["nested"].to_list() == [[{"a": [clean, None], "n": 1}, None]]
