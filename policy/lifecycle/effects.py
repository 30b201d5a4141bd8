"""What the rows write into the record of a message; all terms are read before any is written."""

from collections.abc import Mapping

from policy.lifecycle.guards import DECIDED_MODE, VERSIONS, flag, given
from policy.terms import AnyOf, Field, FieldKind, Input, Literal, Minus, Plus, Term

__all__ = [
    "APPROVED_ONCE_MORE", "DECIDED", "HANDED", "NEW_FACTS", "NO_APPROVALS", "REFUSED_AFTER_DOT",
    "REFUSED_BY_SERVER",
]  # fmt: skip

NO_APPROVALS: Mapping[str, Term] = {"approvals": Literal(0)}
DECIDED: Mapping[str, Term] = {
    "mode": DECIDED_MODE,
    "approvals": Literal(0),
    "approvals_due": Input("approvals_due", FieldKind.COUNTER),
    **{f"decided_{name}": Field(name) for name in VERSIONS},
}
APPROVED_ONCE_MORE: Mapping[str, Term] = {
    "approvals": Plus(Field("approvals"), 1),
    **{f"approved_{name}": Field(name) for name in VERSIONS},
}
HANDED: Mapping[str, Term] = {
    "dot_written": Literal(False),
    "handed_mode": Field("mode"),
    "handed_fraud": Field("fraud"),
    **{f"handed_{name}": Field(name) for name in VERSIONS},
}
NEW_FACTS: Mapping[str, Term] = {
    "facts": Plus(Field("facts"), 1),
    "fraud": AnyOf((flag("fraud"), given("fraud"))),
}
REFUSED_BY_SERVER: Mapping[str, Term] = {"dot_written": Literal(False)}
REFUSED_AFTER_DOT: Mapping[str, Term] = {
    "dot_written": Literal(False),
    "handovers": Minus(Field("handovers"), 1),
}
