"""One small model, trained once for the whole folder from part of the project's own text."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.examples import Example, read_examples
from classifier.model import Classifier
from classifier.training import train

TRAINING_TEXT = Path(__file__).parents[2] / "data" / "training"


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    return read_examples(TRAINING_TEXT)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory, examples: list[Example]) -> Path:
    folder = tmp_path_factory.mktemp("model")
    small = [example for index, example in enumerate(examples) if index % 2]
    train(small, folder, generate=False, folds=2)
    return folder


@pytest.fixture(scope="session")
def classifier(model_folder: Path) -> Classifier:
    return Classifier.load(model_folder)
