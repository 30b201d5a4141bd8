"""An item of a policy file as pieces: the lines a comment can stand above or behind."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policy.layout import WIDTH, condition, filled, flat, operand
from policy.rules import RuleKind
from policy.syntax import (
    Clause,
    ClauseKind,
    ConditionSyntax,
    DefineSyntax,
    ExampleSyntax,
    FactSyntax,
    Given,
    InvariantSyntax,
    Item,
    LivenessSyntax,
    MonotoneSyntax,
    Name,
    PolicySyntax,
    RuleSyntax,
    SetSyntax,
    TagSyntax,
    TypeSyntax,
    UseSyntax,
)

__all__ = ["Piece", "pieces"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of text, without indentation, made from the lines `first` to `last` of a file."""

    lines: tuple[str, ...]
    first: int
    last: int


def pieces(item: Item) -> tuple[Piece, ...]:
    """The pieces of an item; the first stands in the first column, the others are indented."""
    first, last = item.span.line, item.span.end_line
    match item:
        case PolicySyntax(title):
            return (_piece([f'policy "{title.text}"'], first, last),)
        case UseSyntax(names):
            return (_piece(_list("use", names), first, last),)
        case TagSyntax(names):
            return (_piece(_list("tag", names), first, last),)
        case FactSyntax():
            return (_piece([_fact(item)], first, last),)
        case SetSyntax(name, members):
            head, line = f"set {name.text}: ", operand(members)
            if len(head) + len(line) <= WIDTH:
                return (_piece([head + line], first, last),)
            inner = filled([operand(word) for word in members.words], WIDTH - 4)
            lines = [head + "{", *(f"    {line}" for line in inner), "  }"]
            return (_piece(lines, first, last),)
        case DefineSyntax(name, tree):
            line = f"define {name.text}: {flat(tree)}"
            if len(line) <= WIDTH:
                return (_piece([line], first, last),)
            head_piece = _piece([f"define {name.text}:"], first, item.name.span.line)
            return (head_piece, _condition("", tree))
        case RuleSyntax():
            return tuple(_rule(item))
        case InvariantSyntax():
            head_piece = _titled(item, "invariant")
            return (head_piece, _condition("", item.condition), *_clauses(item.clauses))
        case LivenessSyntax() | MonotoneSyntax():
            return tuple(_promise(item))
        case ExampleSyntax():
            return tuple(_example(item))


def _piece(lines: Sequence[str], first: int, last: int) -> Piece:
    return Piece(tuple(lines), first, last)


def _list(word: str, names: Iterable[Name]) -> list[str]:
    head, *rest = filled([name.text for name in names], WIDTH - len(word) - 1)
    return [f"{word} {head}", *(f"  {line}" for line in rest)]


def _fact(item: FactSyntax) -> str:
    usual = f" ordinarily {operand(item.ordinarily)}" if item.ordinarily else ""
    doc = f' "{item.doc.text}"' if item.doc else ""
    return f"fact {item.name.text}: {_type(item.type)}{usual}{doc}"


def _type(tree: TypeSyntax) -> str:
    if tree.members is not None:
        return f"{tree.word} {operand(tree.members)}"
    word = f"{tree.word} {tree.currency.text}" if tree.currency else tree.word
    if tree.high is None:
        return word
    if tree.low is None:
        return f"{word} up to {operand(tree.high)}"
    return f"{word} from {operand(tree.low)} to {operand(tree.high)}"


def _event(event: Name | None) -> str:
    return f"on {event.text} " if event else ""


def _rule(item: RuleSyntax) -> Iterator[Piece]:
    place = (item.title.span.line, item.title.span.column)
    in_header = [one for one in item.clauses if (one.span.line, one.span.column) < place]
    mode = f" {item.mode.text}" if item.mode and item.kind is not RuleKind.BLOCK else ""
    approvals = "".join(f" {_words(one)}" for one in in_header)
    head = f'{_event(item.event)}{item.kind.value}{mode}{approvals} "{item.title.text}"'
    yield _piece([head], item.span.line, item.title.span.end_line)
    yield from _clauses(one for one in item.clauses if one not in in_header)


def _clauses(clauses: Iterable[Clause]) -> Iterator[Piece]:
    for clause in clauses:
        if clause.condition is not None:
            found = _condition(f"{clause.kind.value} ", clause.condition)
            yield _piece(found.lines, clause.span.line, clause.span.end_line)
        else:
            yield _piece([_words(clause)], clause.span.line, clause.span.end_line)


def _words(clause: Clause) -> str:
    words = [operand(word) for word in clause.words]
    match clause.kind:
        case ClauseKind.BY if len(words) == 2:
            return f"by {words[1]} of {words[0]}"
        case ClauseKind.HOLD:
            return f"hold for at most {words[0]} then {words[1]}"
        case ClauseKind.REDACT:
            return clause.kind.value
        case _:
            return f"{clause.kind.value} {', '.join(words)}"


def _condition(prefix: str, tree: ConditionSyntax) -> Piece:
    first, *rest = condition(tree, WIDTH - 2 - len(prefix))
    return _piece([prefix + first, *rest], tree.span.line, tree.span.end_line)


def _titled(
    item: InvariantSyntax | LivenessSyntax | MonotoneSyntax | ExampleSyntax, word: str
) -> Piece:
    line = f'{_event(item.event)}{word} "{item.title.text}":'
    return _piece([line], item.span.line, item.title.span.end_line)


def _promise(item: LivenessSyntax | MonotoneSyntax) -> Iterator[Piece]:
    yield _titled(item, "promise")
    after = item.title.span.end_line
    if isinstance(item, MonotoneSyntax):
        line = f"adding any of {operand(item.members)} to {item.fact.text} never makes it freer"
        yield _piece([line], max(after, item.members.span.line), item.fact.span.end_line)
    else:
        given, gets = item.given.span, item.gets.span
        line = f"some message when {flat(item.given)} gets {flat(item.gets)}"
        if len(line) + 2 <= WIDTH:
            yield _piece([line], given.line, gets.end_line)
        else:
            yield _condition("some message when ", item.given)
            yield _condition("gets ", item.gets)
    yield from _clauses(item.clauses)


def _example(item: ExampleSyntax) -> Iterator[Piece]:
    yield _titled(item, "example")
    first, *rest = filled([_given(one) for one in item.given], WIDTH - 8)
    lines = [f"given {first}", *(f"  {line}" for line in rest)]
    yield _piece(lines, item.given[0].span.line, item.given[-1].span.end_line)
    by = ", ".join(operand(title) for title in item.by)
    line = f"expect {item.mode.text}" + (f" by {by}" if by else "")
    yield _piece([line], item.mode.span.line, item.span.end_line)


def _given(given: Given) -> str:
    match given.operator, given.operand:
        case "true", _:
            return given.fact.text
        case "false", _:
            return f"not {given.fact.text}"
        case operator, part:
            assert part is not None, "the other ways to give a fact have an operand"
            return f"{given.fact.text} {operator} {operand(part)}"
