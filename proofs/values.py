"""From what a solver says of a fact to a value a person can read, the ordinary one if it fits."""

from collections.abc import Iterable

from policy.facts import Fact, NumberType
from policy.rules import TextOperator
from proofs.domain import Literal

__all__ = ["compares", "number_within", "text_with"]

_SEPARATORS = " -.,_~#|"


def number_within(fact: Fact, low: int | None, below: int | None) -> int:
    """A value of the number `fact` from `low` up to but without `below`, nearest the ordinary."""
    assert isinstance(fact.type, NumberType)
    assert isinstance(fact.ordinary, int)
    first = fact.type.low if low is None else max(low, fact.type.low)
    last = fact.type.high if below is None else min(below - 1, fact.type.high)
    return min(max(fact.ordinary, first), last)


def text_with(fact: Fact, told: Iterable[tuple[Literal, bool]]) -> str:
    """A text of which exactly the comparisons told true are true.

    Raises ValueError if there is none, which complete clauses between literals rule out: without
    an equality the longest start, every contained piece and the longest end are joined by a
    character that stands in no literal.
    """
    answers = dict(told)
    true = [literal for literal, yes in answers.items() if yes]
    for candidate in (str(fact.ordinary), *_candidates(true, answers)):
        if all(compares(candidate, literal) is yes for literal, yes in answers.items()):
            return candidate
    raise ValueError(f"no text of {fact.name} meets {answers}")


def _candidates(true: list[Literal], answers: Iterable[Literal]) -> Iterable[str]:
    for operator, text in true:
        if operator is TextOperator.EQUALS:
            yield text
    used = {character for _, text in answers for character in text}
    starts = max((t for o, t in true if o is TextOperator.STARTS), key=len, default="")
    ends = max((t for o, t in true if o is TextOperator.ENDS), key=len, default="")
    contained = [text for how, text in true if how is TextOperator.CONTAINS]
    inside = [text for text in contained if text not in starts and text not in ends]
    pieces = [t for t in inside if not any(t != other and t in other for other in inside)]
    yield starts or ends or (pieces[0] if pieces else "")
    private = (chr(code) for code in range(0xE000, 0xF8FF))
    for separator in (*_SEPARATORS, *private):
        if separator not in used:
            yield separator.join([starts, *pieces, ends])
            return


def compares(text: str, literal: Literal) -> bool:
    """Whether `text` stands in the literal's operator to the literal."""
    operator, wanted = literal
    match operator:
        case TextOperator.EQUALS:
            return text == wanted
        case TextOperator.STARTS:
            return text.startswith(wanted)
        case TextOperator.ENDS:
            return text.endswith(wanted)
        case TextOperator.CONTAINS:
            return wanted in text
