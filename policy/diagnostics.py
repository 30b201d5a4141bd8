"""How a mistake in a policy file is shown: place, line, caret, what was meant, how to mend it.

House style: one sentence in lower case without a full stop, the user's own words in backticks,
a place always, a mend whenever there is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from policy.rules import Span

__all__ = [
    "Diagnostic",
    "DiagnosticError",
    "Severity",
    "did_you_mean",
    "nearest",
    "render",
    "render_all",
]


class Severity(StrEnum):
    """An error keeps a policy from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: `label` stands under the caret, `mend` says what to write instead.

    `code` is stable (`GP0123`) and explained by `policy.codes`. `related` are other places that
    matter, such as the declaration, each with a note.
    """

    code: str
    message: str
    span: Span
    label: str = ""
    mend: str | None = None
    related: tuple[tuple[Span, str], ...] = ()
    severity: Severity = Severity.ERROR


class DiagnosticError(Exception):
    """Stops the reading of one part of a file; `diagnostic` says what is wrong with it."""

    def __init__(
        self, code: str, message: str, span: Span, label: str = "", mend: str | None = None,
        related: tuple[tuple[Span, str], ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.diagnostic = Diagnostic(code, message, span, label, mend, related)


def nearest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The names of `known` that `word` may be a slip of, nearest first; often none.

    A slip is at most two edits and about a third of the word, the same letters but for case and
    separators, or one name that goes on where the other ends.
    """
    plain = _plain(word)
    found: list[tuple[int, float, str]] = []
    for name in known:
        known_plain = _plain(name)
        distance = 0 if known_plain == plain else _edits(word.lower(), name.lower())
        short, long = sorted((plain, known_plain), key=len)
        if len(short) >= 4 and long.startswith(short):
            distance = min(distance, 2)
        if distance <= max(1, min(2, (len(word) + 1) // 3)):
            found.append((distance, -SequenceMatcher(a=word, b=name).ratio(), name))
    return tuple(name for _, _, name in sorted(found)[:most])


def did_you_mean(word: str, known: Iterable[str], what: str) -> str:
    """A mend for the unknown name `word`: the slip it may be, else the known names."""
    names = tuple(known)
    close = nearest(word, names)
    if close:
        return "did you mean " + " or ".join(f"`{name}`" for name in close) + "?"
    if not names:
        return f"there is no {what} to choose from yet"
    shown = ", ".join(f"`{name}`" for name in names[:12])
    return f"known {what}s: {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def render(diagnostic: Diagnostic, texts: Mapping[str, str]) -> str:
    """The diagnostic as several lines of plain text; `texts` holds the files by name."""
    span = diagnostic.span
    width = len(str(max([span.line, *(place.line for place, _ in diagnostic.related)])))
    gutter = " " * width
    lines = [
        f"{diagnostic.severity.value}[{diagnostic.code}]: {diagnostic.message}",
        f"{gutter} ┌─ {span.file}:{span.line}:{span.column}",
        *_excerpt(span, diagnostic.label, texts, width),
    ]
    for place, note in diagnostic.related:
        lines.append(f"{gutter} ├─ {place.file}:{place.line}:{place.column}  {note}")
        lines.extend(_excerpt(place, "", texts, width))
    if diagnostic.mend:
        lines.append(f"{gutter} = mend: {diagnostic.mend}")
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> str:
    """All diagnostics, a blank line between, and a last line that counts them."""
    found = list(diagnostics)
    errors = sum(item.severity is Severity.ERROR for item in found)
    warnings = len(found) - errors
    counts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((errors, "error"), (warnings, "warning"))
        if number
    ]
    return "\n\n".join([*(render(item, texts) for item in found), " and ".join(counts)])


def _excerpt(span: Span, label: str, texts: Mapping[str, str], width: int) -> list[str]:
    lines = texts.get(span.file, "").split("\n")
    if not 1 <= span.line <= len(lines):
        return []
    line = lines[span.line - 1].rstrip("\r")
    start = min(span.column, len(line) + 1) - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    # Tabs are kept before the caret so that it stands under the same column as the word.
    pad = "".join(char if char == "\t" else " " for char in line[:start])
    caret = "^" * max(1, min(end, len(line)) - start)
    gutter = " " * width
    return [f"{span.line:>{width}} │ {line}", f"{gutter} │ {pad}{caret} {label}".rstrip()]


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(".", "")


def _edits(a: str, b: str) -> int:
    """Edit distance with swaps of neighbours (Damerau-Levenshtein, optimal string alignment)."""
    if abs(len(a) - len(b)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        current = [i]
        for j, right in enumerate(b, 1):
            best = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                best = min(best, before[j - 2] + 1)
            current.append(best)
        before, row = row, current
    return row[-1]
