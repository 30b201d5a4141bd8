"""Text to tree. A file is cut into items first, so every mistake of a file shows in one run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from policy import syntax_errors
from policy.diagnostics import Diagnostic, DiagnosticError
from policy.rules import Span
from policy.syntax import Comment, Document, Item, Source
from policy.tree import TreeReader

__all__ = ["OPENING_WORDS", "Parsed", "parse"]

OPENING_WORDS = (
    "policy", "use", "tag", "fact", "set", "define", "on", "allow", "require", "block",
    "invariant", "promise", "example",
)  # fmt: skip
"""The words that begin an item when they stand in the first column."""

_WORD_IN_FIRST_COLUMN = re.compile(r"[^\s#]")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_TITLE = re.compile(r'"[^"\n]*"?')
_COMMENT = re.compile(r'"[^"\n]*"|(#[^\n]*)')


@dataclass(frozen=True, slots=True)
class Parsed:
    """The document with every item that could be read, and the mistakes of the others."""

    document: Document
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """The text of one item and the line (from 1) it starts on."""

    text: str
    line: int


def parse(source: Source) -> Parsed:
    """Parse one file; never raises, whatever the text."""
    items: list[Item] = []
    diagnostics: list[Diagnostic] = []
    unread: set[str] = set()
    text = source.text.removeprefix("\ufeff")  # a byte order mark, as some editors write it
    for chunk in _chunks(text):
        try:
            items.append(TreeReader(source.name, chunk.line - 1).item(_tree(chunk.text)))
        except UnexpectedInput as error:
            diagnostics.append(_mistake(error, chunk, source))
            unread.update(_names_of(chunk.text))
        except DiagnosticError as error:
            diagnostics.append(error.diagnostic)
            unread.update(_names_of(chunk.text))
    document = Document(source, tuple(items), tuple(_comments(text)), frozenset(unread))
    return Parsed(document, tuple(diagnostics))


@lru_cache(maxsize=4_096)
def _tree(text: str) -> Tree[Token]:
    """The tree of one item; remembered, since an editor asks for the same items again and again."""
    return _lark().parse(text)


@cache
def _lark() -> Lark:
    grammar = files("policy").joinpath("grammar.lark").read_text("utf-8")
    # Keeping all tokens gives places more cheaply than Lark's own propagation of positions.
    return Lark(
        grammar, parser="lalr", lexer="contextual", keep_all_tokens=True, maybe_placeholders=True
    )


def _names_of(text: str) -> Iterator[str]:
    """What the item `text`, which could not be read, would have declared: names and a title."""
    opening, _, rest = text.partition(" ")
    if opening in {"fact", "set", "define"}:
        yield from _NAME.findall(rest)[:1]
    elif opening == "tag":
        yield from _NAME.findall(rest)
    else:
        yield opening
        yield from (found.strip('"') for found in _TITLE.findall(text)[:1])


def _chunks(text: str) -> Iterator[_Chunk]:
    """The items of a file: each begins where something stands in the first column."""
    start: int | None = None
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if _WORD_IN_FIRST_COLUMN.match(line):
            if start is not None:
                yield _Chunk("\n".join(lines[start:number]), start + 1)
            start = number
        elif start is None and line.strip() and not line.lstrip().startswith("#"):
            start = number
    if start is not None:
        yield _Chunk("\n".join(lines[start:]), start + 1)


def _comments(text: str) -> Iterator[Comment]:
    for number, line in enumerate(text.split("\n"), 1):
        for match in _COMMENT.finditer(line):
            if match.group(1):
                column = match.start(1) + 1
                own = not line[: column - 1].strip()
                yield Comment(match.group(1).rstrip(), number, column, own)


def _mistake(error: UnexpectedInput, chunk: _Chunk, source: Source) -> Diagnostic:
    """The parser's complaint as one of the known mistakes of `policy.syntax_errors`."""
    lines = chunk.text.rstrip().split("\n")
    match error:
        case UnexpectedToken(token=token) if token.type != "$END":
            line, column, length = token.line or 1, token.column or 1, len(str(token))
            found, expected = str(token), frozenset(error.accepts or error.expected)
        case UnexpectedCharacters():
            line, column = error.line, error.column
            rest = lines[line - 1][column - 1 :] if line <= len(lines) else ""
            found, expected = rest, frozenset(error.allowed or ())
            length = 1
        case _:
            last = _last_code_line(lines)
            line, column, length = last + 1, len(lines[last].rstrip()) + 1, 1
            found = ""
            expected = frozenset(
                error.expected if isinstance(error, UnexpectedEOF | UnexpectedToken) else ()
            )
    row = chunk.line - 1 + line
    span = Span(source.name, row, column, row, column + max(1, length))
    return syntax_errors.explain(found, expected, lines, line, span, OPENING_WORDS)


def _last_code_line(lines: list[str]) -> int:
    codes = [i for i, line in enumerate(lines) if line.strip() and line.lstrip()[0] != "#"]
    return codes[-1] if codes else 0
