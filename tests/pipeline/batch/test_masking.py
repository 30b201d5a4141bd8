import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.masking import masked
from pipeline.mail.card_numbers import redact_card_numbers

CARD = "4111 1111 1111 1111"
TEXT = pa.large_string()
TEXTS = pa.large_list(TEXT)


def batch(columns: dict[str, list[object]], **types: pa.DataType) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(columns, schema=pa.schema(types))


def texts(*found: str | None) -> pa.RecordBatch:
    return batch({"text": list(found)}, text=TEXT)


def test_a_card_number_is_masked_wherever_it_stands() -> None:
    table = batch(
        {
            "text": [f"my card is {CARD}", "order 4711"],
            "list": [[CARD, "x"], []],
            "nested": [[{"text": CARD, "n": 1}], [{"text": "y", "n": 2}]],
            "struct": [{"a": CARD}, {"a": None}],
            "number": [1, 2],
        },
        text=TEXT,
        list=TEXTS,
        nested=pa.large_list(pa.struct([("text", TEXT), ("n", pa.int64())])),
        struct=pa.struct([("a", TEXT)]),
        number=pa.int64(),
    )
    clean = masked(table)
    assert CARD in str(table.to_pylist())
    assert CARD not in str(clean.to_pylist())
    assert "1111" in clean["text"][0].as_py()
    assert clean.schema == table.schema
    assert clean[1:] == table[1:]


def test_a_part_of_a_batch_is_masked_alone() -> None:
    table = texts("order 4711", CARD, None, f"ä {CARD}", "&#52;111111111111111", "x")
    whole = masked(table).to_pylist()
    assert [row["text"] for row in whole] == [
        "order 4711", "card •••• 1111", None, "ä card •••• 1111", "card •••• 1111", "x",
    ]  # fmt: skip
    for start in range(6):
        assert masked(table[start : start + 3]).to_pylist() == whole[start : start + 3]


@given(st.lists(st.text(st.characters(exclude_categories=["N", "Cs"], exclude_characters="&"))))
def test_text_without_digits_is_untouched(found: list[str]) -> None:
    assert masked(texts(*found)) == texts(*found)


CARDS = st.sampled_from(["&#52;111111111111111", "４111-1111-1111-1111", CARD])


@given(st.text("0123456789 -.\n", max_size=10), CARDS)
def test_no_disguise_slips_past_the_quick_look(around: str, card: str) -> None:
    table = texts(f"{around}a{card}b{around}")
    assert masked(table) != table


SCRAPS = st.sampled_from(
    ["4111", "1111", "4", "1", "²", "٤", "１", " ", "-", "\n", "<b>", "</td ", ">", "<", "x", "é",
     "\u200b", "&#49;", "&#x31;", "&#", "．", "①"]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=40).map("".join), st.sampled_from(["", CARD, "4111111111111111"]))
def test_masking_a_table_is_redacting_each_text(around: str, card: str) -> None:
    text = around + card + around
    clean = redact_card_numbers(text)[0]
    nested = pa.large_list(pa.struct([("a", TEXTS), ("n", pa.int64())]))
    table = batch(
        {"text": [text], "nested": [[{"a": [text, None], "n": 1}, None]]}, text=TEXT, nested=nested
    )
    assert masked(table).to_pylist() == [
        {"text": clean, "nested": [{"a": [clean, None], "n": 1}, None]}
    ]
