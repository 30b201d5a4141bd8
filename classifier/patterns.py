"""Short requests from written patterns: many ways to say one thing, drawn with a seed.

A pattern is a line of text with choices `{a|b}` (`~` is the empty choice) and slots `<name>`. A
header `[intent tag ...]` stands over the patterns of one label; a `!` in it marks hard negatives,
which look like a critical label and are not. All texts were written for this project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

from classifier.examples import Example

_FOLDER: Final = Path(__file__).with_name("patterns")
_SLOTS: Final = _FOLDER / "slots.txt"
_CHOICE: Final = re.compile(r"\{([^{}]*)\}")
_SLOT: Final = re.compile(r"<(\w+)>")
_DRAWS: Final = 12
"""Distinct texts drawn from one pattern, at most."""


def pattern_examples(seed: int, *, draws: int = _DRAWS) -> list[Example]:
    """Draw up to `draws` distinct texts from every pattern; the same `seed`, the same texts."""
    slots = _slots()
    examples = []
    for file in sorted(_FOLDER.glob("*.txt")):
        if file == _SLOTS:
            continue
        for number, (intent, tags, negative, pattern) in enumerate(_patterns(file)):
            random = Random(f"{seed} {pattern}")  # noqa: S311  # reproducible, not secret
            texts = {_expand(pattern, slots, random): None for _ in range(draws * 2)}
            examples += [
                Example(
                    text=text,
                    subject="",
                    intent=intent,
                    tags=tags,
                    template=f"pattern-{file.stem}-{number:03}",
                    voice="terse",
                    kind="negative" if negative else "seed",
                )
                for text in list(texts)[:draws]
            ]
    return examples


def _patterns(file: Path) -> Iterator[tuple[str, frozenset[str], bool, str]]:
    intent, tags, negative = "", frozenset[str](), False
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("["):
            intent, *rest = line.strip("[]").split()
            negative = "!" in rest
            tags = frozenset(rest) - {"!"}
        elif line and not line.startswith("#"):
            yield intent, tags, negative, line


def _slots() -> dict[str, list[str]]:
    slots = {}
    for line in _SLOTS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, choices = line.partition(" = ")
            slots[name] = [choice.strip() for choice in choices.split(" | ")]
    return slots


def _expand(pattern: str, slots: dict[str, list[str]], random: Random) -> str:
    while _CHOICE.search(pattern):
        pattern = _CHOICE.sub(lambda match: random.choice(match.group(1).split("|")), pattern)
    while _SLOT.search(pattern):
        pattern = _SLOT.sub(lambda match: random.choice(slots[match.group(1)]), pattern)
    return " ".join(pattern.replace("~", "").split())
