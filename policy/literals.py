"""Literals of a policy file to the stored form of a fact: scaled, folded, within range.

Codes GP0201 to GP0229.
"""

from decimal import Decimal

from policy.diagnostics import DiagnosticError, did_you_mean
from policy.facts import BoolType, EnumType, Fact, NumberType, SetType, TextType, Unit, normal_text
from policy.rules import Span
from policy.syntax import Amount, Name, Text, Word

__all__ = ["duration", "enum_member", "number", "set_member", "shown", "text"]

_SECONDS = {
    "second": 1,
    "seconds": 1,
    "minute": 60,
    "minutes": 60,
    "hour": 3_600,
    "hours": 3_600,
    "day": 86_400,
    "days": 86_400,
    "week": 604_800,
    "weeks": 604_800,
}
_DAYS = {"day": 1, "days": 1, "week": 7, "weeks": 7}
_MOST_DIGITS = 18
_INEXACT = ("month", "months", "year", "years")


def number(word: Word, fact: Fact, kind: NumberType) -> int:
    """The scaled value of `word` for the number fact; raises DiagnosticError."""
    if not isinstance(word, Amount):
        raise DiagnosticError(
            "GP0201",
            f"`{fact.name}` is compared with a number, not with `{word.text}`",
            word.span,
            "expected a number",
            f"write a number from {shown(kind, kind.low)} to {shown(kind, kind.high)}",
        )
    value = _decimal(word) * kind.unit.scale * _factor(word, fact, kind)
    if value != value.to_integral_value():
        raise DiagnosticError(
            "GP0202",
            f"`{word.number}` is finer than `{fact.name}` is measured",
            word.span,
            "",
            f"the smallest step is {shown(kind, 1)}",
        )
    if not kind.low <= value <= kind.high:
        mend = f"`{fact.name}` goes from {shown(kind, kind.low)} to {shown(kind, kind.high)}"
        if (
            kind.unit is Unit.PROBABILITY
            and word.unit is None
            and 1 < value / kind.unit.scale <= 100
        ):
            mend += f"; write `{_decimal(word) / 100}` or `{word.number}%`"
        raise DiagnosticError("GP0203", f"`{word.number}` is out of range", word.span, "", mend)
    return int(value)


def duration(word: Word) -> int:
    """`word` in seconds, positive and whole; raises DiagnosticError for anything else."""
    if isinstance(word, Amount) and word.unit in _INEXACT:
        raise _inexact(word)
    if not isinstance(word, Amount) or word.unit not in _SECONDS:
        raise DiagnosticError(
            "GP0204",
            "a duration needs a unit",
            word.span,
            "expected a duration",
            "write for example `30 seconds`, `12 hours` or `2 days`",
        )
    value = _decimal(word) * _SECONDS[word.unit]
    if value <= 0 or value != value.to_integral_value():
        raise DiagnosticError(
            "GP0205",
            "a duration is a whole number of seconds, more than none",
            word.span,
            "",
            "write at least `1 second`",
        )
    return int(value)


def enum_member(word: Word, fact: Fact, kind: EnumType) -> str:
    """The enum member that `word` names; raises DiagnosticError."""
    if isinstance(word, Text) and word.text in kind.values:
        raise DiagnosticError(
            "GP0206",
            f"a value of `{fact.name}` is written without quotes",
            word.span,
            "",
            f"write `{word.text}`",
        )
    written = word.number if isinstance(word, Amount) else word.text
    if written not in kind.values:
        raise DiagnosticError(
            "GP0207",
            f"`{fact.name}` is never `{written}`",
            word.span,
            "not one of its values",
            did_you_mean(written, kind.values, "value"),
        )
    return written


def set_member(word: Word, fact: Fact, kind: SetType, declared: Span | None) -> str:
    """The member of the set fact that `word` names; raises DiagnosticError."""
    written = word.number if isinstance(word, Amount) else word.text
    is_tag = fact.name.endswith("tags")
    if isinstance(word, Text) and written in kind.members:
        raise DiagnosticError(
            "GP0206",
            f"a value of `{fact.name}` is written without quotes",
            word.span,
            "",
            f"write `{written}`",
        )
    if written not in kind.members:
        what = "tag" if is_tag else "member"
        related = ((declared, "tags are declared here"),) if declared and is_tag else ()
        raise DiagnosticError(
            "GP0208",
            f"no tag `{written}` in this policy"
            if is_tag
            else f"`{fact.name}` never has `{written}`",
            word.span,
            f"not a declared {what}",
            did_you_mean(written, kind.members, what),
            related,
        )
    return written


def text(word: Word, fact: Fact) -> str:
    """The folded text of `word`, never empty; raises DiagnosticError."""
    if not isinstance(word, Text):
        written = word.number if isinstance(word, Amount) else word.text
        raise DiagnosticError(
            "GP0209",
            f"`{fact.name}` is text and compared with a text",
            word.span,
            "expected a text",
            f'write `"{written}"`',
        )
    if not word.text:
        raise DiagnosticError(
            "GP0210", "an empty text says nothing", word.span, "", "write the text to look for"
        )
    return normal_text(word.text)


def shown(kind: NumberType, value: int) -> str:
    """A scaled value as a policy file writes it, with its unit."""
    scale = kind.unit.scale
    whole, rest = divmod(abs(value), scale)
    digits = {1: 0, 100: 2, 10_000: 4}[scale]
    fraction = f".{rest:0{digits}d}" if digits else ""
    plain = f"{'-' if value < 0 else ''}{whole:_}{fraction}"
    match kind.unit:
        case Unit.PROBABILITY:
            return plain[:-2] if plain.endswith("00") else plain.rstrip("0")
        case Unit.MONEY:
            return f"{plain} {kind.currency}" if kind.currency else plain
        case Unit.DAYS | Unit.SECONDS:
            unit = kind.unit.value if abs(value) != 1 else kind.unit.value[:-1]
            return f"{plain} {unit}"
        case Unit.PERCENT:
            return f"{plain}%"
        case Unit.COUNT:
            return plain


def _decimal(word: Amount) -> Decimal:
    """The number as written; so few digits that arithmetic with it is exact."""
    digits = word.number.replace("_", "")
    if len(digits) > _MOST_DIGITS:
        raise DiagnosticError(
            "GP0215",
            f"a number has at most {_MOST_DIGITS} digits",
            word.span,
            "",
            "write a smaller or a rounder number",
        )
    return Decimal(digits)


def _factor(word: Amount, fact: Fact, kind: NumberType) -> Decimal:
    """What one of the written unit is in the fact's own unit."""
    unit = word.unit
    if unit in _INEXACT:
        raise _inexact(word)
    match kind.unit:
        case Unit.PROBABILITY | Unit.PERCENT if unit == "%":
            return Decimal(1) / 100 if kind.unit is Unit.PROBABILITY else Decimal(1)
        case Unit.DAYS if unit in _DAYS:
            return Decimal(_DAYS[unit])
        case Unit.SECONDS if unit in _SECONDS:
            return Decimal(_SECONDS[unit])
        case Unit.DAYS | Unit.SECONDS if unit is None and _decimal(word) == 0:
            return Decimal(1)
        case Unit.DAYS | Unit.SECONDS if unit is None:
            raise DiagnosticError(
                "GP0211",
                f"`{fact.name}` is a time and needs a unit",
                word.span,
                "",
                f"write `{word.number} {kind.unit.value}`",
            )
        case Unit.MONEY if unit is not None and unit == kind.currency:
            return Decimal(1)
        case _ if unit is None:
            return Decimal(1)
    allowed = {
        Unit.COUNT: "no unit",
        Unit.MONEY: kind.currency or "an amount without a currency",
        Unit.DAYS: "days or weeks",
        Unit.SECONDS: "seconds, minutes, hours, days or weeks",
        Unit.PERCENT: "%",
        Unit.PROBABILITY: "% or no unit",
    }[kind.unit]
    raise DiagnosticError(
        "GP0212",
        f"`{unit}` does not measure `{fact.name}`",
        word.span,
        "",
        f"`{fact.name}` takes {allowed}",
    )


def _inexact(word: Amount) -> DiagnosticError:
    days = 365 if (word.unit or "").startswith("year") else 30
    return DiagnosticError(
        "GP0213",
        f"a {(word.unit or '').rstrip('s')} has no fixed length",
        word.span,
        "",
        f"write days, for example `{int(_decimal(word) * days)} days`",
    )


def describe(kind: object) -> str:
    """A fact's type in a few words, for messages."""
    match kind:
        case BoolType():
            return "true or false"
        case EnumType():
            return "one of a few values"
        case SetType():
            return "a set"
        case NumberType(unit=unit):
            return "an amount of money" if unit is Unit.MONEY else "a number"
        case TextType():
            return "text"
    return "something else"


def example_value(word: Word | None, fact: Fact) -> object:
    """The value a single word gives to `fact` (not a set); raises DiagnosticError."""
    match fact.type:
        case NumberType() as kind if word is not None:
            return number(word, fact, kind)
        case EnumType() as kind if word is not None:
            return enum_member(word, fact, kind)
        case TextType() if word is not None:
            return text(word, fact)
        case BoolType() if isinstance(word, Name) and word.text in {"true", "false"}:
            return word.text == "true"
        case _:
            span = word.span if word is not None else None
            assert span is not None, "callers pass the word they read"
            raise DiagnosticError(
                "GP0214",
                f"`{fact.name}` is {describe(fact.type)}",
                span,
                "does not fit",
                f"write `{fact.name}` or `not {fact.name}`",
            )
