from __future__ import annotations

from classifier.labels import INTENTS, TAG_OF_INTENT, TAGS
from classifier.patterns import pattern_examples


def test_the_same_seed_draws_the_same_texts() -> None:
    assert pattern_examples(7) == pattern_examples(7)
    assert pattern_examples(7) != pattern_examples(8)


def test_every_pattern_expands_completely_to_labelled_text() -> None:
    examples = pattern_examples(1, draws=5)
    assert {example.intent for example in examples} == set(INTENTS)
    for example in examples:
        assert not set("{}<>|~") & set(example.text), example.text
        assert example.tags <= set(TAGS)
        tag = TAG_OF_INTENT.get(example.intent)
        assert tag is None or tag in example.tags


def test_hard_negatives_carry_no_tag() -> None:
    negatives = [example for example in pattern_examples(1, draws=2) if example.kind == "negative"]
    assert negatives
    assert not any(example.tags for example in negatives)
