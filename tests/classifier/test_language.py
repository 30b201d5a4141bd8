from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.language import LISTED_WIDTH, languages_of_words, listed_words, recognise_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my order? I have not had it yet.", "en"),
        ("Wo ist meine Bestellung, bitte?", "de"),
        ("Où est ma commande ?", "fr"),
        ("¿Dónde está mi pedido?", "es"),
        ("Dov'è il mio ordine? Grazie", "it"),
        ("Gdzie jest moje zamówienie?", "pl"),
        ("Где мой заказ?", "ru"),
        ("注文はどこですか", "ja"),
        ("", "und"),
        ("4711", "und"),
    ],
)
def test_languages_are_told_by_function_words_and_script(text: str, language: str) -> None:
    assert recognise_language(text) == language


def test_a_word_in_another_script_does_not_decide() -> None:
    assert recognise_language("The parcel from Кипр is not here, where is it?") == "en"


@given(st.lists(st.sampled_from(["the", "die", "and", "und", "qq", "de."]), max_size=8))
def test_words_count_once_and_wherever_they_stand(words: list[str]) -> None:
    together = listed_words(" ".join(words))
    one_by_one = np.zeros(LISTED_WIDTH, dtype=np.uint64)
    for word in words:
        one_by_one |= listed_words(word)
    np.testing.assert_array_equal(together, one_by_one)
    assert languages_of_words(together[None]) == languages_of_words(one_by_one[None])
