from __future__ import annotations

import numpy as np

from classifier.fitting import NEVER, Design, Head
from classifier.scoring import AdditiveScorer

_SEED = 3
_LABELS = (
    ("where is my parcel", "parcel not here yet", "is my parcel late", "my parcel where"),
    ("cancel my order", "please cancel the order", "cancel this", "order cancel please"),
    ("refund my money", "money back please", "i want my money", "refund the money"),
)
_TEXTS = [[text.split()] for texts in _LABELS for text in texts]
_TRUTH = [label for label, texts in enumerate(_LABELS) for _ in texts]


def _heads(
    rows: list[int], truth: list[int], *, count: int = 3, texts: list[list[list[str]]] = _TEXTS
) -> tuple[Design, list[Head]]:
    design = Design(texts)
    return design, design.heads(rows, truth, count, strength=0.5, seed=_SEED)


def _scores(design: Design, heads: list[Head], unit: list[str]) -> np.ndarray:
    scorer = AdditiveScorer(design.vocabulary, np.stack([weights for weights, _ in heads], axis=1))
    bias = np.array([one for _, one in heads])
    scores: np.ndarray = scorer.sums([unit])[0] / np.sqrt(len(unit)) + bias
    return scores


def test_each_head_parts_its_label_from_all_others() -> None:
    design, heads = _heads(list(range(len(_TEXTS))), _TRUTH)
    for text, label in zip(_TEXTS, _TRUTH, strict=True):
        scores = _scores(design, heads, text[0])
        assert scores.argmax() == label
        assert scores[label] > 0 > np.delete(scores, label).max()


def test_the_weights_are_for_plain_features_as_the_scorer_adds_them_up() -> None:
    """Scale and emphasis of the fit are in the weights: matrix and scorer say the same."""
    design, heads = _heads(list(range(len(_TEXTS))), _TRUTH)
    for label, head in enumerate(heads):
        expected = [_scores(design, heads, text[0])[label] for text in _TEXTS]
        found = design.scores(range(len(_TEXTS)), head)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_a_label_without_examples_is_never_given() -> None:
    design, heads = _heads(list(range(len(_TEXTS))), [0] * 4 + [2] * 4 + [3] * 4, count=5)
    for label in (1, 4):
        weights, bias = heads[label]
        assert bias == NEVER
        assert not weights.any()
    assert _scores(design, heads, ["cancel", "order"]).argmax() == 2


def test_two_labels_are_told_apart_too() -> None:
    rows = list(range(8))
    design, heads = _heads(rows, _TRUTH[:8])
    for row in rows:
        assert _scores(design, heads, _TEXTS[row][0]).argmax() == _TRUTH[row]
    assert [bias == NEVER for _, bias in heads] == [False, False, True]


def test_a_rare_label_is_found_beside_a_frequent_one() -> None:
    """Labels weigh the same however many examples they have."""
    many = [[text] for texts in (_TEXTS[:4] * 30, _TEXTS[4:8], _TEXTS[8:]) for (text,) in texts]
    truth = [0] * 120 + [1] * 4 + [2] * 4
    design, heads = _heads(list(range(len(many))), truth, texts=many)
    assert _scores(design, heads, ["please", "cancel"]).argmax() == 1
    assert _scores(design, heads, ["my", "money"]).argmax() == 2


def test_only_the_texts_at_the_rows_given_are_learned_from() -> None:
    """So that folds can share a design: a word of other texts alone weighs nothing."""
    others = [[["my", "voucher"]], [["voucher", "code"]]]
    design, heads = _heads(list(range(len(_TEXTS))), _TRUTH, texts=[*_TEXTS, *others])
    weighed = np.any([weights for weights, _ in heads], axis=0)
    assert weighed[design.vocabulary["parcel"]]
    assert not weighed[design.vocabulary["voucher"]]


def test_a_feature_of_one_text_alone_is_left_out() -> None:
    vocabulary = Design(_TEXTS).vocabulary
    assert "parcel" in vocabulary
    assert "late" not in vocabulary


def test_the_same_texts_and_seed_give_the_same_heads() -> None:
    once, again = (_heads(list(range(len(_TEXTS))), _TRUTH)[1] for _ in range(2))
    for (weights, bias), (other, its_bias) in zip(once, again, strict=True):
        np.testing.assert_array_equal(weights, other)
        assert bias == its_bias
