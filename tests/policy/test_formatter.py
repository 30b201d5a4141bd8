"""Layout: the same tree, the same comments, and nothing left to change a second time."""

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.codes import codes
from policy.formatter import format_document
from policy.layout import WIDTH
from policy.loading import packs
from policy.parser import parse
from policy.rules import Span
from policy.syntax import Document, Source
from tests.policy.texts import documents

FOLDER = Path(__file__).parents[2]
FILES = [*sorted((FOLDER / "policy" / "packs").glob("*.policy")), FOLDER / "data/shop/shop.policy"]


def _read(text: str) -> Document:
    parsed = parse(Source("a.policy", text))
    assert parsed.diagnostics == (), text
    return parsed.document


def _without_places(node: object) -> object:
    if isinstance(node, tuple):
        return [_without_places(part) for part in node]
    if is_dataclass(node):
        parts = [getattr(node, part.name) for part in fields(node)]
        return [type(node), *(_without_places(one) for one in parts if not isinstance(one, Span))]
    return node


def _holds(text: str) -> str:
    before = _read(text)
    laid = format_document(before)
    after = _read(laid)
    assert _without_places(after.items) == _without_places(before.items)
    assert sorted(one.text for one in after.comments) == sorted(one.text for one in before.comments)
    assert format_document(after) == laid
    return laid


@given(documents())
def test_layout_keeps_tree_and_comments_and_is_canonical(text: str) -> None:
    laid = _holds(text)
    for line in laid.splitlines():
        assert line == line.rstrip()
    assert "\n\n\n" not in laid


@given(documents(), st.integers(1, 3))
def test_layout_does_not_depend_on_how_the_text_was_laid_out(text: str, width: int) -> None:
    assert format_document(_read(text)) == format_document(_read(text.replace("  ", " " * width)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_files_are_laid_out(file: Path) -> None:
    text = file.read_text("utf-8")
    assert _holds(text) == text


@pytest.mark.parametrize("name", sorted(packs()))
def test_no_line_of_a_pack_is_too_long(name: str) -> None:
    assert all(len(line) <= WIDTH for line in packs()[name].text.splitlines())


def test_examples_of_the_catalogue_keep_their_tree() -> None:
    for code in codes().values():
        if not parse(Source("a.policy", code.right)).diagnostics:
            _holds(code.right)


def test_a_long_condition_is_broken_before_its_words() -> None:
    laid = _holds(
        'policy "x"\nblock "b" when kind is marketing and recipient.region in {eu, uk} and '
        "(recipient.consent is none or recipient.consent is withdrawn) and not recipient.erased\n"
    )
    assert laid == (
        'policy "x"\n'
        "\n"
        'block "b"\n'
        "  when kind is marketing\n"
        "    and recipient.region in {eu, uk}\n"
        "    and (recipient.consent is none or recipient.consent is withdrawn)\n"
        "    and not recipient.erased\n"
    )


def test_comments_stay_where_they_speak() -> None:
    text = (
        "# the shop\n"
        "\n"
        'policy "x"  # its name\n'
        "tag vip\n"
        "tag late  # rarely\n"
        "\n"
        "# --- rules\n"
        "\n"
        "# why\n"
        'block "b"   # header\n'
        "# col one\n"
        "  when unsure # trailing\n"
        "      and # inside\n"
        "      recipient.erased # last\n"
        "  # when recipient.suppressed\n"
        "\n"
        "# the end\n"
    )
    assert _holds(text) == (
        "# the shop\n"
        "\n"
        'policy "x"  # its name\n'
        "\n"
        "tag vip\n"
        "tag late  # rarely\n"
        "\n"
        "# --- rules\n"
        "\n"
        "# why\n"
        'block "b"  # header\n'
        "  # col one\n"
        "  # trailing\n"
        "  # inside\n"
        "  when unsure and recipient.erased  # last\n"
        "  # when recipient.suppressed\n"
        "\n"
        "# the end\n"
    )
