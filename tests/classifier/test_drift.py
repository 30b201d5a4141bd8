from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classifier.artifact import read_artifact
from classifier.drift import Profile, Shift, profile, shifts
from classifier.examples import Example
from classifier.labels import INTENTS
from classifier.model import Classifier
from classifier.prediction import MessageText


def made(
    count: int, *, seed: int, returns: float = 0.2, unsure: float = 0.1, length: float = 300.0
) -> Profile:
    """A profile drawn from known shares; nothing is classified."""
    random = np.random.default_rng(seed)
    return Profile(
        count,
        int((random.random(count) < unsure).sum()),
        {"intent": np.where(random.random(count) < returns, "return", "refund")},
        {"length": random.exponential(length, count)},
    )


def alarms(found: list[Shift]) -> list[str]:
    return [one.group for one in found if one.alarm]


@pytest.mark.parametrize("seed", range(20))
def test_the_same_kind_of_mail_raises_no_alarm(seed: int) -> None:
    assert alarms(shifts(made(400, seed=seed), made(300, seed=seed + 100))) == []


def test_each_kind_of_shift_raises_its_own_alarm() -> None:
    before = made(600, seed=1)
    assert alarms(shifts(before, made(600, seed=2, returns=0.5))) == ["intent"]
    assert alarms(shifts(before, made(600, seed=3, length=900.0))) == ["length"]
    assert alarms(shifts(before, made(600, seed=4, unsure=0.25))) == ["unsure"]
    assert alarms(shifts(before, made(600, seed=5, unsure=0.0))) == []  # fewer doubts alarm nobody


def test_a_sure_but_tiny_shift_is_no_alarm() -> None:
    before, after = made(60_000, seed=1), made(60_000, seed=2, returns=0.22)
    (intent,) = (one for one in shifts(before, after) if one.group == "intent")
    assert intent.p_value < 0.001
    assert not intent.alarm
    assert intent.size < 0.01


def test_what_changed_is_shown() -> None:
    found = shifts(made(500, seed=1, returns=0.1), made(500, seed=2, returns=0.9))
    intent = found[0]
    assert intent.group == "intent"
    assert {intent.before.split()[0], intent.after.split()[0]} == {"refund"} or {
        intent.before.split()[0]
    } == {"return"}
    assert intent.size > 1


def test_too_few_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="99 messages before and 500 after are too few"):
        shifts(made(99, seed=1), made(500, seed=2))


def test_other_mail_drifts_and_shuffled_mail_does_not(
    classifier: Classifier, model_folder: Path, examples: list[Example]
) -> None:
    vocabulary = read_artifact(model_folder).vocabulary
    # The model was trained on the others, and mail that it was trained on looks unlike all mail.
    usual = [MessageText(one.subject, one.text) for one in examples[::2]]
    foreign = [
        MessageText("", f"zqx wvk {index} jyq {'xq' * (index % 7 + 1)}") for index in range(150)
    ]
    even, odd = usual[::2], usual[1::2]
    before = profile(classifier, vocabulary, even)
    assert set(before.named["intent"]) <= set(INTENTS)
    assert alarms(shifts(before, profile(classifier, vocabulary, odd))) == []
    drifted = shifts(before, profile(classifier, vocabulary, foreign))
    assert {"intent", "unknown words", "unsure"} <= set(alarms(drifted))
