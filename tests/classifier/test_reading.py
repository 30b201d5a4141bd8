from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import reading
from classifier.prediction import MessageText
from classifier.reading import MESSAGES_AT_ONCE, batches


@given(st.lists(st.integers(0, 9), max_size=400))
def test_batches_hold_every_message_once_and_in_order(lengths: list[int]) -> None:
    messages = [MessageText("", "x" * length) for length in lengths]
    found = list(batches(messages))
    assert [one for batch in found for one in batch] == messages
    assert all(0 < len(batch) <= MESSAGES_AT_ONCE for batch in found)


def test_long_messages_are_read_in_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHARACTERS_AT_ONCE", 10)
    messages = [MessageText("", "x" * length, hidden="y" * 4) for length in (3, 3, 9, 50)]
    assert [len(batch) for batch in batches(messages)] == [2, 1, 1]
