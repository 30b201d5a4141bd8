"""Reviewed mail of a store as labelled examples: to export, to train on, to measure on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.examples import REVIEW, Example, example_from, read_examples
from classifier.labels import TAGS
from pipeline.store.corrections import Reviewed, reviewed
from pipeline.store.database import read_store
from pipeline.store.postgresql import is_postgresql_url

__all__ = ["examples_in", "is_store", "lines", "location", "reviews_of"]

_SQLITE = b"SQLite format 3\x00"


def is_store(source: str) -> bool:
    """Whether `source` names a store of the service, and not a file of labels."""
    if is_postgresql_url(source):
        return True
    path = Path(source)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def location(store: str) -> Path | str:
    """Where the store is, as `pipeline.store.database` takes it."""
    return store if is_postgresql_url(store) else Path(store)


def reviews_of(store: str) -> list[Reviewed]:
    """The reviewed messages in a store, oldest first, without those that were erased.

    Raises `pipeline.store.database.CannotOpenError`.
    """
    return read_store(location(store), lambda connection: list(reviewed(connection)))


def examples_in(source: str) -> list[Example]:
    """The labelled messages of a store, or of a file or folder of labels.

    Raises `classifier.examples.DataError`, `pipeline.store.database.CannotOpenError`.
    """
    if is_store(source):
        return [example_from(line, line["message"]) for line in lines(source)]
    return read_examples(Path(source))


def lines(store: str) -> Iterator[dict[str, Any]]:
    """The reviewed messages as lines of training text, with where each label came from.

    The fields of `data/README.md`; `template` is unlike any other, since no two customers are known
    to say the same thing. `message`, `received_at`, `text_sha256` and `reviews` are provenance.
    """
    for one in reviews_of(store):
        yield {
            "text": one.draft.get("text", ""),
            "subject": one.draft.get("subject", ""),
            "intent": one.labels.intent,
            "tags": [tag for tag in TAGS if tag in one.labels.tags],
            "voice": "",
            "template": f"review-{one.message}",
            "kind": REVIEW,
            "message": one.message,
            "received_at": _time(one.at),
            "text_sha256": one.corrections[-1]["text_sha256"],
            "reviews": [
                {
                    "field": row["field"],
                    "from": row["label_before"],
                    "to": row["label_after"],
                    "person": row["person"],
                    "at": _time(row["at"]),
                    "model": row["model"],
                }
                for row in one.corrections
            ],
        }


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
