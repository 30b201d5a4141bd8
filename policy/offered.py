"""Facts as people and other programs write them, to the values that a policy reads.

Numbers are written in whole units (`250.00`, `"30 days"`, `0.97`, `"90%"`), sets as a list or
`a, b`, a fact that is not known as null or `unknown`.
"""

import re
from collections.abc import Mapping

from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from policy.facts import BoolType, EnumType, Fact, Facts, NumberType, SetType, TextType, Vocabulary
from policy.literals import describe, enum_member, number, set_member
from policy.rules import Span
from policy.syntax import Amount, Name

__all__ = ["read_facts"]

_PLACE = Span("facts", 1, 1, 1, 2)
_AMOUNT = re.compile(r"\s*(-?[0-9][0-9_]*(?:\.[0-9]+)?)\s*([A-Za-z%]+)?\s*")


def read_facts(
    vocabulary: Vocabulary, offered: Mapping[str, object], base: Mapping[str, object]
) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """The facts `offered` over those of `base`, and what is wrong with those that were refused."""
    known = dict(base)
    refused: list[Diagnostic] = []
    for name, written in offered.items():
        fact = vocabulary.get(name)
        if fact is None:
            mend = did_you_mean(name, vocabulary, "fact")
            refused.append(Diagnostic("GP0308", f"nothing is called `{name}`", _PLACE, "", mend))
            continue
        try:
            known[name] = _value(fact, written)
        except DiagnosticError as problem:
            refused.append(problem.diagnostic)
    return Facts(vocabulary, known), tuple(refused)


def _value(fact: Fact, written: object) -> object:
    """The stored value, None for unknown; raises DiagnosticError."""
    if written is None:
        return None
    if written == "unknown" and "unknown" not in getattr(fact.type, "values", ()):
        return None
    match fact.type, written:
        case BoolType(), bool():
            return written
        case BoolType(), "true" | "false":
            return written == "true"
        case EnumType() as kind, str():
            return enum_member(Name(written, _PLACE), fact, kind)
        case SetType() as kind, str() | list() | tuple():
            parts = written.strip("{} ").split(",") if isinstance(written, str) else written
            names = [str(part).strip() for part in parts]
            return frozenset(
                set_member(Name(name, _PLACE), fact, kind, None) for name in names if name
            )
        case NumberType() as kind, int() | float() | str() if not isinstance(written, bool):
            found = _AMOUNT.fullmatch(repr(written) if isinstance(written, float) else str(written))
            if found:
                unit = found[2]
                if unit is None and kind.unit.value in {"days", "seconds"}:
                    unit = kind.unit.value
                return number(Amount(found[1], unit, _PLACE), fact, kind)
        case TextType(), str():
            return written
    raise DiagnosticError(
        "GP0214", f"`{fact.name}` is {describe(fact.type)}, not `{written}`", _PLACE
    )
