"""The live model of a folder together with what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifier.artifact import Artifact, read_artifact
from classifier.model import Classifier
from classifier.training_index import TrainingIndex
from classifier.versions import live_folder

__all__ = ["Live"]


@dataclass(frozen=True, slots=True)
class Live:
    """A model, ready to classify; `index` is what it was trained on, None if that is not known."""

    artifact: Artifact
    classifier: Classifier
    index: TrainingIndex | None

    @classmethod
    def read(cls, folder: Path) -> Live:
        """The live version in `folder`; raises `ModelError` when there is none to be read."""
        artifact = read_artifact(folder)
        index = TrainingIndex.read(live_folder(folder), artifact)
        return cls(artifact, Classifier(artifact), index)

    @property
    def learned(self) -> int:
        """How many of the shop's own messages it was trained on."""
        return int(self.artifact.card.get("own", {}).get("learned", 0))

    def knows(self, subject: str, text: str) -> bool:
        """Whether it was trained on this message; False when that is not known."""
        return self.index is not None and self.index.holds(subject, text)
