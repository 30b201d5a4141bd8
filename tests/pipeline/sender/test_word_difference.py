from difflib import SequenceMatcher
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.sender.word_difference import Piece, word_difference

TEXTS = st.text(alphabet="ab \n.é", max_size=40)


@given(TEXTS, TEXTS)
@example("a " * 1500, "b " * 1500)
@example("a b\n" * 1500, "a c\n" * 1500)
def test_the_pieces_make_up_both_texts_and_none_stands_beside_its_like(
    before: str, after: str
) -> None:
    pieces = word_difference(before, after)
    assert "".join(one.text for one in pieces if one.change != "inserted") == before
    assert "".join(one.text for one in pieces if one.change != "deleted") == after
    assert all(one.text for one in pieces)
    assert all(one.change != two.change for one, two in pairwise(pieces))


def test_whole_words_are_told_apart() -> None:
    assert word_difference("Your refund is on its way.", "Your refund is not on its way!") == [
        Piece("same", "Your refund is "),
        Piece("inserted", "not "),
        Piece("same", "on its way"),
        Piece("deleted", "."),
        Piece("inserted", "!"),
    ]


def test_a_space_between_changed_words_tears_nothing_apart() -> None:
    assert word_difference("Re: I did not order this", "Re: Your charge") == [
        Piece("same", "Re: "),
        Piece("deleted", "I did not order this"),
        Piece("inserted", "Your charge"),
    ]


def test_what_is_the_same_is_one_piece_and_nothing_is_none() -> None:
    assert word_difference("as it was", "as it was") == [Piece("same", "as it was")]
    assert word_difference("", "") == []


def test_a_text_that_was_written_anew_is_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    search, searched = SequenceMatcher.find_longest_match, []

    def counted(self: "SequenceMatcher[str]", *places: int) -> object:
        searched.append(places)
        return search(self, *places)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", counted)
    before, after = (" ".join(f"{letter}{place}" for place in range(400)) for letter in "ab")
    assert [piece.text for piece in word_difference(before, after)] == [before, after]
    assert len(searched) == 1
