"""What always holds of a message, by the table of `policy.lifecycle`.

`proofs.lifecycle` proves by induction that every row keeps all of these. Those marked `claim` are
promises; the others are what makes the promises inductive.
"""

from dataclasses import dataclass

from policy.lifecycle import WAITING, State
from policy.modes import Mode
from policy.terms import AllOf, AnyOf, Equal, Field, InState, Literal, NoLess, Opposite, Plus, Term

__all__ = ["INVARIANTS", "LifecycleInvariant"]

_GATED = Literal(int(Mode.GATED_SEND))
_BLOCKED = Literal(int(Mode.BLOCKED))
_VERSIONS = ("facts", "content", "policy")


def _flag(name: str) -> Term:
    return Equal(Field(name), Literal(True))


def _same_versions(of: str) -> Term:
    return AllOf(tuple(Equal(Field(f"{of}_{name}"), Field(name)) for name in _VERSIONS))


@dataclass(frozen=True, slots=True)
class LifecycleInvariant:
    """A term that is true of every record that can be reached; `claim` marks the promises."""

    name: str
    term: Term
    doc: str
    claim: bool = True


def _when(states: tuple[State, ...], term: Term) -> Term:
    return AnyOf((Opposite(InState(frozenset(states))), term))


_INBOUND_STATES = frozenset({State.RECEIVED, State.HELD, State.DELIVERED, State.QUARANTINED})
_HANDED_OVER = (State.SENDING, State.SENT, State.UNKNOWN)
_APPROVED_AS_HANDED = AllOf(
    (
        *(Equal(Field(f"approved_{name}"), Field(f"handed_{name}")) for name in _VERSIONS),
        NoLess(Field("approvals"), Field("approvals_due")),
        NoLess(Field("approvals_due"), Literal(1)),
    )
)

INVARIANTS: tuple[LifecycleInvariant, ...] = (
    LifecycleInvariant(
        "fraud_is_gated",
        _when(_HANDED_OVER, AnyOf((Opposite(_flag("handed_fraud")), _APPROVED_AS_HANDED))),
        "a message that is fraud-tagged at hand-over was approved by a person",
    ),
    LifecycleInvariant(
        "approval_covers_what_is_sent",
        _when(
            _HANDED_OVER,
            AnyOf((Opposite(NoLess(Field("handed_mode"), _GATED)), _APPROVED_AS_HANDED)),
        ),
        "a gated message is sent only as approved: these bytes, these facts, this policy",
    ),
    LifecycleInvariant(
        "blocked_is_never_sent",
        _when(_HANDED_OVER, Opposite(NoLess(Field("handed_mode"), _BLOCKED))),
        "a blocked message is never handed over",
    ),
    LifecycleInvariant(
        "decided_by_the_policy_in_force",
        _when(
            _HANDED_OVER,
            AllOf(tuple(Equal(Field(f"decided_{n}"), Field(f"handed_{n}")) for n in _VERSIONS)),
        ),
        "the decision was about what is sent, under the policy in force at hand-over",
    ),
    LifecycleInvariant(
        "no_silent_second_handover",
        NoLess(Plus(Field("retried"), 1), Field("handovers")),
        "the mail server is handed a message once, and once more for each attempt that was "
        "knowingly repeated",
    ),
    LifecycleInvariant(
        "inbound_mail_never_leaves",
        AnyOf((Opposite(_flag("inbound")), Opposite(InState(frozenset(_HANDED_OVER))))),
        "what came in is never handed over",
    ),
    # --- what makes the claims inductive
    LifecycleInvariant(
        "inbound_states",
        AnyOf(
            (
                AllOf((_flag("inbound"), InState(_INBOUND_STATES))),
                AllOf(
                    (Opposite(_flag("inbound")), Opposite(InState(_INBOUND_STATES - {State.HELD})))
                ),
            )
        ),
        "each direction keeps to its own states",
        claim=False,
    ),
    LifecycleInvariant(
        "fraud_was_decided_gated",
        AnyOf(
            (
                Opposite(_same_versions("decided")),
                Opposite(_flag("fraud")),
                _flag("inbound"),
                NoLess(Field("mode"), _GATED),
            )
        ),
        "a current decision about a fraud-tagged message is gated",
        claim=False,
    ),
    LifecycleInvariant(
        "fraud_was_handed_gated",
        _when(
            _HANDED_OVER,
            AnyOf((Opposite(_flag("handed_fraud")), NoLess(Field("handed_mode"), _GATED))),
        ),
        "and so it was when handed over",
        claim=False,
    ),
    LifecycleInvariant(
        "fraud_as_handed",
        _when(
            _HANDED_OVER,
            AnyOf(
                (
                    Opposite(Equal(Field("facts"), Field("handed_facts"))),
                    Equal(Field("fraud"), Field("handed_fraud")),
                )
            ),
        ),
        "as long as no fact changed, what was fraud-tagged at hand-over still is",
        claim=False,
    ),
    LifecycleInvariant(
        "mode_as_handed",
        _when(_HANDED_OVER, Equal(Field("mode"), Field("handed_mode"))),
        "nothing is decided while it is handed over",
        claim=False,
    ),
    LifecycleInvariant(
        "versions_only_grow",
        AllOf(
            tuple(
                NoLess(Field(name), Field(f"{of}_{name}"))
                for of in ("decided", "approved", "handed")
                for name in _VERSIONS
            )
        ),
        "nothing remembers a version that has not been",
        claim=False,
    ),
    LifecycleInvariant(
        "somebody_is_due",
        NoLess(Field("approvals_due"), Literal(1)),
        "a gated message always needs somebody",
        claim=False,
    ),
    LifecycleInvariant(
        "handovers_are_counted",
        AllOf(
            (
                NoLess(Field("handovers"), Literal(0)),
                _when((*WAITING, State.RECEIVED), NoLess(Field("retried"), Field("handovers"))),
                _when(
                    (State.SENDING,),
                    AnyOf((_flag("dot_written"), NoLess(Field("retried"), Field("handovers")))),
                ),
                _when(
                    (State.SENDING,),
                    AnyOf((Opposite(_flag("dot_written")), NoLess(Field("handovers"), Literal(1)))),
                ),
            )
        ),
        "before the final dot no unresolved hand-over is open",
        claim=False,
    ),
)
