"""Whatever a stranger writes, a page shows it and obeys none of it."""

import unicodedata
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from pipeline.console.untrusted import visible


@given(st.text())
def test_only_our_own_markup_comes_out_and_nothing_hides(text: str) -> None:
    shown = str(visible(text))
    ours = shown.replace('<span class="hidden-character" title="', "").replace("</span>", "")
    assert "<" not in ours
    assert "'" not in ours
    for character in unescape(shown):
        hides = unicodedata.category(character) in {"Cf", "Cc", "Co", "Cs", "Cn", "Zl", "Zp"}
        assert not hides or character in "\t\n\r\u200d\ufe0f\u00ad"


def test_ordinary_text_is_only_escaped() -> None:
    assert visible("Grüße, 5 < 6 & 👩‍🚒\n") == "Grüße, 5 &lt; 6 &amp; 👩‍🚒\n"


def test_a_card_number_shows_its_last_four_digits() -> None:
    assert "4111 1111" not in visible("4111 1111 1111 1111")
    assert "1111" in visible("4111 1111 1111 1111")


def test_the_direction_of_reading_is_not_turned_round() -> None:
    assert "U+202E" in visible("\u202egnp.exe")
    assert "right-to-left override" in visible("\u202egnp.exe")
