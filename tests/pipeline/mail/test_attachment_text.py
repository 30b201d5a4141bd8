"""What stands in attached files, and that no file does harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.attachment_text import texts_of
from tests.pipeline.mail.zipped import zipped

WORD = "word/document.xml"


def test_plain_text_is_read_and_what_is_none_is_not() -> None:
    assert list(texts_of("Größe\n".encode())) == ["Größe\n"]
    assert list(texts_of(b"\x89PNG\x00\x00")) == []
    assert list(texts_of(b"")) == []


def test_an_archive_is_read_member_by_member_with_their_names() -> None:
    data = zipped(**{"4111.txt": b"one", "inside/b.csv": b"two"})
    assert list(texts_of(data)) == ["4111.txt", "one", "inside/b.csv", "two"]


def test_a_number_in_pieces_of_one_paragraph_is_one() -> None:
    pieces = b"<w:p><w:r><w:t>4111 1111</w:t></w:r><w:r><w:t> 1111 1111</w:t></w:r></w:p>"
    assert "4111 1111 1111 1111" in list(texts_of(zipped(**{WORD: pieces})))


def test_cells_of_a_spreadsheet_are_not_run_together() -> None:
    cells = b"<row><c><v>4111</v></c><c><v>1111</v></c><c><v>1111</v></c><c><v>1111</v></c></row>"
    (_, text) = texts_of(zipped(**{"xl/worksheets/sheet1.xml": cells}))
    assert "41111111" not in text


def test_what_unpacks_to_very_much_is_read_in_part() -> None:
    data = zipped(**{"a.txt": b"0" * 30_000_000, "b.txt": b"never reached"})
    assert sum(len(text) for text in texts_of(data)) < 1_100_000


@pytest.mark.parametrize("cut", [5, 40, 200])
def test_a_damaged_archive_has_no_text(cut: int) -> None:
    assert "secret" not in list(texts_of(zipped(**{"a.txt": b"secret" * 40})[:cut]))


def test_a_locked_archive_gives_no_more_than_names() -> None:
    data = bytearray(zipped(**{"a.txt": b"secret"}))
    data[6] |= 1  # general purpose flag: encrypted
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "secret" not in list(texts_of(bytes(data)))


@given(st.binary(max_size=200), st.integers(0, 150))
def test_no_file_does_harm(data: bytes, place: int) -> None:
    good = zipped(**{"a.txt": b"text", "b.xml": b"<w:p>x</w:p>"})
    for file in (data, b"PK\x03\x04" + data, good[:place] + data + good[place:]):
        assert all(isinstance(text, str) for text in texts_of(file))


@pytest.mark.parametrize("piece", [b"<", b"<w:p>", b"</w:p>", b"<w:p ", b"<w:p></w:p"])
def test_text_that_never_ends_what_it_begins_is_read_at_once(piece: bytes) -> None:
    """A search from each beginning to the end of the text would take hours here."""
    assert list(texts_of(zipped(**{WORD: piece * (900_000 // len(piece))})))
