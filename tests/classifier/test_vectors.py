"""Word vectors: a folder is read or refused, and a model trained with them needs them no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from classifier.examples import Example
from classifier.fitting import Design
from classifier.model import Classifier
from classifier.model_card import markdown_card
from classifier.prediction import MessageText
from classifier.scoring import AdditiveScorer
from classifier.training import train
from classifier.vectors import VectorsError, WordVectors, read_vectors

_VECTORS: Mapping[str, tuple[float, float, float]] = {
    "[UNK]": (9.0, 9.0, 9.0),
    "parcel": (4.0, 0.0, 0.0),
    "shipment": (4.0, 0.1, 0.0),
    "refund": (0.0, 4.0, 0.0),
    "reimburse": (0.1, 4.0, 0.0),
    "cancel": (0.0, 0.0, 4.0),
    "##ment": (0.0, 0.0, 0.5),
}
_TEXTS = [
    text.split()
    for text in (
        "where is my parcel", "parcel late", "refund me", "my refund please", "cancel it please",
        "cancel now",
    )
]  # fmt: skip
_TRUTH = [0, 0, 1, 1, 2, 2]


def write_vectors(folder: Path, *, kind: str = "WordPiece", readme: str = "") -> Path:
    folder.mkdir()
    numbers = np.array(list(_VECTORS.values()), dtype=np.float16)
    entry = {"dtype": "F16", "shape": list(numbers.shape), "data_offsets": [0, numbers.nbytes]}
    header = json.dumps({"embeddings": entry}).encode()
    raw = len(header).to_bytes(8, "little") + header + numbers.tobytes()
    (folder / "model.safetensors").write_bytes(raw)
    pieces = {piece: row for row, piece in enumerate(_VECTORS)}
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": kind, "vocab": pieces}}))
    if readme:
        (folder / "README.md").write_text(readme)
    return folder


@pytest.fixture
def vectors(tmp_path: Path) -> WordVectors:
    return read_vectors(write_vectors(tmp_path / "tiny", readme="---\nlicense: mit\n---\n"))


def test_a_word_is_the_sum_of_its_longest_pieces(vectors: WordVectors) -> None:
    found = vectors.of(["parcel", "parcelment", "parcels", "unheard"])
    np.testing.assert_allclose(found[0], (4, 0, 0))
    np.testing.assert_allclose(found[1], (4, 0, 0.5))
    assert not found[2:].any()
    assert "[UNK]" not in vectors.words
    assert "##ment" not in vectors.words
    assert (vectors.name, vectors.licence) == ("tiny", "mit")


def test_a_word_of_no_text_is_known_by_its_like(vectors: WordVectors) -> None:
    design = Design([[text] for text in _TEXTS], vectors)
    heads = design.heads(range(6), _TRUTH, 3, strength=0.5, seed=1)
    scorer = AdditiveScorer(design.vocabulary, np.stack([one for one, _ in heads], axis=1))
    sums = scorer.sums([["shipment"], ["reimburse"]])
    assert sums.argmax(axis=1).tolist() == [0, 1]
    assert (sums.max(axis=1) > 0.1).all()
    plain = Design([[text] for text in _TEXTS])
    assert "shipment" not in plain.vocabulary


def test_the_explanation_adds_up_and_matrix_and_scorer_agree(vectors: WordVectors) -> None:
    design = Design([[text] for text in _TEXTS], vectors)
    heads = design.heads(range(6), _TRUTH, 3, strength=0.5, seed=1)
    scorer = AdditiveScorer(design.vocabulary, np.stack([one for one, _ in heads], axis=1))
    for label, (weights, bias) in enumerate(heads):
        scored = design.scores(range(6), (weights, bias))
        for text, whole in zip(_TEXTS, scored, strict=True):
            words = scorer.word_scores(scorer.rows(text), label)
            assert float(words.sum()) + bias == pytest.approx(float(whole), rel=1e-3, abs=1e-4)


def test_a_manifest_names_the_vectors_and_the_same_bytes_come_twice(
    examples: list[Example], vectors: WordVectors, tmp_path: Path
) -> None:
    few = examples[::40]
    once, again = (
        train(few, tmp_path / name, generate=False, vectors=vectors) for name in ("one", "two")
    )
    assert again.card == once.card
    assert once.card["vectors"] == {"name": "tiny", "licence": "mit", "sha256": vectors.digest}
    assert vectors.digest in markdown_card(once)
    for file in ("arrays.npz", "manifest.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    loaded = Classifier.load(tmp_path / "one")
    mails = [MessageText("", text) for text in ("reimburse me", "my shipment is late")]
    assert loaded.classify_many(mails) == [loaded.classify(mail) for mail in mails]


def test_a_model_without_vectors_says_so(examples: list[Example], tmp_path: Path) -> None:
    artifact = train(examples[::40], tmp_path / "plain", generate=False)
    assert artifact.card["vectors"] is None
    assert "vectors" not in markdown_card(artifact)


def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match=r"it has to hold model\.safetensors and tokenizer"):
        read_vectors(tmp_path / "nothing")
    with pytest.raises(VectorsError, match="is Unigram; only WordPiece"):
        read_vectors(write_vectors(tmp_path / "unigram", kind="Unigram"))
    short = write_vectors(tmp_path / "short")
    array = short / "model.safetensors"
    array.write_bytes(array.read_bytes()[:-2])
    with pytest.raises(VectorsError, match="cannot be read"):
        read_vectors(short)
    array.write_bytes(b"\xff" * 20)
    with pytest.raises(VectorsError, match="cannot be read"):
        read_vectors(short)
    other = write_vectors(tmp_path / "other")
    tokenizer = {"model": {"type": "WordPiece", "vocab": {"parcel": 0}}}
    (other / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(VectorsError, match="7 vectors for 1 pieces"):
        read_vectors(other)
