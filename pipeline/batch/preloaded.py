"""What is ready before anybody asks: the server that workers are forked from reads the model.

Reading a model and making its matchers takes longer than a shard of mail, and the parser of
policies has to be made, too. Here the server does both while the command makes its plan, and every
worker finds them in its memory.
"""

import gc
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from classifier.artifact import ModelError
from classifier.model import Classifier
from classifier.prediction import MessageText
from pipeline.batch.forking import FORKED_MODEL
from policy.loading import load, packs

__all__ = ["classifier"]


@cache
def classifier(path: Path | None) -> Classifier:
    """The model at `path` (None for the starter model), read once in each process.

    Raises `classifier.artifact.ModelError`.
    """
    found = Classifier.load(path)
    # The matchers of signals are made when the first message has a word for one.
    found.classify(MessageText(subject="", body="My card was stolen."))
    return found


if (_stated := os.environ.get(FORKED_MODEL)) is not None:
    with suppress(ModelError):  # the command tells the user, in words
        classifier(Path(_stated) if _stated else None)
    # The parser, and the packs, which it remembers: a shop's policy mostly uses some.
    load(*packs().values())
    gc.collect()
    gc.freeze()  # so that no worker looks for garbage in it, which would also copy its pages
