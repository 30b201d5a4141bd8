"""Whether the machinery is sound: trained on public train splits, measured on their test splits.

    GATEPOST_EVALUATION_DATA=FOLDER OMP_NUM_THREADS=1 python -m benchmarks.supervised

Not how good Gatepost is on a shop's mail (`benchmarks.classifier` asks that), but whether its
features and its linear heads lose anything against plain TF-IDF, fastText and spaCy on the same
texts in the same run. Peers that are not installed are left out and named. With
GATEPOST_STATIC_VECTORS (a folder that `make vectors` fetches) Gatepost is measured with them, too,
and so is the late fusion with tuned vectors; its one weight is chosen on a tenth of the train
split, never on the test split.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from benchmarks.static_vectors import TunedVectors, softmax
from classifier.calibration import interval
from classifier.features import words
from classifier.fitting import Design
from classifier.scoring import AdditiveScorer
from classifier.text import normal_form
from classifier.vectors import NO_VECTORS, WordVectors, read_vectors

KEPT = 0.95
STRENGTH = 0.5
Probabilities = Callable[[Sequence[str]], NDArray[np.float32]]
Fit = Callable[[Sequence[str], Sequence[str]], Probabilities]
"""Texts and their labels to a function from texts to probabilities, labels in sorted order."""


@dataclass(frozen=True, slots=True)
class Split:
    """Texts with labels to learn and to test, and texts of no label (may be empty)."""

    train: tuple[list[str], list[str]]
    test: tuple[list[str], list[str]]
    outside: list[str]


def main() -> None:
    folder = os.environ.get("GATEPOST_EVALUATION_DATA")
    if folder is None:
        raise SystemExit("GATEPOST_EVALUATION_DATA is not set: it names the folder of public sets")
    for name, wanted in (("banking77", "0.935"), ("clinc150", "0.945; oos 0.78")):
        split = read(Path(folder), name)
        print(f"\n{name}: {len(split.train[0])} to learn, {len(split.test[0])} to test; ", end="")
        print(f"wanted: {wanted}")
        for what, fit in contenders():
            show(what, fit, split)


def read(folder: Path, name: str) -> Split:
    """The splits as their authors made them; CLINC150's test questions without a label apart."""
    table = pl.read_parquet(folder / name / "data.parquet")

    def part(split: str) -> tuple[list[str], list[str]]:
        rows = table.filter(pl.col("split") == split)
        return rows["text"].to_list(), rows["label"].to_list()

    return Split(part("train"), part("test"), part("oos_test")[0])


def contenders() -> Iterator[tuple[str, Fit]]:
    yield "gatepost: its features, heads and scorer", gatepost
    folder = os.environ.get("GATEPOST_STATIC_VECTORS")
    if folder:
        known = read_vectors(Path(folder))
        yield f"gatepost with {known.name}", lambda *data: gatepost(*data, vectors=known)
    yield "plain TF-IDF, words 1-2 and characters 2-5, LinearSVC", tfidf
    if folder:
        vectors = Path(folder)
        yield "tuned static vectors alone", lambda *data: TunedVectors(vectors, *data).probabilities
        yield "gatepost fused with tuned static vectors", lambda *data: fused(vectors, *data)
    else:
        print("  (GATEPOST_STATIC_VECTORS is not set: neither gatepost with vectors nor fusion)")
    try:
        import fasttext  # noqa: F401  # only whether it is there
    except ImportError:
        print("  (fastText is not installed: left out)")
    else:
        yield "fastText, words 1-2 and characters 3-5", fasttext_peer
    yield "spaCy textcat, bag of words (its fastest)", spacy_peer


def show(what: str, fit: Fit, split: Split) -> None:
    """Accuracy with its interval, and how much of what has no label is kept out at 95 % kept."""
    start = time.process_time()
    predict = fit(*split.train)
    learned = time.process_time() - start
    classes = np.array(sorted(set(split.train[1])))
    found = predict(split.test[0])
    right = classes[found.argmax(axis=1)] == np.array(split.test[1])
    low, high = interval(int(right.sum()), len(right))
    text = f"  {what:54} {right.mean():6.1%}  n={len(right)}  {low:.1%} to {high:.1%}"
    if split.outside:
        limit = np.quantile(found.max(axis=1), 1 - KEPT)
        refused = predict(split.outside).max(axis=1) < limit
        text += f"  outside refused {refused.mean():.1%} of {len(refused)}"
    print(f"{text}  {learned:.0f} s", flush=True)


def gatepost(
    texts: Sequence[str], labels: Sequence[str], vectors: WordVectors = NO_VECTORS
) -> Probabilities:
    """`Design.heads`, as the intents' heads are fitted, and the scorer that classifies."""
    classes = sorted(set(labels))
    design = Design([(sentence,) for sentence in map(taken_apart, texts)], vectors)
    truth = [classes.index(label) for label in labels]
    heads = design.heads(range(len(texts)), truth, len(classes), strength=STRENGTH, seed=0)
    weights = np.stack([head for head, _ in heads], axis=1)
    bias = np.array([one for _, one in heads], dtype=np.float32)
    scorer = AdditiveScorer(design.vocabulary, weights)

    def predict(asked: Sequence[str]) -> NDArray[np.float32]:
        found = [taken_apart(text) or ["?"] for text in asked]
        lengths = np.array([sqrt(len(one)) for one in found], dtype=np.float32)
        return softmax(scorer.sums(found) / lengths[:, None] + bias)

    return predict


def taken_apart(text: str) -> list[str]:
    return words(normal_form(text))


def tfidf(texts: Sequence[str], labels: Sequence[str]) -> Probabilities:
    machine = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(C=STRENGTH),
    ).fit(texts, labels)
    return lambda asked: softmax(4.0 * machine.decision_function(asked))


def fused(folder: Path, texts: Sequence[str], labels: Sequence[str]) -> Probabilities:
    """The product of both; the linear one is raised to a power chosen on a tenth of `texts`."""
    apart = np.random.default_rng(0).permutation(len(texts))
    held, learnt = apart[: len(texts) // 10], apart[len(texts) // 10 :]

    def take(places: NDArray[np.int64]) -> tuple[list[str], list[str]]:
        return [texts[place] for place in places], [labels[place] for place in places]

    asked, answers = take(held)
    linear = gatepost(*take(learnt))(asked)
    tuned = TunedVectors(folder, *take(learnt)).probabilities(asked)
    truth = np.array([sorted(set(labels)).index(label) for label in answers])
    powers = (0.5, 0.75, 1.0, 1.25, 1.5)
    right = [(product(linear, tuned, one).argmax(axis=1) == truth).mean() for one in powers]
    power = powers[int(np.argmax(right))]
    first, second = gatepost(texts, labels), TunedVectors(folder, texts, labels)
    return lambda asked: product(first(asked), second.probabilities(asked), power)


def product(
    linear: NDArray[np.float32], tuned: NDArray[np.float32], power: float
) -> NDArray[np.float32]:
    return softmax(power * np.log(linear + 1e-9) + np.log(tuned + 1e-9))


def fasttext_peer(texts: Sequence[str], labels: Sequence[str]) -> Probabilities:
    import fasttext

    classes = sorted(set(labels))
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{classes.index(label)} {' '.join(text.lower().split())}\n")
        file.flush()
        model = fasttext.train_supervised(
            file.name, epoch=50, lr=0.5, wordNgrams=2, minn=3, maxn=5, dim=100, loss="softmax",
            thread=1, verbose=0,
        )  # fmt: skip

    def predict(asked: Sequence[str]) -> NDArray[np.float32]:
        found = np.zeros((len(asked), len(classes)), dtype=np.float32)
        for row, text in enumerate(asked):
            line = " ".join(text.lower().split()) + "\n"
            for probability, label in model.f.predict(line, len(classes), 0.0, "strict"):
                found[row, int(label.removeprefix("__label__"))] = probability
        return found

    return predict


def spacy_peer(texts: Sequence[str], labels: Sequence[str]) -> Probabilities:
    import spacy
    from spacy.training import Example
    from spacy.util import minibatch

    classes = sorted(set(labels))
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": True, "ngram_size": 2,
             "no_output_layer": False, "length": 262144}  # fmt: skip
    categories = nlp.add_pipe("textcat", config={"model": model})
    for label in classes:
        categories.add_label(label)
    examples = [
        Example.from_dict(
            nlp.make_doc(text), {"cats": {one: float(one == label) for one in classes}}
        )
        for text, label in zip(texts, labels, strict=True)
    ]
    optimizer = nlp.initialize(lambda: examples[:500])
    random = np.random.default_rng(0)
    for _ in range(8):
        shuffled = [examples[place] for place in random.permutation(len(examples))]
        for batch in minibatch(shuffled, size=64):
            nlp.update(batch, sgd=optimizer, drop=0.2)

    def predict(asked: Sequence[str]) -> NDArray[np.float32]:
        return np.array(
            [[doc.cats[label] for label in classes] for doc in nlp.pipe(asked)], dtype=np.float32
        )

    return predict


if __name__ == "__main__":
    main()
