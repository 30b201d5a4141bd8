from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.spelling import Speller

_SPELLER = Speller(
    {"stolen": 5, "card": 50, "care": 5, "payment": 20, "my": 90, "i": 90, "book": 3}
)
_WORDS = st.sampled_from(sorted(_SPELLER.known))


@pytest.mark.parametrize(
    ("token", "meant"),
    [
        ("stolne", "stolen"),
        ("stlen", "stolen"),
        ("stoolen", "stolen"),
        ("cardd!", "card!"),
        ("st0l3n", "stolen"),
        ("$tolen!!", "stolen!!"),
        ("caaaard", "card"),
        ("boook", "book"),
        ("carx", "card"),
        ("d1dnt", "did not"),
        ("didtn", "did not"),
        ("ddin't", "did not"),
        ("crd", "card"),
        ("csn't", "can not"),
        ("c@rd5", "cards"),
        ("p4ym3n75", "payments"),
    ],
)
def test_slips_are_mended(token: str, meant: str) -> None:
    assert _SPELLER.repair(token) == meant


@pytest.mark.parametrize(
    "token", ["4711", "a1b2c3", "xylophone", "hard", "boo", "cre", "qayment", ""]
)
def test_in_doubt_a_word_stays(token: str) -> None:
    assert _SPELLER.repair(token) == token


def test_the_likelier_slip_of_the_finger_decides() -> None:
    speller = Speller({"charge": 9, "change": 12})
    assert speller.repair("chatge") == "charge"
    assert speller.repair("chabge") == "change"


def test_digits_alone_are_letters_only_where_all_are() -> None:
    speller = Speller({"is": 9, "it": 9, "stolen": 5, "card": 5, "payment": 5, "my": 9, "i": 9})
    assert speller.mend("my card 15 st0l3n") == "my card 15 stolen"
    assert speller.mend("! my c4rd p4ym3nt 17 15 st0l3n 4711") == (
        "i my card payment it is stolen 4711"
    )


@given(_WORDS)
def test_known_words_are_left_alone(word: str) -> None:
    assert _SPELLER.repair(word) == word
    assert _SPELLER.split(word) == word


@given(st.lists(st.sampled_from(["stolen", "card", "payment", "my"]), min_size=1, max_size=8))
def test_run_together_words_come_apart(words: list[str]) -> None:
    assert _SPELLER.split("".join(words)) == " ".join(words)


def test_letters_of_no_word_stay_together_among_words() -> None:
    assert _SPELLER.split("stolencardxyzmypayment") == "stolen card xyz my payment"
    assert _SPELLER.split("qqqqqcard") == "qqqqqcard"


@given(st.text("abcdmyst", max_size=30))
def test_splitting_never_changes_a_letter(letters: str) -> None:
    assert _SPELLER.split(letters).replace(" ", "") == letters


@given(st.text(max_size=40))
def test_any_token_is_repaired_to_something(token: str) -> None:
    assert bool(_SPELLER.repair(token)) == bool(token)
