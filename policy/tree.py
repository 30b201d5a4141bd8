"""Lark's tree of one item to the nodes of `policy.syntax`.

Lark keeps every token, so a node's place is that of its first and last token; words of the
grammar such as `when` and `{` carry nothing else and are left out of `_parts`.
"""

from typing import Any

from lark import Token, Tree

from policy.diagnostics import DiagnosticError
from policy.rules import RuleKind, Span
from policy.syntax import (
    Amount,
    Braces,
    Clause,
    ClauseKind,
    ConditionSyntax,
    DefineSyntax,
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
    TagSyntax,
    Test,
    Text,
    TypeSyntax,
    UseSyntax,
)

__all__ = ["DEEPEST", "TreeReader"]

DEEPEST = 20
"""How deep a condition may be nested; deeper ones no person can read."""

_KEPT = frozenset(
    {"NAME", "STRING", "NUMBER", "UNIT", "PERCENT", "DATE", "COMPARISON", "ALLOW", "REQUIRE",
     "BLOCK"}
)  # fmt: skip
_OPERATORS = {
    "test_is": "is", "test_is_not": "is not", "test_in": "in", "test_not_in": "not in",
    "test_has": "has", "test_has_any": "has any of", "test_has_all": "has all of",
    "test_has_none": "has none of", "test_starts": "starts with", "test_ends": "ends with",
    "test_contains": "contains", "test_matches": "matches",
}  # fmt: skip
_GIVEN = {
    "given_is": "is", "given_set": "is", "given_has": "has", "given_has_all": "has all of",
    "given_true": "true", "given_false": "false",
}  # fmt: skip
_CLAUSES = {
    "when_clause": ClauseKind.WHEN, "unless_clause": ClauseKind.UNLESS,
    "because": ClauseKind.BECAUSE, "owner": ClauseKind.OWNER, "review_clause": ClauseKind.REVIEW,
    "approval_by_one": ClauseKind.BY, "approval_by_many": ClauseKind.BY,
    "with_clause": ClauseKind.WITH, "copy_clause": ClauseKind.COPY,
    "redact_clause": ClauseKind.REDACT, "route_clause": ClauseKind.ROUTE,
    "hold_clause": ClauseKind.HOLD, "undo_clause": ClauseKind.UNDO,
}  # fmt: skip
_JUNCTIONS = {"implies": "implies", "disjunction": "or", "conjunction": "and"}


class TreeReader:
    """Reads the trees of one file's items; `offset` lines stand above the item in the file."""

    def __init__(self, file: str, offset: int) -> None:
        self._file = file
        self._offset = offset

    def item(self, tree: Tree[Token]) -> Item:
        """The item; raises DiagnosticError when a condition in it is nested too deep."""
        span = self._span(tree)
        parts = _parts(tree)
        match tree.data:
            case "policy_item":
                return PolicySyntax(self._text(parts[0]), span)
            case "use_item":
                return UseSyntax(self._names(parts[0]), span)
            case "tag_item":
                return TagSyntax(self._names(parts[0]), span)
            case "fact_item":
                return self._fact(tree.children, span)
            case "set_item":
                return SetSyntax(self._name(parts[0]), self._braces(parts[1]), span)
            case "define_item":
                return DefineSyntax(self._name(parts[0]), self._condition(parts[1]), span)
            case "allow_rule" | "require_rule" | "block_rule":
                return self._rule(parts, span)
            case "invariant_item":
                event, parts = self._event(parts)
                title, condition, *rest = parts
                return InvariantSyntax(
                    event, self._text(title), self._condition(condition), self._clauses(rest), span
                )
            case "liveness":
                event, parts = self._event(parts)
                title, given, gets, *rest = parts
                return LivenessSyntax(
                    event, self._text(title), self._condition(given), self._condition(gets),
                    self._clauses(rest), span,
                )  # fmt: skip
            case "monotone":
                event, parts = self._event(parts)
                title, members, fact, *rest = parts
                return MonotoneSyntax(
                    event, self._text(title), self._value_set(members), self._name(fact),
                    self._clauses(rest), span,
                )  # fmt: skip
            case _:
                return self._example(parts, span)

    def _fact(self, children: list[Any], span: Span) -> FactSyntax:
        _, name, _, kind, _, usual, doc = children
        return FactSyntax(
            self._name(name), self._type(kind), self._word(usual) if usual is not None else None,
            self._text(doc) if doc is not None else None, span,
        )  # fmt: skip

    def _rule(self, parts: list[Any], span: Span) -> RuleSyntax:
        event, parts = self._event(parts)
        kind, *rest = parts
        mode = self._name(rest.pop(0)) if _is_token(rest[0], "NAME") else None
        at = next(i for i, part in enumerate(rest) if _is_token(part, "STRING"))
        title = self._text(rest.pop(at))
        return RuleSyntax(RuleKind(str(kind)), event, mode, title, self._clauses(rest), span)

    def _example(self, parts: list[Any], span: Span) -> ExampleSyntax:
        event, parts = self._event(parts)
        title, *rest = parts
        at = next(i for i, part in enumerate(rest) if _is_token(part, "NAME"))
        given = tuple(self._given(part) for part in rest[:at])
        by = tuple(self._text(part) for part in rest[at + 1 :])
        return ExampleSyntax(event, self._text(title), given, self._name(rest[at]), by, span)

    def _given(self, tree: Tree[Token]) -> Given:
        name, *operand = _parts(tree)
        return Given(
            self._name(name), _GIVEN[tree.data], self._operand(operand[0]) if operand else None,
            self._span(tree),
        )  # fmt: skip

    def _type(self, tree: Tree[Token]) -> TypeSyntax:
        span, parts = self._span(tree), _parts(tree)
        if tree.data in {"enum_type", "set_type"}:
            word = "one of" if tree.data == "enum_type" else "set of"
            return TypeSyntax(word, None, None, None, self._braces(parts[0]), span)
        names = [self._name(part) for part in parts if isinstance(part, Token)]
        amounts = [self._amount(part) for part in parts if isinstance(part, Tree)]
        return TypeSyntax(
            names[0].text, names[1] if len(names) > 1 else None,
            amounts[0] if len(amounts) > 1 else None, amounts[-1] if amounts else None, None, span,
        )  # fmt: skip

    def _clauses(self, trees: list[Any]) -> tuple[Clause, ...]:
        return tuple(self._clause(tree) for tree in trees)

    def _clause(self, tree: Tree[Token]) -> Clause:
        kind, span, parts = _CLAUSES[tree.data], self._span(tree), _parts(tree)
        match kind:
            case ClauseKind.WHEN | ClauseKind.UNLESS:
                return Clause(kind, span, self._condition(parts[0]))
            case ClauseKind.BY:
                return Clause(kind, span, words=tuple(self._word(part) for part in parts[::-1]))
            case ClauseKind.WITH:
                return Clause(kind, span, words=self._names(parts[0]))
            case ClauseKind.HOLD:
                then = self._name(parts[1].children[0])
                return Clause(kind, span, words=(self._amount(parts[0]), then))
            case _:
                return Clause(kind, span, words=tuple(self._word(part) for part in parts))

    def _condition(self, tree: Tree[Token], depth: int = 0) -> ConditionSyntax:
        span, parts = self._span(tree), _parts(tree)
        if depth > DEEPEST:
            raise DiagnosticError(
                "GP0017", f"this is nested more than {DEEPEST} deep", span, "",
                "give a part of it a name with `define`",
            )  # fmt: skip
        match tree.data:
            case "implies" | "disjunction" | "conjunction":
                word = _JUNCTIONS[tree.data]
                return Junction(word, tuple(self._condition(one, depth + 1) for one in parts), span)
            case "negated":
                return Negation(self._condition(parts[0], depth + 1), span)
            case "group":
                return Group(self._condition(parts[0], depth + 1), span)
            case "test_true":
                return Test(self._name(parts[0]), "", None, span)
            case "test_compare":
                return Test(self._name(parts[0]), str(parts[1]), self._word(parts[2]), span)
            case _:
                return Test(
                    self._name(parts[0]), _OPERATORS[tree.data], self._operand(parts[1]), span
                )

    def _operand(self, part: Any) -> Name | Text | Amount | Braces:
        is_set = isinstance(part, Tree) and part.data == "braces"
        return self._braces(part) if is_set else self._word(part)

    def _value_set(self, part: Any) -> Braces | Name:
        return self._name(part) if isinstance(part, Token) else self._braces(part)

    def _braces(self, tree: Tree[Token]) -> Braces:
        return Braces(tuple(self._word(part) for part in _parts(tree)), self._span(tree))

    def _word(self, part: Any) -> Name | Text | Amount:
        if isinstance(part, Tree):
            return self._amount(part)
        match part.type:
            case "STRING":
                return self._text(part)
            case "NUMBER" | "DATE":
                return Amount(str(part), None, self._token_span(part))
            case _:
                return self._name(part)

    def _event(self, parts: list[Any]) -> tuple[Name | None, list[Any]]:
        """The event that an item opens with, if it does, and the parts behind it."""
        first, *rest = parts
        if isinstance(first, Tree) and first.data == "event":
            return self._name(_parts(first)[0]), rest
        return None, parts

    def _names(self, tree: Tree[Token]) -> tuple[Name, ...]:
        return tuple(self._name(part) for part in _parts(tree))

    def _name(self, token: Token) -> Name:
        return Name(str(token), self._token_span(token))

    def _text(self, token: Token) -> Text:
        return Text(str(token)[1:-1], self._token_span(token))

    def _amount(self, tree: Tree[Token]) -> Amount:
        number, *unit = _parts(tree)
        return Amount(str(number), str(unit[0]) if unit else None, self._span(tree))

    def _token_span(self, token: Token) -> Span:
        line, column = (token.line or 1) + self._offset, token.column or 1
        return Span(self._file, line, column, line, column + len(token))

    def _span(self, tree: Tree[Token]) -> Span:
        first, last = _outermost(tree, 0), _outermost(tree, -1)
        return Span(
            self._file, (first.line or 1) + self._offset, first.column or 1,
            (last.end_line or 1) + self._offset, last.end_column or 1,
        )  # fmt: skip


def _parts(tree: Tree[Token]) -> list[Any]:
    """The children that carry something: trees, and tokens other than words of the grammar."""
    return [
        child
        for child in tree.children
        if child is not None and (isinstance(child, Tree) or child.type in _KEPT)
    ]


def _is_token(part: Any, kind: str) -> bool:
    return isinstance(part, Token) and part.type == kind


def _outermost(tree: Tree[Token], end: int) -> Token:
    """The first (`end` 0) or last (-1) token of a tree; absent optional parts are passed over."""
    node: Any = tree
    while isinstance(node, Tree):
        node = node.children[end] or next(
            child for child in node.children[:: 1 if end == 0 else -1] if child is not None
        )
    return node  # type: ignore[no-any-return]  # Lark's leaves are tokens
