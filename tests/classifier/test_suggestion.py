from __future__ import annotations

from dataclasses import replace

import numpy as np

from classifier.labels import INTENTS
from classifier.prediction import MessageText, Prediction
from classifier.suggestion import suggest

FAR = np.float32(-30.0)


def prediction(first: float, *tags: str) -> Prediction:
    rest = dict.fromkeys(INTENTS, 0.0)
    rest |= {"refund": first, "return": 1.0 - first}
    return Prediction("refund", first, rest, frozenset(tags), (), "en", False, 0.0)


def test_the_most_uncertain_come_first_and_copies_later() -> None:
    messages = [
        MessageText("", text)
        for text in (
            "can i bring the lamp back", "can i bring the lamp back please", "it is fine thanks",
            "what about my money for the chair",
        )
    ]  # fmt: skip
    predictions = [prediction(p) for p in (0.50, 0.51, 0.99, 0.60)]
    found = suggest(messages, predictions, np.full(4, FAR), count=3)
    assert [one.index for one in found] == [0, 3, 1]
    assert {one.why for one in found} == {"uncertain"}
    assert found[0].uncertainty == 1.0


def test_a_message_at_the_fraud_threshold_is_near_fraud() -> None:
    messages = [MessageText("", text) for text in ("one", "two", "three")]
    margins = np.array([0.01, np.inf, -np.inf], dtype=np.float32)
    found = suggest(messages, [prediction(1.0)] * 3, margins, count=1)
    assert [(one.index, one.why) for one in found] == [(0, "near fraud")]


def test_the_random_part_is_of_unflagged_mail_and_repeatable() -> None:
    messages = [MessageText("", f"message {chr(97 + index)}") for index in range(20)]
    predictions = [prediction(1.0, *(["fraud_risk"] if index < 10 else [])) for index in range(20)]
    margins = np.full(20, FAR)
    found = suggest(messages, predictions, margins, count=0, random=6, seed=3)
    assert found == suggest(messages, predictions, margins, count=0, random=6, seed=3)
    assert len(found) == 6
    assert all(one.index >= 10 and one.why == "random" for one in found)
    assert found != suggest(messages, predictions, margins, count=0, random=6, seed=4)
    assert len(suggest(messages, predictions, margins, count=5, random=99)) <= 20


def test_a_language_that_is_not_read_comes_last() -> None:
    messages = [MessageText("", text) for text in ("wo ist meine lampe", "it is fine thanks")]
    foreign = replace(prediction(0.5), language="de")
    found = suggest(messages, [foreign, prediction(0.9)], np.full(2, FAR), count=2)
    assert [one.index for one in found] == [1, 0]


def test_nothing_to_choose_from() -> None:
    assert suggest([], [], np.zeros(0, dtype=np.float32), count=5, random=5) == []
