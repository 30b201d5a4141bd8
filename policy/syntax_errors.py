"""What a reader most likely meant where the text does not fit the grammar.

Codes GP0001 to GP0029. Each known slip has its own words and mend; the rest say what could stand
there.
"""

import re
from collections.abc import Collection, Sequence

from policy.diagnostics import Diagnostic, nearest
from policy.rules import Span

__all__ = ["explain"]

_SLIPS: tuple[tuple[str, str, str, str], ...] = (
    ("==", "GP0002", "`==` is not a word of this language", "write `is`, as in `kind is reply`"),
    ("!=", "GP0003", "`!=` is not a word of this language", "write `is not`"),
    ("=", "GP0002", "`=` is not a word of this language", "write `is`, as in `kind is reply`"),
    ("<>", "GP0003", "`<>` is not a word of this language", "write `is not`"),
    ("&", "GP0004", "`&&` is not a word of this language", "write `and`"),
    ("|", "GP0004", "`||` is not a word of this language", "write `or`"),
    ("!", "GP0004", "`!` is not a word of this language", "write `not`"),
    ("“", "GP0005", "a text needs straight quotes", 'write `"` instead of `“` and `”`'),
    ("”", "GP0005", "a text needs straight quotes", 'write `"` instead of `“` and `”`'),
    ("'", "GP0005", "a text needs double quotes", "write `\"` instead of `'`"),
    ("[", "GP0006", "a set is written in braces", "write `{a, b}`"),
    (";", "GP0007", "no line ends in a semicolon", "remove the `;`"),
    ("//", "GP0008", "a comment begins with `#`", "write `#` instead of `//`"),
    ("/*", "GP0008", "a comment begins with `#`", "write `#` before each line of it"),
    ("-", "GP0009", "a name has no hyphens", "write `_` instead of `-`, as in `order_status`"),
)

_WORDS_OF_OTHERS = {
    "if": "when", "where": "when", "except": "unless", "deny": "block", "forbid": "block",
    "permit": "allow", "equals": "is", "rule": "allow`, `require` or `block", "test": "example",
    "import": "use", "include": "use", "reason": "because", "assert": "invariant",
}  # fmt: skip

_SHOWN = {
    "NAME": "a name", "STRING": 'a text in `"quotes"`', "NUMBER": "a number", "COLON": "`:`",
    "LBRACE": "`{`", "RBRACE": "`}`", "LPAR": "`(`", "RPAR": "`)`", "COMMA": "`,`",
    "COMPARISON": "`>=`, `<=`, `>` or `<`", "DATE": "a date such as `2027-03-31`",
    "UNIT": "a unit such as `days`", "PERCENT": "`%`", "$END": "the end of this item",
}  # fmt: skip

_GROUPS: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"IS", "IN", "HAS", "COMPARISON", "STARTS", "ENDS", "CONTAINS", "MATCHES",
                   "NOT"}),
        "a test such as `is`, `in`, `has` or `>=`",
    ),
    (frozenset({"AND", "OR", "IMPLIES"}), "`and`, `or` or `implies`"),
    (
        frozenset({"WHEN", "UNLESS", "BECAUSE", "OWNER", "REVIEW", "BY", "WITH", "COPY", "REDACT",
                   "ROUTE", "HOLD", "UNDO"}),
        "a line of the rule such as `when`, `unless` or `because`",
    ),
    (frozenset({"NAME", "NUMBER", "STRING"}), "a value"),
)  # fmt: skip
_MOST_SHOWN = 5


def explain(
    found: str, expected: Collection[str], lines: Sequence[str], line: int, span: Span,
    opening_words: Sequence[str],
) -> Diagnostic:  # fmt: skip
    """The diagnostic for `found` at `span`, where the grammar allows the terminals `expected`.

    `lines` is the text of the item and `line` (from 1) the one at fault.
    """
    whole = lines[line - 1] if line <= len(lines) else ""
    first = lines[0].split(None, 1)[0] if lines and lines[0].split() else ""
    word = re.match(r"\w*", found)
    spelled = word.group() if word else ""

    if whole.count('"') % 2 and (found.startswith('"') or '"' in whole[: span.column + 1]):
        return Diagnostic(
            "GP0001", "this text is not closed", span, "opened here",
            'add `"` at its end; a text stands on one line',
        )  # fmt: skip
    for slip, code, message, mend in _SLIPS:
        if found.startswith(slip):
            return Diagnostic(code, message, _widened(span, _slip_width(found, slip)), "", mend)
    if line == 1 and span.column == 1 and spelled:
        return _unknown_item(spelled, span, opening_words)
    if spelled in _WORDS_OF_OTHERS:
        mend = f"write `{_WORDS_OF_OTHERS[spelled]}`"
        return Diagnostic("GP0011", f"`{spelled}` is not a word here", span, "", mend)
    if (
        "STRING" in expected
        and first in {"allow", "require", "block", "on"}
        and "NAME" not in expected
    ):
        return Diagnostic(
            "GP0012", "a rule needs a title", span, "expected a text here",
            f'write the title in quotes: `{first} ... "what this rule is for"`',
        )  # fmt: skip
    if expected == {"COLON"} or ("COLON" in expected and len(expected) <= 2):
        return Diagnostic("GP0013", "a `:` is missing", span, "expected `:` here", "add a `:`")
    if not found:
        return Diagnostic(
            "GP0014", f"this `{first}` is not finished", span, f"expected {_list(expected)}",
            "go on here; a line in the first column begins something new",
        )  # fmt: skip
    if spelled in opening_words and line > 1:
        return Diagnostic(
            "GP0015", f"`{spelled}` begins something new but is indented", span, "",
            "move it to the first column",
        )  # fmt: skip
    words = [name.lower() for name in expected if name.isalpha() and name not in _SHOWN]
    slips = nearest(spelled, words) if spelled else ()
    shown = spelled or found[:1]
    label = "" if slips else f"expected {_list(expected)}"
    slip_mend = f"did you mean `{slips[0]}`?" if slips else None
    return Diagnostic("GP0010", f"`{shown}` does not fit here", span, label, slip_mend)


def _unknown_item(word: str, span: Span, opening_words: Sequence[str]) -> Diagnostic:
    if word in _WORDS_OF_OTHERS:
        mend = f"write `{_WORDS_OF_OTHERS[word]}`"
    elif close := nearest(word, opening_words):
        mend = f"did you mean `{close[0]}`?"
    elif word in {"when", "unless", "because", "owner", "by", "with", "given", "expect"}:
        mend = f"indent it: `{word}` belongs to the item above"
    else:
        mend = "begin with " + ", ".join(f"`{name}`" for name in opening_words)
    return Diagnostic("GP0016", f"nothing begins with `{word}`", span, "", mend)


def _list(expected: Collection[str]) -> str:
    """What could stand there, in words; kinds of thing instead of long lists of words."""
    left = set(expected) - {"WS", "COMMENT"}
    words: list[str] = []
    for group, name in _GROUPS:
        if group <= left:
            left -= group
            words.append(name)
    words.extend(sorted({_SHOWN.get(name, f"`{name.lower()}`") for name in left}))
    if not words:
        return "something else"
    if len(words) > _MOST_SHOWN:
        words = [*words[:_MOST_SHOWN], "..."]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _slip_width(found: str, slip: str) -> int:
    """How much of `found` the slip takes: `==` and `&&` are two characters wide."""
    return len(found) - len(found.lstrip(slip[0])) if slip in {"=", "&", "|"} else len(slip)


def _widened(span: Span, width: int) -> Span:
    return Span(span.file, span.line, span.column, span.end_line, span.column + width)
