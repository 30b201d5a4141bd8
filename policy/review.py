"""Rules that should have been read again by now. Code GP0601, a warning: the rules still decide."""

from datetime import date

from policy.diagnostics import Diagnostic, Severity
from policy.rules import Policy

__all__ = ["overdue"]


def overdue(policy: Policy, today: date) -> tuple[Diagnostic, ...]:
    """A warning for each rule whose `review by` lies before `today`."""
    return tuple(
        Diagnostic(
            "GP0601",
            f"the review of this rule was due by {rule.review_by}",
            rule.span,
            f"{(today - date.fromisoformat(rule.review_by)).days} days ago",
            f"let {rule.owner or 'its owner'} read it again and write a later date",
            severity=Severity.WARNING,
        )
        for rule in policy.rules
        if rule.review_by is not None and date.fromisoformat(rule.review_by) < today
    )
