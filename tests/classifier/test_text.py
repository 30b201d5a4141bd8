from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.spelling import Speller
from classifier.text import MAXIMUM_LENGTH, normal_form, normal_text, sentences

_KNOWN = Speller({"stolen": 9, "fraud": 9, "card": 9, "account": 9})
_TRICKY = st.text(
    st.one_of(st.characters(), st.sampled_from("aeiosdtn'.!0134@$ &#;\n\u200b\u0430\u0455\uff46")),
    max_size=60,
)


@pytest.mark.parametrize(
    "disguised",
    [
        "stolen card",
        "STOLEN CARD",
        "ｓｔｏｌｅｎ ｃａｒｄ",
        "ѕtоlеn cаrd",
        "s\u200bt\u200bo\u200blen c\u00adard",
        "𝐬𝐭𝐨𝐥𝐞𝐧 𝓬𝓪𝓻𝓭",
        "s̶t̶o̶l̶e̶n̶ card",
        "stólen cärd",
        "s t o l e n card",
        "s.t.o.l.e.n card",
        "s-t-o-l-e-n card",
        "st0len c4rd",
        "$tol3n card",
        "st&#111;len card",
        "stollen crad",
        "stoooolen carrrd",
        "s t o l e n c a r d",
        "st0leen card",
    ],
)
def test_disguises_are_undone(disguised: str) -> None:
    assert normal_form(disguised, _KNOWN) == "stolen card"


def test_codes_are_not_taken_for_leet() -> None:
    assert normal_form("order a1b2c3, size 40", _KNOWN) == "order a1b2c3, size 40"


def test_contractions_are_written_out() -> None:
    assert normal_form("I didn’t, I DIDNT; we've, can't") == (
        "i did not, i did not; we have, can not"
    )


@given(_TRICKY)
def test_both_forms_agree_and_places_are_in_order(text: str) -> None:
    normal = normal_text(text, _KNOWN)
    assert normal.text == normal_form(text, _KNOWN)
    spans = [normal.span(start, start + 1) for start in range(len(normal.text))]
    assert spans == sorted(spans)
    assert all(0 <= first < last <= len(text) for first, last in spans)


@given(_TRICKY)
def test_sentences_hold_every_word_once(text: str) -> None:
    normal = normal_form(text)
    spans = list(sentences(normal))
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    joined = "".join(normal[start:end] for start, end in spans)
    assert "".join(joined.split()) == "".join(normal.split())


def test_wrapped_lines_are_one_sentence_and_short_lines_are_their_own() -> None:
    wrapped = "i would like to know why there is a payment on my statement that\ni never made"
    assert len(list(sentences(wrapped))) == 1
    assert len(list(sentences("hello\nwhere is it\n\nthanks"))) == 3


def test_overlong_text_is_cut_and_says_so() -> None:
    assert normal_text("a " * MAXIMUM_LENGTH).cut
    assert not normal_text("a").cut
