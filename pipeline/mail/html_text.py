"""HTML to the text a reader sees, with quoted mail and hidden text set apart.

Hidden text is kept because it is evidence: what a person cannot see but a classifier would read
is a known way to fool one. Parsing is Lexbor's (the HTML standard); a document nested or padded
so as to cost its square, and what exceeds 256 KiB, is stripped in one linear pass instead (a mail
reader clips far earlier).
"""

import html as entities
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

__all__ = ["HtmlText", "html_text"]

_LENGTH_LIMIT = 4_000_000
_PARSED_LIMIT = 262_144
_NESTING_LIMIT = 8_000
_ATTRIBUTES_LIMIT = 2_000
_STYLE_LIMIT = 65_536

_ANY_TAG = re.compile(r"<[^<>]*>")
_NESTING_TAG = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|p|li|td|th|tr)\b)[a-z]",
    re.IGNORECASE,
)

_DROPPED = ("script", "style", "template", "noscript", "title")
_BREAKING = "br,p,div,tr,li,ul,ol,table,h1,h2,h3,h4,h5,h6,blockquote,pre,hr,section,article"
_QUOTING = (
    ".gmail_quote,.gmail_extra,blockquote[type=cite],#divRplyFwdMsg,#appendonsend,"
    ".moz-cite-prefix,.yahoo_quoted,.protonmail_quote,#OLK_SRC_BODY_SECTION,.zmail_extra,"
    ".moz-forward-container,#mail-editor-reference-message-container"
)
_QUOTING_WORDS = (
    "gmail_", "cite", "divrplyfwdmsg", "appendonsend", "moz-", "yahoo_quoted", "protonmail_quote",
    "olk_src_body_section", "zmail_extra", "mail-editor-reference-message-container",
)  # fmt: skip
_FROM_HERE_ON = "#divRplyFwdMsg,#appendonsend"
_MAYBE_HIDDEN = "[style],[hidden]"
_ZERO = re.compile(
    r"(?:font-size|max-height|height|opacity|line-height):0(?:px|pt|em|%|\.0)?(?:;|!|$)"
)
_COULD_HIDE = re.compile(r"none|hid|:\s*0")
_CLASS_RULE = re.compile(r"\.([A-Za-z][\w-]{0,80})$")
_BLANK_LINES = re.compile(r"\n(?:[ \t\xa0]?\n){2,}")
_SPACES = re.compile(r"[ \t\xa0]{2,}")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text of a document: what a reader sees, what is quoted mail, what is hidden."""

    visible: str
    quoted: str = ""
    hidden: str = ""


def html_text(document: str) -> HtmlText:
    """The text of `document`, of which at most 4,000,000 characters are read."""
    document = document[:_LENGTH_LIMIT].replace("\x00", "")
    if _is_hostile(document):
        return HtmlText(_stripped(document))
    rest = _stripped(document[_PARSED_LIMIT:])
    tree = LexborHTMLParser(document[:_PARSED_LIMIT])
    body = tree.body
    if body is None:
        return HtmlText(rest)
    # Most documents have little of what is looked for, and a look at their letters is cheap. What
    # is spelt with references ("&#104;idden") is looked for in the tree in any case.
    letters = document.lower()
    spelt = "&" in letters
    hidden_classes = _hidden_classes(tree) if "<style" in letters else []
    if tree.head is not None:
        tree.head.decompose()
    if dropped := [tag for tag in _DROPPED if f"<{tag}" in letters]:
        for node in tree.css(",".join(dropped)):
            node.decompose()
    hidden: list[str] = []
    if spelt or _COULD_HIDE.search(letters):
        hidden += _taken([node for node in tree.css(_MAYBE_HIDDEN) if _is_hidden(node)])
    for name in hidden_classes:
        hidden += _taken(tree.css(f".{name}"))
    for node in tree.css(_BREAKING):
        node.insert_before("\n")
        if node.tag != "br":
            node.insert_after("\n")
    if "<td" in letters or "<th" in letters:
        for node in tree.css("td,th"):
            node.insert_after(" ")
    quoted: list[str] = []
    if spelt or any(word in letters for word in _QUOTING_WORDS):
        after_mark = _outlook_quote(tree)
        quoted = _taken(tree.css(_QUOTING)) + after_mark
    return HtmlText(_tidy(body.text() + rest), _tidy("\n".join(quoted)), _tidy("\n".join(hidden)))


def _is_hostile(document: str) -> bool:
    """Whether a parse could cost the square of the nesting, or of the attributes of one tag."""
    if len(document) < _NESTING_LIMIT:
        return False
    if sum(1 for _ in _NESTING_TAG.finditer(document, 0, _PARSED_LIMIT)) > _NESTING_LIMIT:
        return True
    return any(
        len(piece) > _ATTRIBUTES_LIMIT
        and len(piece[piece.find("<") :].split(None, _ATTRIBUTES_LIMIT)) > _ATTRIBUTES_LIMIT
        for piece in document[:_PARSED_LIMIT].split(">")
        if "<" in piece
    )


def _stripped(document: str) -> str:
    """The text of `document` without tags: one linear pass, knowing nothing of what is hidden."""
    return _tidy(entities.unescape(_ANY_TAG.sub(" ", document)))


def _taken(nodes: list[LexborNode]) -> list[str]:
    """The texts of `nodes` (in document order), which are taken out of the tree."""
    texts = []
    # Backwards, so that a nested node is out before the one around it.
    for node in reversed(nodes):
        if text := node.text().strip():
            texts.append(text)
        node.decompose()
    return texts[::-1]


def _outlook_quote(tree: LexborHTMLParser) -> list[str]:
    """Outlook marks only where its quote starts: the siblings after the mark belong to it."""
    mark = tree.css_first(_FROM_HERE_ON)
    if mark is None:
        return []
    nodes = []
    while mark is not None:
        nodes.append(mark)
        mark = mark.next
    return _taken(nodes)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    style = "".join((attributes.get("style") or "").lower().split())
    if not style or "zoom:reset" in style:
        return False
    return _hides(style)


def _hides(style: str) -> bool:
    """Whether declarations (lower case, no blanks) keep an element from a reader's eyes."""
    if "display:none" in style or "visibility:hidden" in style or "mso-hide:all" in style:
        return True
    match = _ZERO.search(style)
    if match is None:
        return False
    # A spacer row has no height or line height, yet its text shows unless the overflow is cut.
    return match[0].startswith(("font-size", "opacity")) or "overflow:hidden" in style


def _hidden_classes(tree: LexborHTMLParser) -> list[str]:
    """Classes that a style sheet hides on every screen: rules inside `@media` do not count."""
    names = []
    sheets = "".join(node.text() for node in tree.css("style"))[:_STYLE_LIMIT]
    depth = 0
    for block in sheets.split("}"):
        selectors, _, declarations = block.rpartition("{")
        opened = block.count("{")
        at_top = depth + opened == 1 and "@" not in selectors
        depth = max(0, depth + opened - 1)
        if at_top and _hides("".join(declarations.lower().split())):
            matches = [_CLASS_RULE.match(selector.strip()) for selector in selectors.split(",")]
            names += [match[1] for match in matches if match]
    return names[:50]


def _tidy(text: str) -> str:
    """Runs of blanks to one, runs of empty lines to one, no blanks at the ends of lines."""
    lines = [_SPACES.sub(" ", line).strip(" \t\xa0") for line in text.splitlines()]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
