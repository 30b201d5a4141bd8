"""The policy that an open file belongs to, and the words in its files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from importlib.resources import files
from pathlib import Path

from policy.loading import Loaded, load, packs
from policy.rules import Span
from policy.syntax import (
    DefineSyntax,
    Document,
    FactSyntax,
    Name,
    PolicySyntax,
    RuleSyntax,
    SetSyntax,
    Source,
    TagSyntax,
    Text,
)

__all__ = ["Project", "Word", "path_of", "project_of"]

_SUFFIX = ".policy"


@dataclass(frozen=True, slots=True)
class Word:
    """A name or a text at a place; `is_title` when it stands for a rule."""

    text: str
    span: Span
    is_title: bool


@dataclass(frozen=True, slots=True)
class Project:
    """All files of one policy, loaded together; `file` is the one that was asked about."""

    file: str
    loaded: Loaded

    @property
    def document(self) -> Document:
        """The file that was asked about."""
        return next(one for one in self.loaded.documents if one.source.name == self.file)

    def word_at(self, line: int, column: int) -> Word | None:
        """The word of the file at a place; lines and columns count from 1."""
        for word in _words(self.document):
            span = word.span
            if span.line == line and span.column <= column <= span.end_column:
                return word
        return None

    def declaration(self, word: Word) -> Span | None:
        """Where the name is declared, or the rule stands whose title it is."""
        for document in self.loaded.documents:
            for item in document.items:
                match item:
                    case RuleSyntax(title=title) if word.is_title and title.text == word.text:
                        return title.span
                    case FactSyntax(name) | SetSyntax(name) | DefineSyntax(name) if (
                        not word.is_title and name.text == word.text
                    ):
                        return name.span
                    case TagSyntax(names) if not word.is_title:
                        for name in names:
                            if name.text == word.text:
                                return name.span
        return None

    def uses(self, word: Word) -> tuple[Span, ...]:
        """Every place of the policy's own files where the same word stands."""
        own = [one for one in self.loaded.documents if not one.source.name.startswith("packs/")]
        return tuple(
            other.span
            for document in own
            for other in _words(document)
            if (other.text, other.is_title) == (word.text, word.is_title)
        )

    @property
    def anchor(self) -> Span:
        """The place for what is said of the policy as a whole: its name, else its first line."""
        for item in self.document.items:
            if isinstance(item, PolicySyntax):
                return item.span
        return Span(self.file, 1, 1, 1, 2)


def project_of(file: str, read: Callable[[str], str]) -> Project:
    """The policy around `file`; `read` gives the text of a file, as the editor has it.

    With it go the files of its folder: all of them when it does not name a policy itself, else
    those that name none. A file of a folder that names no policy is a pack.
    """
    source = Source(file, read(file))
    beside = [Source(str(path), read(str(path))) for path in _siblings(file)]
    named = [one for one in beside if _names_policy(one)]
    unnamed = [one for one in beside if one not in named]
    if _names_policy(source):
        return Project(file, load(source, *unnamed))
    if named:
        return Project(file, load(source, named[0], *unnamed))
    user = Source("", f'policy "a pack"\nuse {Path(file).stem}\n')
    return Project(file, load(user, available={**packs(), Path(file).stem: source}))


def path_of(name: str) -> str:
    """Where a file of a policy is; a shipped pack lies inside the package."""
    return str(files("policy").joinpath(name)) if name.startswith("packs/") else name


def _siblings(file: str) -> list[Path]:
    path = Path(file)
    try:
        return sorted(one for one in path.parent.glob(f"*{_SUFFIX}") if one != path)
    except OSError:
        return []


def _names_policy(source: Source) -> bool:
    return any(line.startswith("policy ") for line in source.text.splitlines())


def _words(document: Document) -> Iterator[Word]:
    for item in document.items:
        yield from _words_of(item, isinstance(item, RuleSyntax), titled=True)


def _words_of(node: object, in_rule: bool, *, titled: bool) -> Iterator[Word]:
    """The names and titles inside a node. A text is a title in a rule's head and after `by`."""
    match node:
        case Name(text, span):
            yield Word(text, span, is_title=False)
        case tuple():
            for part in node:
                yield from _words_of(part, in_rule, titled=titled)
        case _ if is_dataclass(node) and not isinstance(node, Span | type):
            for part in fields(node):
                value = getattr(node, part.name)
                if isinstance(value, Text):
                    if part.name == "title" and in_rule:
                        yield Word(value.text, value.span, is_title=True)
                elif part.name == "by":
                    for title in value:
                        yield Word(title.text, title.span, is_title=True)
                else:
                    yield from _words_of(value, in_rule, titled=False)
