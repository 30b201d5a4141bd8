"""One canonical layout of a policy file; comments stay with the line they speak of.

Layout changes no word and no order: the text parses to the same tree, and laying it out twice
changes nothing. A comment inside a condition that spans several lines moves above it.
"""

from collections.abc import Iterator, Sequence

from policy.pieces import Piece, pieces
from policy.syntax import (
    Comment,
    DefineSyntax,
    Document,
    FactSyntax,
    Item,
    SetSyntax,
    TagSyntax,
    UseSyntax,
)

__all__ = ["format_document"]

_MAY_STAND_CLOSE = UseSyntax | TagSyntax | FactSyntax | SetSyntax | DefineSyntax


def format_document(document: Document) -> str:
    """The text of a document that was parsed without a mistake; ends in a line feed."""
    blocks: list[_Block] = []
    comments = list(document.comments)
    for position, item in enumerate(document.items):
        following = document.items[position + 1 :]
        end = following[0].span.line if following else None
        blocks.append(_Block(item, comments, end))
    out: list[str] = []
    before: _Block | None = None
    for block in blocks:
        if before is not None and block.stands_apart_from(before):
            out.append("")
        out.extend(block.lines())
        before = block
    if out and comments:
        out.append("")
    out.extend(_spaced(comments))
    return "\n".join(out) + "\n" if out else ""


class _Block:
    """An item with its comments, which it takes from the front of `comments`.

    Its own are those above it, those on its lines, and the indented ones under it; `end` is the
    line of the next item.
    """

    def __init__(self, item: Item, comments: list[Comment], end: int | None) -> None:
        self._item = item
        self._pieces = pieces(item)
        self._above: list[Comment] = []
        self._above_piece: dict[int, list[Comment]] = {}
        self._behind_piece: dict[int, Comment] = {}
        self._under: list[Comment] = []
        self.last = self._pieces[-1].last
        self.first = item.span.line
        if comments:
            self.first = min(self.first, comments[0].line)
        while comments and self._takes(comments[0], end):
            self._place(comments.pop(0))

    def _takes(self, comment: Comment, end: int | None) -> bool:
        if comment.line <= self._pieces[-1].last:
            return True
        return comment.own_line and comment.column > 1 and (end is None or comment.line < end)

    def _place(self, comment: Comment) -> None:
        line = comment.line
        if not comment.own_line:
            for position in reversed(range(len(self._pieces))):
                if self._pieces[position].last == line:
                    self._behind_piece[position] = comment
                    return
        for position, piece in enumerate(self._pieces):
            if piece.last >= line:
                if position == 0:
                    self._above.append(comment)
                else:
                    self._above_piece.setdefault(position, []).append(comment)
                return
        self._under.append(comment)
        self.last = max(self.last, line)

    def stands_apart_from(self, before: "_Block") -> bool:
        """Whether a blank line goes between; short declarations stand as the file has them."""
        if before.is_short and self.is_short:
            return self.first - before.last > 1
        return True

    @property
    def is_short(self) -> bool:
        """Whether this is a declaration of one line, which may stand close to another."""
        one_line = len(self._pieces) == 1 and len(self._pieces[0].lines) == 1
        return isinstance(self._item, _MAY_STAND_CLOSE) and one_line and not self._under

    def lines(self) -> Iterator[str]:
        """The item laid out."""
        yield from _spaced(self._above, self._item.span.line)
        for position, piece in enumerate(self._pieces):
            indent = "  " if position else ""
            for comment in self._above_piece.get(position, ()):
                yield indent + comment.text
            yield from _piece(piece, indent, self._behind_piece.get(position))
        for comment in self._under:
            yield "  " + comment.text


def _piece(piece: Piece, indent: str, behind: Comment | None) -> Iterator[str]:
    *upper, last = piece.lines
    yield from (indent + line for line in upper)
    yield f"{indent}{last}  {behind.text}" if behind else indent + last


def _spaced(comments: Sequence[Comment], then: int | None = None) -> Iterator[str]:
    """Comments in the first column, with the blank lines between them and before line `then`."""
    line: int | None = None
    for comment in comments:
        if line is not None and comment.line - line > 1:
            yield ""
        yield comment.text
        line = comment.line
    if line is not None and then is not None and then - line > 1:
        yield ""
