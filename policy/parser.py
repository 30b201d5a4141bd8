"""Text to tree. A file is cut into items first, so every mistake of a file shows in one run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from policy import syntax_errors
from policy.diagnostics import Diagnostic
from policy.rules import RuleKind, Span
from policy.syntax import (
    Amount,
    Braces,
    Clause,
    ClauseKind,
    Comment,
    DefineSyntax,
    Document,
    ExampleSyntax,
    FactSyntax,
    Given,
    Group,
    InvariantSyntax,
    Item,
    Junction,
    LivenessSyntax,
    MonotoneSyntax,
    Name,
    Negation,
    PolicySyntax,
    RuleSyntax,
    SetSyntax,
    Source,
    TagSyntax,
    Test,
    Text,
    TypeSyntax,
    UseSyntax,
)

__all__ = ["OPENING_WORDS", "Parsed", "parse"]

OPENING_WORDS = (
    "policy", "use", "tag", "fact", "set", "define", "on", "allow", "require", "block",
    "invariant", "promise", "example",
)  # fmt: skip
"""The words that begin an item when they stand in the first column."""

_WORD_IN_FIRST_COLUMN = re.compile(r"[^\s#]")
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
    for chunk in _chunks(source.text):
        try:
            tree = _lark().parse(chunk.text)
        except UnexpectedInput as error:
            diagnostics.append(_mistake(error, chunk, source))
        else:
            items.append(_Builder(source.name, chunk.line - 1).item(tree))
    return Parsed(Document(source, tuple(items), tuple(_comments(source.text))), tuple(diagnostics))


@cache
def _lark() -> Lark:
    grammar = files("policy").joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        grammar, parser="lalr", lexer="contextual", propagate_positions=True,
        maybe_placeholders=True,
    )  # fmt: skip


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


class _Builder:
    """Lark's tree of one item to ours; `offset` lines stand above the item in its file."""

    def __init__(self, file: str, offset: int) -> None:
        self._file = file
        self._offset = offset

    def item(self, tree: Tree[Token]) -> Item:
        span = self._span(tree)
        parts = tree.children
        match tree.data:
            case "policy_item":
                return PolicySyntax(self._text(parts[0]), span)
            case "use_item":
                return UseSyntax(self._names(parts[0]), span)
            case "tag_item":
                return TagSyntax(self._names(parts[0]), span)
            case "fact_item":
                name, kind, usual, doc = parts
                return FactSyntax(
                    self._name(name), self._type(kind), self._word(usual) if usual else None,
                    self._text(doc) if doc else None, span,
                )  # fmt: skip
            case "set_item":
                return SetSyntax(self._name(parts[0]), self._braces(parts[1]), span)
            case "define_item":
                return DefineSyntax(self._name(parts[0]), self._condition(parts[1]), span)
            case "allow_rule" | "require_rule" | "block_rule":
                return self._rule(parts, span)
            case "invariant_item":
                event, title, condition, *rest = parts
                return InvariantSyntax(
                    self._event(event), self._text(title), self._condition(condition),
                    self._clauses(rest), span,
                )  # fmt: skip
            case "liveness":
                event, title, given, gets, *rest = parts
                return LivenessSyntax(
                    self._event(event), self._text(title), self._condition(given),
                    self._condition(gets), self._clauses(rest), span,
                )  # fmt: skip
            case "monotone":
                event, title, members, fact, *rest = parts
                return MonotoneSyntax(
                    self._event(event), self._text(title), self._value_set(members),
                    self._name(fact), self._clauses(rest), span,
                )  # fmt: skip
            case _:
                return self._example(parts, span)

    def _rule(self, parts: list[Any], span: Span) -> RuleSyntax:
        event, kind, *rest = parts
        mode: Name | None = None
        if kind.value != "block":
            first, *rest = rest
            mode = self._name(first) if first is not None else None
        at = next(i for i, part in enumerate(rest) if isinstance(part, Token))
        return RuleSyntax(
            RuleKind(kind.value), self._event(event), mode, self._text(rest[at]),
            self._clauses([*rest[:at], *rest[at + 1 :]]), span,
        )  # fmt: skip

    def _example(self, parts: list[Any], span: Span) -> ExampleSyntax:
        event, title, *rest = parts
        at = next(i for i, part in enumerate(rest) if part.data == "name")
        given = tuple(self._given(part) for part in rest[:at])
        by = tuple(self._text(part) for part in rest[at + 1 :] if part is not None)
        return ExampleSyntax(
            self._event(event), self._text(title), given, self._name(rest[at]), by, span
        )

    def _given(self, tree: Tree[Token]) -> Given:
        operator = {
            "given_is": "is", "given_set": "is", "given_has": "has",
            "given_has_all": "has all of", "given_true": "true", "given_false": "false",
        }[tree.data]  # fmt: skip
        name, *operand = tree.children
        return Given(
            self._name(name), operator, self._operand(operand[0]) if operand else None,
            self._span(tree),
        )  # fmt: skip

    def _type(self, tree: Any) -> TypeSyntax:
        span = self._span(tree)
        match tree.data, tree.children:
            case "plain_type", [word]:
                return TypeSyntax(self._name(word).text, None, None, None, None, span)
            case "bounded_type", [word, currency, high]:
                low = None
            case "range_type", [word, currency, low, high]:
                pass
            case kind, [members]:
                word_text = "one of" if kind == "enum_type" else "set of"
                return TypeSyntax(word_text, None, None, None, self._braces(members), span)
        return TypeSyntax(
            self._name(word).text, self._name(currency) if currency else None,
            self._amount(low) if low else None, self._amount(high), None, span,
        )  # fmt: skip

    def _clauses(self, trees: list[Any]) -> tuple[Clause, ...]:
        return tuple(self._clause(tree) for tree in trees)

    def _clause(self, tree: Tree[Token]) -> Clause:
        span, parts = self._span(tree), tree.children
        match tree.data:
            case "when_clause" | "unless_clause":
                kind = ClauseKind.WHEN if tree.data == "when_clause" else ClauseKind.UNLESS
                return Clause(kind, span, self._condition(parts[0]))
            case "because":
                return Clause(ClauseKind.BECAUSE, span, words=(self._text(parts[0]),))
            case "owner":
                return Clause(ClauseKind.OWNER, span, words=(self._name(parts[0]),))
            case "review_clause":
                return Clause(ClauseKind.REVIEW, span, words=(self._number(parts[0]),))
            case "approval_by_one":
                return Clause(ClauseKind.BY, span, words=(self._name(parts[0]),))
            case "approval_by_many":
                words = (self._name(parts[1]), self._number(parts[0]))
                return Clause(ClauseKind.BY, span, words=words)
            case "with_clause":
                return Clause(ClauseKind.WITH, span, words=self._names(parts[0]))
            case "copy_clause":
                return Clause(ClauseKind.COPY, span, words=(self._word(parts[0]),))
            case "redact_clause":
                return Clause(ClauseKind.REDACT, span)
            case "route_clause":
                return Clause(ClauseKind.ROUTE, span, words=(self._name(parts[0]),))
            case "hold_clause":
                then: Any = parts[1]
                word = then.children[0]
                name = self._token_name(word) if isinstance(word, Token) else self._name(word)
                return Clause(ClauseKind.HOLD, span, words=(self._amount(parts[0]), name))
            case _:
                return Clause(ClauseKind.UNDO, span, words=(self._amount(parts[0]),))

    def _condition(self, tree: Any) -> Test | Negation | Group | Junction:
        span, parts = self._span(tree), tree.children
        match tree.data:
            case "implies" | "disjunction" | "conjunction":
                word = {"implies": "implies", "disjunction": "or", "conjunction": "and"}[tree.data]
                return Junction(word, tuple(self._condition(part) for part in parts), span)
            case "negated":
                return Negation(self._condition(parts[0]), span)
            case "group":
                return Group(self._condition(parts[0]), span)
            case "test_true":
                return Test(self._name(parts[0]), "", None, span)
            case "test_compare":
                return Test(self._name(parts[0]), parts[1].value, self._word(parts[2]), span)
            case _:
                return Test(
                    self._name(parts[0]), _OPERATORS[tree.data], self._operand(parts[1]), span
                )

    def _operand(self, tree: Any) -> Name | Text | Amount | Braces:
        return self._braces(tree) if tree.data == "braces" else self._word(tree)

    def _value_set(self, tree: Any) -> Braces | Name:
        return self._braces(tree) if tree.data == "braces" else self._name(tree)

    def _braces(self, tree: Any) -> Braces:
        words = tuple(self._word(part) for part in tree.children if part is not None)
        return Braces(words, self._span(tree))

    def _word(self, tree: Any) -> Name | Text | Amount:
        if tree.data == "name":
            return self._name(tree)
        return self._text(tree.children[0]) if tree.data == "text" else self._amount(tree)

    def _event(self, tree: Any) -> Name | None:
        return self._name(tree.children[0]) if tree is not None else None

    def _names(self, tree: Any) -> tuple[Name, ...]:
        return tuple(self._name(part) for part in tree.children)

    def _name(self, tree: Any) -> Name:
        return self._token_name(tree.children[0])

    def _token_name(self, token: Token) -> Name:
        return Name(token.value, self._token_span(token))

    def _text(self, token: Any) -> Text:
        return Text(token.value[1:-1], self._token_span(token))

    def _number(self, token: Any) -> Amount:
        return Amount(token.value, None, self._token_span(token))

    def _amount(self, tree: Any) -> Amount:
        number, unit = tree.children
        return Amount(number.value, unit.value if unit is not None else None, self._span(tree))

    def _token_span(self, token: Token) -> Span:
        line = (token.line or 1) + self._offset
        column = token.column or 1
        return Span(self._file, line, column, line, column + len(token.value))

    def _span(self, tree: Tree[Token]) -> Span:
        meta = tree.meta
        if meta.empty:
            return Span(self._file, self._offset + 1, 1, self._offset + 1, 2)
        return Span(
            self._file, meta.line + self._offset, meta.column,
            meta.end_line + self._offset, meta.end_column,
        )  # fmt: skip


_OPERATORS = {
    "test_is": "is", "test_is_not": "is not", "test_in": "in", "test_not_in": "not in",
    "test_has": "has", "test_has_any": "has any of", "test_has_all": "has all of",
    "test_has_none": "has none of", "test_starts": "starts with", "test_ends": "ends with",
    "test_contains": "contains", "test_matches": "matches",
}  # fmt: skip
