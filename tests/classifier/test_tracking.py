from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from classifier.tracking import TrackedText

_TEXT = st.text("ab1 ", max_size=20)


@given(_TEXT, st.sampled_from(["", "x", "yy", "long one"]))
def test_a_replacement_is_that_of_re_and_points_into_what_it_replaced(text: str, new: str) -> None:
    pattern = re.compile("a+|1b")
    found = TrackedText.of(text).sub(pattern, lambda _: new)
    assert found.text == pattern.sub(new, text)
    origins = list(map(found.origin, range(len(found.text))))
    assert origins == sorted(origins)
    for character, origin in zip(found.text, origins, strict=True):
        inside = any(match.start() <= origin < match.end() for match in pattern.finditer(text))
        assert inside or text[origin] == character


def test_what_stays_the_same_keeps_its_places() -> None:
    text = TrackedText("stolen", [0, 3], [0, 5])
    assert text.sub(re.compile("tol"), lambda _: "tol") == text


def test_changes_may_follow_one_another() -> None:
    once = TrackedText.of("a b c").sub(re.compile(" "), lambda _: "")
    assert once == TrackedText("abc", [0, 1, 2], [0, 2, 4])
    assert once.sub(re.compile("bc"), lambda _: "xy") == TrackedText("axy", [0, 1, 2], [0, 2, 4])
    longer = once.sub(re.compile("b"), lambda _: "xyz")
    assert longer == TrackedText("axyzc", [0, 1, 2, 3, 4], [0, 2, 2, 2, 4])
