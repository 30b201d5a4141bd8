"""The faults of `faults.toml`, with the tests that hold what becomes of each."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CASES", "Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, its tests by `file::function` (or a whole file), and what there is to say."""

    number: int
    group: str
    fault: str
    tests: tuple[str, ...]
    note: str = ""


def _cases() -> tuple[Case, ...]:
    rows = tomllib.loads(Path(__file__).with_name("faults.toml").read_text("utf-8"))["fault"]
    return tuple(Case(**{**row, "tests": tuple(row["tests"])}) for row in rows)


CASES = _cases()
