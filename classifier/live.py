"""The live model of a folder together with what it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifier.artifact import Artifact, ModelError, read_artifact
from classifier.model import Classifier
from classifier.training_index import TrainingIndex
from classifier.versions import VersionError, live_folder

__all__ = ["Live"]


@dataclass(frozen=True, slots=True)
class Live:
    """A model, ready to classify; `name` is its version's, or its folder's when it has none.

    `index` is what it was trained on; None when that is not known.
    """

    name: str
    artifact: Artifact
    classifier: Classifier
    index: TrainingIndex | None

    @classmethod
    def read(cls, folder: Path) -> Live:
        """The live version in `folder`; raises `ModelError` when there is none to be read."""
        try:
            place = live_folder(folder)
        except VersionError as error:
            raise ModelError(str(error)) from error
        artifact = read_artifact(place)
        index = TrainingIndex.read(place, artifact)
        return cls(place.name, artifact, Classifier(artifact), index)

    @property
    def learned(self) -> int:
        """How many of the shop's own messages it was trained on."""
        return int(self.artifact.card.get("own", {}).get("learned", 0))

    def knows(self, subject: str, text: str) -> bool:
        """Whether it was trained on this message; False when that is not known."""
        return self.index is not None and self.index.holds(subject, text)
