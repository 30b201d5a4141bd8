"""The catalogue of mistakes by code, read from CODES.md: cause, wrong example, right example."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["Code", "codes"]

_SECTION = re.compile(
    r"^## (?P<code>GP\d{4}): (?P<title>[^\n]+)\n\n(?P<cause>(?:[^\n]+\n)+)\n"
    r"Wrong(?P<pack>, in a pack)?:\n\n```\n(?P<wrong>.*?)```\n\n"
    r"Right(?:, in a pack)?:\n\n```\n(?P<right>.*?)```\n",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of mistake; `wrong` is a file that has exactly it, `right` the same file mended.

    With `in_pack` the examples are the text of a pack, otherwise of a policy.
    """

    code: str
    title: str
    cause: str
    wrong: str
    right: str
    in_pack: bool


@cache
def codes() -> Mapping[str, Code]:
    """Every code in ascending order."""
    text = files("policy").joinpath("CODES.md").read_text("utf-8")
    return MappingProxyType(
        {
            found["code"]: Code(
                found["code"],
                found["title"],
                " ".join(found["cause"].split()),
                found["wrong"],
                found["right"],
                bool(found["pack"]),
            )
            for found in _SECTION.finditer(text)
        }
    )
