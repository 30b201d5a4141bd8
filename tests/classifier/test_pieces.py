from __future__ import annotations

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.features import word_features
from classifier.pieces import PieceTable

_KNOWN = ["card", "cards", "stolen", "\u4e2d\u6587\u5b57", "\U0001d400bc", "000", "a"]
_NAMES = [*{name: None for word in _KNOWN for name, _ in word_features(word)}, "my card"]
_VOCABULARY = {name: row for row, name in enumerate(_NAMES) if row % 5}
_TABLE = PieceTable(_VOCABULARY)
_WORDS = st.one_of(
    st.sampled_from(_KNOWN),
    st.text("<>_acdrst\u4e2d\u6587\U0001d400", min_size=1, max_size=30),
    st.integers(1, 16).map("0".__mul__),
)


@given(st.lists(_WORDS, min_size=1, max_size=8))
def test_many_words_have_the_features_of_each(words: list[str]) -> None:
    found = _TABLE.features_of(words)
    expected = [
        [
            (row, np.float32(value))
            for name, value in word_features(word)
            if (row := _VOCABULARY.get(name)) is not None
        ]
        for word in words
    ]
    assert found.counts.tolist() == list(map(len, expected))
    each = list(zip(found.features.tolist(), found.values, strict=True))
    assert each == list(chain.from_iterable(expected))


def test_nothing_is_known_without_a_vocabulary() -> None:
    assert not PieceTable({}).features_of(["card"]).counts.any()
