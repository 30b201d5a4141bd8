from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.correction import Corrector

_CORRECTOR = Corrector(
    {"stolen": 5, "card": 50, "care": 5, "payment": 20, "my": 90, "i": 90, "book": 3}
)
_WORDS = st.sampled_from(sorted(_CORRECTOR.known))


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
    assert _CORRECTOR.repair(token) == meant


@pytest.mark.parametrize(
    "token", ["4711", "a1b2c3", "xylophone", "hard", "boo", "cre", "qayment", ""]
)
def test_in_doubt_a_word_stays(token: str) -> None:
    assert _CORRECTOR.repair(token) == token


def test_the_likelier_slip_of_the_finger_decides() -> None:
    corrector = Corrector({"charge": 9, "change": 12})
    assert corrector.repair("chatge") == "charge"
    assert corrector.repair("chabge") == "change"


@given(_WORDS)
def test_known_words_are_left_alone(word: str) -> None:
    assert _CORRECTOR.repair(word) == word
    assert _CORRECTOR.split(word) == word


@given(st.lists(st.sampled_from(["stolen", "card", "payment", "my"]), min_size=1, max_size=8))
def test_run_together_words_come_apart(words: list[str]) -> None:
    assert _CORRECTOR.split("".join(words)) == " ".join(words)


def test_letters_of_no_word_stay_together_among_words() -> None:
    assert _CORRECTOR.split("stolencardxyzmypayment") == "stolen card xyz my payment"
    assert _CORRECTOR.split("qqqqqcard") == "qqqqqcard"


@given(st.text("abcdmyst", max_size=30))
def test_splitting_never_changes_a_letter(letters: str) -> None:
    assert _CORRECTOR.split(letters).replace(" ", "") == letters


@given(st.text(max_size=40))
def test_any_token_is_repaired_to_something(token: str) -> None:
    assert bool(_CORRECTOR.repair(token)) == bool(token)
