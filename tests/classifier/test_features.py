from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.features import MAXIMUM_SENTENCE, units, words
from classifier.text import normal_form, sentences

_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("ab 1.,!?)\"'\n\t\u2028")), max_size=150
).map(normal_form)


@given(st.one_of(_TEXT, st.lists(_TEXT, max_size=5).map("\n".join)))
def test_units_are_the_words_of_the_sentences(text: str) -> None:
    expected = [found for start, end in sentences(text) if (found := words(text[start:end]))]
    if all(len(found) <= MAXIMUM_SENTENCE for found in expected):
        assert list(units(text)) == expected


def test_wrapped_lines_are_read_as_one_sentence() -> None:
    wrapped = "there is a payment on my statement that is not known\nto me"
    assert list(units(wrapped)) == [words(wrapped)]


def test_a_long_sentence_is_read_in_windows_that_overlap() -> None:
    long = [f"w{chr(97 + index % 26)}" for index in range(100)]
    found = list(units(" ".join(long)))
    assert all(len(unit) <= MAXIMUM_SENTENCE for unit in found)
    assert found[0][MAXIMUM_SENTENCE // 2 :] == found[1][: MAXIMUM_SENTENCE // 2]
    assert found[-1][-1] == long[-1]
