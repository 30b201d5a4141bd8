"""Training text: one labelled message per line, read and checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.labels import INTENTS, TAGS


class DataError(ValueError):
    """Labelled text that cannot be used; the message names file, line and mend."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. Examples of one `template` say the same thing in other words, so they
    are never split between training and measuring."""

    text: str
    subject: str
    intent: str
    tags: frozenset[str]
    template: str
    voice: str = ""
    kind: str = "seed"


def read_examples(path: Path) -> list[Example]:
    """Read a .jsonl file, or every .jsonl file of a folder in order of name.

    Raises `DataError` for the first line that is not a labelled message, or when there is none.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    examples = [example for file in files for example in _read_file(file)]
    if not examples:
        raise DataError(f"{path}: no labelled messages; expected .jsonl with text and intent")
    return examples


def _read_file(file: Path) -> Iterator[Example]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{file}:{number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{where}: not JSON: {error}") from error
            yield example_from(row, where)


def example_from(row: Mapping[str, Any], where: str) -> Example:
    """A labelled message from its fields (`text`, `intent`; optional `subject`, `tags`, ...).

    Raises `DataError`, naming `where`, for a missing text or an unknown label.
    """
    if not isinstance(row, Mapping):
        raise DataError(f"{where}: expected an object with text and intent")
    text, intent = row.get("text"), row.get("intent")
    if not isinstance(text, str):
        raise DataError(f"{where}: text is missing; give the message's text")
    if intent not in INTENTS:
        raise DataError(f"{where}: intent {intent!r} is not one of {', '.join(INTENTS)}")
    tags = row.get("tags") or []
    if isinstance(tags, str):
        tags = tags.replace(",", " ").split()
    unknown = [tag for tag in tags if tag not in TAGS]
    if unknown:
        raise DataError(f"{where}: tag {unknown[0]!r} is not one of {', '.join(TAGS)}")
    return Example(
        text=text,
        subject=str(row.get("subject") or ""),
        intent=intent,
        tags=frozenset(tags),
        template=str(row.get("template") or where),
        voice=str(row.get("voice") or ""),
        kind=str(row.get("kind") or "seed"),
    )
