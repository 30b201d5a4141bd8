"""What a policy declares before its rules: tags, facts, named sets, defined conditions.

Codes GP0101 to GP0129.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from policy import literals
from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from policy.facts import (
    BoolType,
    EnumType,
    Fact,
    FactType,
    NumberType,
    Origin,
    SetType,
    TextType,
    Unit,
    Value,
    Vocabulary,
)
from policy.rules import Span
from policy.syntax import (
    Amount,
    Braces,
    DefineSyntax,
    Document,
    FactSyntax,
    Name,
    SetSyntax,
    TagSyntax,
    Text,
    TypeSyntax,
)
from policy.vocabulary import BUILT_IN, TAGS, extended

__all__ = ["Declarations", "declare"]

Report = Callable[[Diagnostic], None]

_UNITS = {unit.value: unit for unit in Unit}
_PLAIN = ("bool", "text", "percent", "probability")


@dataclass(slots=True)
class Declarations:
    """The names of a policy; `places` says where each was declared.

    `unread` are the names whose declaration has a mistake of its own.
    """

    vocabulary: Vocabulary = field(default_factory=lambda: BUILT_IN)
    sets: dict[str, SetSyntax] = field(default_factory=dict)
    defines: dict[str, DefineSyntax] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    tags_declared: Span | None = None
    unread: set[str] = field(default_factory=set)


def declare(documents: Iterable[Document], report: Report) -> Declarations:
    """Collect the declarations of all documents, reporting every mistake."""
    found = Declarations()
    tags: list[str] = []
    facts: dict[str, Fact] = {}
    for document in documents:
        found.unread |= document.unread
        for item in document.items:
            match item:
                case TagSyntax(names, span):
                    found.tags_declared = found.tags_declared or span
                    tags.extend(name.text for name in names if _new_tag(name, found.places, report))
                case FactSyntax(name):
                    if _new_name(name, found.places, report):
                        fact = _fact(item, report)
                        if fact is not None:
                            facts[fact.name] = fact
                        else:
                            found.unread.add(name.text)
                case SetSyntax(name):
                    if _new_name(name, found.places, report):
                        found.sets[name.text] = item
                case DefineSyntax(name):
                    if _new_name(name, found.places, report):
                        found.defines[name.text] = item
                case _:
                    pass
    found.vocabulary = extended(tags, facts)
    return found


def _new_tag(name: Name, places: dict[str, Span], report: Report) -> bool:
    if "." in name.text:
        mend = f"write `{name.text.replace('.', '_')}`"
        report(Diagnostic("GP0101", "a tag has no dot", name.span, "", mend))
        return False
    if name.text in TAGS:
        report(
            Diagnostic(
                "GP0102",
                f"the tag `{name.text}` is built in",
                name.span,
                "",
                "leave it out; it can be used as it is",
            )
        )
        return False
    key = f"tag {name.text}"
    if key in places:
        report(_twice(name, places[key], "tag"))
        return False
    places[key] = name.span
    return True


def _new_name(name: Name, places: dict[str, Span], report: Report) -> bool:
    if name.text in BUILT_IN or name.text in {"mode", "obligations"}:
        report(
            Diagnostic("GP0103", f"`{name.text}` is built in", name.span, "", "choose another name")
        )
        return False
    if name.text in places:
        report(_twice(name, places[name.text], "name"))
        return False
    places[name.text] = name.span
    return True


def _twice(name: Name, first: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "GP0104",
        f"the {what} `{name.text}` is declared a second time",
        name.span,
        "",
        "remove one of them",
        ((first, "first declared here"),),
    )


def _fact(item: FactSyntax, report: Report) -> Fact | None:
    try:
        kind = _type(item.type)
        doc = item.doc.text if item.doc else "declared by this policy"
        fact = Fact(item.name.text, kind, Origin.REQUEST, doc, _first_value(kind))
        if item.ordinarily is None:
            return fact
        usual = literals.example_value(item.ordinarily, fact)
    except DiagnosticError as problem:
        report(problem.diagnostic)
        return None
    assert isinstance(usual, bool | int | str)
    return replace(fact, ordinary=usual)


def _first_value(kind: FactType) -> Value:
    match kind:
        case BoolType():
            return False
        case EnumType(values):
            return values[0]
        case SetType():
            return frozenset()
        case NumberType(low=low, high=high):
            return min(max(low, 0), high)
        case TextType():
            return ""


def _type(tree: TypeSyntax) -> FactType:
    if tree.members is not None:
        names = _member_names(tree.members)
        return EnumType(names) if tree.word == "one of" else SetType(names)
    match tree.word:
        case "bool":
            return BoolType()
        case "text":
            return TextType()
    unit = _UNITS.get(tree.word)
    if unit is None:
        known = [*_UNITS, "bool", "text", "one of", "set of"]
        mend = did_you_mean(tree.word, known, "type")
        raise DiagnosticError("GP0105", f"there is no type `{tree.word}`", tree.span, "", mend)
    return _number_type(tree, unit)


def _number_type(tree: TypeSyntax, unit: Unit) -> NumberType:
    if tree.high is None and unit.value not in _PLAIN:
        raise DiagnosticError(
            "GP0106",
            f"a {unit.value} fact needs a range",
            tree.span,
            "",
            f"write for example `{unit.value} up to 100`, so that everything can be proved",
        )
    if tree.currency is not None and unit is not Unit.MONEY:
        raise DiagnosticError(
            "GP0107",
            "only money has a currency",
            tree.currency.span,
            "",
            f"remove `{tree.currency.text}`",
        )
    currency = tree.currency.text if tree.currency else None
    widest = NumberType(unit, -(10**15), 10**15, currency)
    probe = Fact("this range", widest, Origin.REQUEST, "", 0)
    high = _bound(tree.high, probe, widest, {"percent": 100}.get(unit.value, 1) * unit.scale)
    low = _bound(tree.low, probe, widest, 0)
    if low >= high:
        raise DiagnosticError(
            "GP0108", "this range is empty", tree.span, "", "write the lesser number first"
        )
    return NumberType(unit, low, high, currency)


def _bound(amount: Amount | None, probe: Fact, widest: NumberType, otherwise: int) -> int:
    if amount is None:
        return otherwise
    if amount.unit is None and widest.unit in {Unit.DAYS, Unit.SECONDS}:
        amount = replace(amount, unit=widest.unit.value)  # `days up to 30` names the unit already
    return literals.number(amount, probe, widest)


def _member_names(members: Braces) -> tuple[str, ...]:
    names: dict[str, Span] = {}
    for word in members.words:
        if not isinstance(word, Name):
            plain = isinstance(word, Text) and word.text.isidentifier()
            mend = f"write `{word.text}`" if isinstance(word, Text) and plain else "use a name"
            raise DiagnosticError("GP0109", "a value is a plain name", word.span, "", mend)
        if word.text in names:
            raise DiagnosticError(
                "GP0111",
                f"the value `{word.text}` stands here a second time",
                word.span,
                "",
                "remove one of them",
                ((names[word.text], "the first one"),),
            )
        names[word.text] = word.span
    if not names:
        raise DiagnosticError("GP0110", "no value is named", members.span, "", "name at least one")
    return tuple(names)
