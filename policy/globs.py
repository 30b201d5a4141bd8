"""Patterns with `*`, reduced to the four text operators. Codes GP0310 and GP0311."""

from policy.diagnostics import DiagnosticError
from policy.rules import And, Condition, Not, Span, TextOperator, TextTest

__all__ = ["glob"]


def glob(fact: str, pattern: str, place: Span, span: Span) -> Condition:
    """A glob as tests on a text: `*` at either end, or once in the middle.

    `a*b` is "starts with a, ends with b, and is not one of the few texts too short to hold both",
    so that a glob never needs more than the four text operators.
    """
    head, star, tail = pattern.partition("*")
    if not star:
        return TextTest(fact, TextOperator.EQUALS, pattern, span)
    inner = pattern.strip("*")
    if "*" in inner and (pattern.startswith("*") or pattern.endswith("*") or "*" in tail):
        raise DiagnosticError(
            "GP0310",
            "this pattern has a `*` too many",
            place,
            "",
            "use `*` at the start, at the end, at both, or once in the middle",
        )
    if not inner:
        raise DiagnosticError(
            "GP0311", "this pattern matches every text", place, "", "leave it out"
        )
    if pattern.startswith("*"):
        operator = TextOperator.CONTAINS if pattern.endswith("*") else TextOperator.ENDS
        return TextTest(fact, operator, inner, span)
    if pattern.endswith("*"):
        return TextTest(fact, TextOperator.STARTS, inner, span)
    overlaps = (
        head + tail[size:]
        for size in range(1, min(len(head), len(tail)) + 1)
        if head.endswith(tail[:size])
    )
    return And(
        (
            TextTest(fact, TextOperator.STARTS, head, span),
            TextTest(fact, TextOperator.ENDS, tail, span),
            *(Not(TextTest(fact, TextOperator.EQUALS, text, span), span) for text in overlaps),
        ),
        span,
    )
