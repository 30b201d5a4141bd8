"""The model that workers find ready when they are forked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.artifact import STARTER_MODEL, ModelError
from classifier.model import Classifier
from classifier.prediction import MessageText
from pipeline.batch import preloaded
from pipeline.batch.forking import FORKED_MODEL
from tests.needs import needs

ROOT = Path(__file__).parents[3]
STATE = "preloaded.classifier.cache_info().currsize, gc.get_freeze_count() > 0"


class Model:
    """A model that notes which messages it was given."""

    def __init__(self) -> None:
        self.read: list[MessageText] = []

    def classify(self, message: MessageText) -> None:
        self.read.append(message)


@pytest.fixture(autouse=True)
def nothing_read_before() -> None:
    preloaded.classifier.cache_clear()


def test_a_model_is_read_once_and_has_met_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(path: Path | None) -> Model:
        asked.append(path)
        return Model()

    monkeypatch.setattr(Classifier, "load", load)
    first, other = preloaded.classifier(Path("model")), preloaded.classifier(None)
    assert preloaded.classifier(Path("model")) is first
    assert asked == [Path("model"), None]
    assert all(isinstance(one, Model) and len(one.read) == 1 for one in (first, other))
    preloaded.classifier.cache_clear()


def test_a_folder_without_a_model_is_told_to_who_asks(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"):
        preloaded.classifier(tmp_path)


def test_a_server_that_finds_no_model_still_serves(tmp_path: Path) -> None:
    script = f"import gc; from pipeline.batch import preloaded; print({STATE})"
    environment = {**os.environ, FORKED_MODEL: str(tmp_path)}
    assert answer(script, environment) == "0 True"


WORKER = f"""
from pipeline.batch.forking import pool, start_server
imported = "__import__('sys').modules['pipeline.batch.preloaded']"
modules = f"dict(gc=__import__('gc'), preloaded={{imported}})"
start_server()
with pool(1) as processes:
    print(*processes.submit(eval, "eval({STATE!r}, " + modules + ")").result())
"""


@needs((ROOT / STARTER_MODEL).exists(), "the starter model: gatepost train")
def test_a_worker_finds_the_model_read_and_out_of_the_way_of_the_collector() -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    assert answer(WORKER, environment) == "1 True"


def answer(script: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=environment, cwd=ROOT
    )
    return done.stdout.decode().strip()
