"""Every example of the reference and the tutorial is run: it checks, and its examples come out."""

import re
from pathlib import Path

import pytest

from policy.coverage import run_examples
from policy.facts import BoolType, EnumType, NumberType, SetType, TextType
from policy.loading import load
from policy.parser import OPENING_WORDS
from policy.syntax import ClauseKind, Source

FOLDER = Path(__file__).parents[2]
PAGES = (FOLDER / "policy" / "REFERENCE.md", FOLDER / "docs" / "tutorial.md")
_BLOCK = re.compile(r"^```(policy|wrong (GP\d{4}))\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks() -> list[object]:
    return [
        pytest.param(
            found[3],
            found[2],
            id=f"{page.stem}:{page.read_text('utf-8')[: found.start()].count(chr(10)) + 1}",
        )
        for page in PAGES
        for found in _BLOCK.finditer(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize(("text", "code"), _blocks())
def test_every_example_is_right(text: str, code: str | None) -> None:
    if not text.startswith("policy"):
        text = f'policy "Example"\n{text}'
    loaded = load(Source("example.policy", text))
    if code is not None:
        assert {one.code for one in loaded.diagnostics} == {code}
        return
    assert loaded.policy is not None, loaded.rendered()
    for outcome in run_examples(loaded.policy).outcomes:
        assert outcome.passed, outcome.example.title


def test_every_construct_has_an_example() -> None:
    shown = "".join(found[3] for found in _BLOCK.finditer(PAGES[0].read_text("utf-8")))
    for word in OPENING_WORDS:
        assert re.search(rf"^{word}\b", shown, re.MULTILINE), word
    for kind in ClauseKind:
        assert re.search(rf"\b{kind.value}\b", shown), kind
    for word in ("is not", "in", "not in", "has", "has any of", "has all of", "has none of",
                 "starts with", "ends with", "contains", "matches", "implies", "ordinarily",
                 "some message when", "never makes it freer", "is unknown"):  # fmt: skip
        assert word in PAGES[0].read_text("utf-8"), word
    loaded = load(Source("all", 'policy "x"\n' + "\n".join(
        found[3] for found in _BLOCK.finditer(PAGES[0].read_text("utf-8"))
        if "fact refund_amount" in found[3]
    )))  # fmt: skip
    assert loaded.policy is not None
    types = {type(fact.type) for fact in loaded.policy.vocabulary.values()}
    assert types == {BoolType, EnumType, NumberType, SetType, TextType}
