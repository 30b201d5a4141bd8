"""The conditions of the rows: each has a name, and says why it refuses."""

from policy.lifecycle.row import Guard
from policy.modes import Mode
from policy.terms import (
    AllOf,
    AnyOf,
    Equal,
    Field,
    FieldKind,
    Input,
    Literal,
    NoLess,
    Opposite,
    Plus,
    Term,
)

__all__ = [
    "APPROVED", "AS_CLAIMED", "BLOCKED", "BYTES_MATCH", "DECIDED_MODE", "DECISION_CURRENT",
    "DECISION_STALE", "DOT_NOT_WRITTEN", "DOT_WRITTEN", "DUE", "GATED", "GATED_ALL", "INBOUND",
    "LAST_APPROVAL", "MORE_APPROVALS_DUE", "NOT_BLOCKED", "NOT_ERASED", "NOT_PAUSED",
    "NOT_THE_AUTHOR", "NOT_TWICE", "OUTBOUND", "POLICY_KEEPS_ITS_CLAIMS", "SOMEBODY_MUST_APPROVE",
    "TIME_IS_UP", "VERSIONS", "WAITS_FOR_APPROVAL", "flag", "given", "mode_guards", "seen",
]  # fmt: skip

GATED = Literal(int(Mode.GATED_SEND))
GATED_ALL = Literal(int(Mode.GATED_ALL))
BLOCKED = Literal(int(Mode.BLOCKED))
DECIDED_MODE = Input("mode", FieldKind.MODE)
VERSIONS = ("facts", "content", "policy")


def _same_versions(of: str) -> Term:
    return AllOf(tuple(Equal(Field(f"{of}_{name}"), Field(name)) for name in VERSIONS))


def flag(name: str) -> Term:
    """The field `name` of the record is set."""
    return Equal(Field(name), Literal(True))


def given(name: str) -> Term:
    """The event comes with `name` set."""
    return Equal(Input(name, FieldKind.BOOL), Literal(True))


def seen(what: str) -> Guard:
    """Who prepared `what` saw the versions that are now in force."""
    return Guard(
        "saw_current_versions",
        AllOf(
            tuple(Equal(Input(f"seen_{name}", FieldKind.COUNTER), Field(name)) for name in VERSIONS)
        ),
        f"the message changed since this {what} was prepared",
    )


OUTBOUND = Guard("outbound", Opposite(flag("inbound")), "the message came in")
INBOUND = Guard("inbound", flag("inbound"), "the message is on its way out")
NOT_ERASED = Guard("not_erased", Opposite(flag("erased")), "the person's data was erased")
NOT_PAUSED = Guard("not_paused", Opposite(flag("paused")), "sending is paused")
DUE = Guard("due", given("due"), "its time to leave has not come")
DECISION_CURRENT = Guard(
    "decision_current",
    _same_versions("decided"),
    "the message, what is known of it, or the policy changed since the decision",
)
DECISION_STALE = Guard(
    "decision_stale", Opposite(_same_versions("decided")), "the decision still stands"
)
NOT_BLOCKED = Guard(
    "not_blocked", Opposite(NoLess(Field("mode"), BLOCKED)), "the policy blocks the message"
)
APPROVED = Guard(
    "approved",
    AnyOf(
        (
            Opposite(NoLess(Field("mode"), GATED)),
            AllOf((_same_versions("approved"), NoLess(Field("approvals"), Field("approvals_due")))),
        )
    ),
    "the message waits for a person's approval",
)
POLICY_KEEPS_ITS_CLAIMS = Guard(
    "policy_keeps_its_claims",
    AllOf(
        (
            AnyOf((Opposite(flag("fraud")), flag("inbound"), NoLess(DECIDED_MODE, GATED))),
            AnyOf((Opposite(flag("erased")), flag("inbound"), NoLess(DECIDED_MODE, BLOCKED))),
        )
    ),
    "the decision breaks a claim that was proved of the policy",
)
SOMEBODY_MUST_APPROVE = Guard(
    "somebody_must_approve",
    NoLess(Input("approvals_due", FieldKind.COUNTER), Literal(1)),
    "a gated message needs at least one approval",
)
NOT_THE_AUTHOR = Guard(
    "not_the_author", Opposite(given("is_author")), "nobody approves a message of their own"
)
NOT_TWICE = Guard(
    "not_twice", Opposite(given("approved_already")), "this person has approved it already"
)
WAITS_FOR_APPROVAL = Guard(
    "waits_for_approval", NoLess(Field("mode"), GATED), "the message needs no approval"
)
LAST_APPROVAL = Guard(
    "last_approval",
    NoLess(Plus(Field("approvals"), 1), Field("approvals_due")),
    "more people must approve",
)
MORE_APPROVALS_DUE = Guard(
    "more_approvals_due",
    Opposite(NoLess(Plus(Field("approvals"), 1), Field("approvals_due"))),
    "this is the last approval",
)
DOT_WRITTEN = Guard("dot_written", flag("dot_written"), "nothing was handed over")
DOT_NOT_WRITTEN = Guard(
    "dot_not_written", Opposite(flag("dot_written")), "the mail server may have the message"
)
BYTES_MATCH = Guard(
    "bytes_match", given("digest_matches"), "the bytes are not those that were decided and approved"
)
AS_CLAIMED = Guard(
    "as_claimed",
    _same_versions("handed"),
    "what is known of the message, its content or the policy changed since it was claimed",
)
TIME_IS_UP = Guard("time_is_up", given("time_is_up"), "its time has not run out")


def mode_guards(at_least: Literal | None, below: Literal | None) -> tuple[Guard, ...]:
    """The mode that an event brings is at least the one and freer than the other; None: any."""
    guards = []
    if at_least is not None:
        guards.append(Guard("mode_at_least", NoLess(DECIDED_MODE, at_least), "the mode is freer"))
    if below is not None:
        guards.append(
            Guard("mode_below", Opposite(NoLess(DECIDED_MODE, below)), "the mode is stricter")
        )
    return tuple(guards)
