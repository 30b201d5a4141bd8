"""Links that only we can have made, each for one purpose."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.sender.links import opened, sealed

SECRET = b"s" * 32
TEXTS = st.text(st.characters(codec="utf-8"))


@given(TEXTS)
def test_what_was_sealed_is_opened(text: str) -> None:
    token = sealed(SECRET, "confirm", text)
    assert opened(SECRET, "confirm", token) == text
    assert opened(SECRET, "unsubscribe", token) is None
    assert opened(b"t" * 32, "confirm", token) is None
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(TEXTS, st.data())
def test_a_changed_link_opens_nothing(text: str, data: st.DataObject) -> None:
    token = sealed(SECRET, "confirm", text)
    place = data.draw(st.integers(0, len(token) - 2))  # the last letter may hold unused bits
    other = data.draw(st.sampled_from("Aa0-_").filter(lambda letter: letter != token[place]))
    assert opened(SECRET, "confirm", token[:place] + other + token[place + 1 :]) is None


@given(st.text())
def test_anything_else_opens_nothing(token: str) -> None:
    assert opened(SECRET, "confirm", token) is None
