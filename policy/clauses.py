"""The lines of a rule other than its conditions: obligations, source of law, owner, review date.

Codes GP0401 to GP0429.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from policy import literals
from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from policy.rules import (
    Approval,
    CopyTo,
    HoldLimit,
    Obligation,
    ObligationName,
    RouteTo,
    UndoWindow,
    Wording,
)
from policy.syntax import Amount, Clause, ClauseKind, Name, Text, Word

__all__ = ["Lines", "read"]

_WORDINGS = {
    name.value: name
    for name in (
        ObligationName.UNSUBSCRIBE,
        ObligationName.POSTAL_ADDRESS,
        ObligationName.ADVERTISEMENT_LABEL,
    )
}
_ONCE = (ClauseKind.BECAUSE, ClauseKind.OWNER, ClauseKind.REVIEW, ClauseKind.HOLD, ClauseKind.UNDO)


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines of a rule, invariant or promise say besides its conditions."""

    obligations: tuple[Obligation, ...]
    because: str | None
    owner: str | None
    review_by: str | None


def read(clauses: Iterable[Clause], report: Callable[[Diagnostic], None]) -> Lines:
    """Read `clauses`, reporting every mistake; conditions are left to the caller."""
    obligations: list[Obligation] = []
    single: dict[ClauseKind, Clause] = {}
    for clause in clauses:
        if clause.kind in _ONCE:
            if clause.kind in single:
                report(
                    Diagnostic(
                        "GP0401",
                        f"`{clause.kind.value}` stands here a second time",
                        clause.span,
                        "",
                        "keep one of them",
                        ((single[clause.kind].span, "the first one"),),
                    )
                )
                continue
            single[clause.kind] = clause
        try:
            obligations.extend(_obligations(clause))
        except DiagnosticError as problem:
            report(problem.diagnostic)
    return Lines(
        tuple(dict.fromkeys(obligations)),
        _text(single.get(ClauseKind.BECAUSE)),
        _text(single.get(ClauseKind.OWNER)),
        _review_date(single.get(ClauseKind.REVIEW), report),
    )


def _obligations(clause: Clause) -> tuple[Obligation, ...]:
    match clause.kind, clause.words:
        case ClauseKind.BY, (Name(role),):
            return (Approval(role),)
        case ClauseKind.BY, (Name(role), Amount(count, span=span)):
            if not count.isdigit() or not 1 <= int(count) <= 9:
                raise DiagnosticError(
                    "GP0402",
                    "between 1 and 9 people can be asked to approve",
                    span,
                    "",
                    "write for example `by 2 of fraud_team`",
                )
            return (Approval(role, int(count)),)
        case ClauseKind.WITH, words:
            return tuple(_wording(word) for word in words)
        case ClauseKind.COPY, (word,):
            return (_copy(word),)
        case ClauseKind.REDACT, _:
            return (Wording(ObligationName.REDACT_CARD_NUMBERS),)
        case ClauseKind.ROUTE, (Name(team),):
            return (RouteTo(team),)
        case ClauseKind.HOLD, (amount, Name(then, span)):
            if then not in {"block", "escalate"}:
                mend = did_you_mean(then, ("block", "escalate"), "ending")
                raise DiagnosticError("GP0403", f"a hold never ends in `{then}`", span, "", mend)
            return (HoldLimit(literals.duration(amount), then),)
        case ClauseKind.UNDO, (amount,):
            return (UndoWindow(literals.duration(amount)),)
    return ()


def _wording(word: Word) -> Wording:
    name = word.number if isinstance(word, Amount) else word.text
    if name not in _WORDINGS:
        raise DiagnosticError(
            "GP0404",
            f"nothing is added by `with {name}`",
            word.span,
            "",
            did_you_mean(name, _WORDINGS, "addition"),
        )
    return Wording(_WORDINGS[name])


def _copy(word: Word) -> CopyTo:
    if isinstance(word, Name) and word.text == "oversight":
        return CopyTo("oversight")
    if isinstance(word, Text) and word.text.count("@") == 1 and not word.text.startswith("@"):
        return CopyTo(word.text)
    raise DiagnosticError(
        "GP0405",
        "a copy goes to `oversight` or to a quoted address",
        word.span,
        "",
        'write `copy to oversight` or `copy to "team@shop.example"`',
    )


def _text(clause: Clause | None) -> str | None:
    if clause is None:
        return None
    word = clause.words[0]
    return word.number if isinstance(word, Amount) else word.text


def _review_date(clause: Clause | None, report: Callable[[Diagnostic], None]) -> str | None:
    written = _text(clause)
    if clause is None or written is None:
        return None
    try:
        date.fromisoformat(written)
    except ValueError:
        place = clause.words[0].span
        report(Diagnostic("GP0406", f"there is no day `{written}`", place, "", "write YYYY-MM-DD"))
        return None
    return written
