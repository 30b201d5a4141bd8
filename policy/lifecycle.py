"""The life of a message: ONE table of states, events, guards and effects.

Rule 1: everything that decides whether a message may move stands in `TABLE`. The store executes
it, `proofs.lifecycle` turns it into a transition relation, the state-machine test drives it, and
the diagram in the README is drawn from it. No other code writes a state.

Rule 2: the table knows no clock, no database and no mail server. What they know enters as an
input of the event ("it is due", "the certificate is valid"), and is a guard like any other.

Theory of operation
-------------------
A message has three version numbers: `facts` (bumped when a tag, consent, suppression or case
changes), `content` (bumped by an edit) and, for the whole service, `policy` (bumped by a reload).
A decision and an approval remember the three they were about. Hand-over re-checks that they are
still the three in force; if not, the message goes back to `accepted` and is decided anew. So
whatever is added, edited or reloaded between approval and hand-over, at any moment, voids both.

SMTP has one window in which a client cannot know (RFC 1047): after the final dot was written and
before the answer was read. `dot_written` marks it before it is entered. A message lost in that
window becomes `unknown`, never silently `queued`; leaving `unknown` for another attempt is an
event of its own, counted in `retried`.

A guard or effect is a term over the record's fields and the event's inputs, so that the same
object can be computed, turned into a formula, or printed (`policy.terms`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from policy.modes import Mode
from policy.terms import (
    AllOf,
    AnyOf,
    Equal,
    Field,
    FieldKind,
    Input,
    Literal,
    Minus,
    NoLess,
    Opposite,
    Plus,
    Record,
    Term,
    inputs_of_terms,
    value,
)

__all__ = [
    "FIELDS", "FINAL", "TABLE", "WAITING", "Actor", "FieldKind", "FieldSpec", "Guard",
    "LifecycleEvent", "Refused", "State", "Step", "Transition", "initial", "inputs_of", "step",
]  # fmt: skip


class State(StrEnum):
    """Where a message stands; `received`, `delivered` and `quarantined` are for inbound mail."""

    ACCEPTED = "accepted"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEFERRED = "deferred"
    FAILED = "failed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RECEIVED = "received"
    DELIVERED = "delivered"
    QUARANTINED = "quarantined"


FINAL = frozenset(
    {
        State.SENT,
        State.FAILED,
        State.REJECTED,
        State.BLOCKED,
        State.CANCELLED,
        State.EXPIRED,
        State.DELIVERED,
        State.QUARANTINED,
    }
)
"""States that no event leaves."""

WAITING = (State.ACCEPTED, State.HELD, State.QUEUED, State.DEFERRED)
"""Outbound states in which nothing has been handed over in the current attempt."""


class Actor(StrEnum):
    """Who causes an event; a person is one who logged in or holds an oversight key."""

    AUTHOR = "author"
    PERSON = "person"
    WORKER = "worker"
    SYSTEM = "system"


class LifecycleEvent(StrEnum):
    """What can happen to a message, or (reload, pause, resume) to the service around it."""

    DECIDE = "decide"
    APPROVE = "approve"
    REJECT = "reject"
    EDIT = "edit"
    CHANGE_FACTS = "change_facts"
    CLEAR_FRAUD = "clear_fraud"
    ERASE = "erase"
    CANCEL = "cancel"
    EXPIRE = "expire"
    STALE = "stale"
    CLAIM = "claim"
    LAPSE = "lapse"
    WRITE_DOT = "write_dot"
    CONFIRM = "confirm"
    DOUBT = "doubt"
    DEFER = "defer"
    FAIL = "fail"
    RETRY = "retry"
    RESOLVE_SENT = "resolve_sent"
    RESOLVE_RETRY = "resolve_retry"
    RELOAD = "reload"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of the record: its kind, its value at acceptance, and whose it is."""

    kind: FieldKind
    initial: int | bool
    doc: str
    of_service: bool = False


FIELDS: Mapping[str, FieldSpec] = {
    "policy": FieldSpec(FieldKind.COUNTER, 1, "version of the policy in force", of_service=True),
    "paused": FieldSpec(FieldKind.BOOL, False, "somebody stopped all sending", of_service=True),
    "inbound": FieldSpec(FieldKind.BOOL, False, "the message came in"),
    "facts": FieldSpec(FieldKind.COUNTER, 1, "version of what is known of the message"),
    "content": FieldSpec(FieldKind.COUNTER, 1, "version of the bytes of the message"),
    "fraud": FieldSpec(
        FieldKind.BOOL, False, "fraud-tagged: the message, its thread or a case of the person"
    ),
    "erased": FieldSpec(FieldKind.BOOL, False, "the person had their data erased"),
    "mode": FieldSpec(FieldKind.MODE, int(Mode.BLOCKED), "the decided mode"),
    "decided_facts": FieldSpec(FieldKind.COUNTER, 0, "facts the decision was about"),
    "decided_content": FieldSpec(FieldKind.COUNTER, 0, "content the decision was about"),
    "decided_policy": FieldSpec(FieldKind.COUNTER, 0, "policy that decided"),
    "approvals": FieldSpec(FieldKind.COUNTER, 0, "people who approved the current decision"),
    "approvals_due": FieldSpec(FieldKind.COUNTER, 1, "people who must"),
    "approved_facts": FieldSpec(FieldKind.COUNTER, 0, "facts the approval was about"),
    "approved_content": FieldSpec(FieldKind.COUNTER, 0, "content the approval was about"),
    "approved_policy": FieldSpec(FieldKind.COUNTER, 0, "policy the approval was about"),
    "dot_written": FieldSpec(
        FieldKind.BOOL, False, "the final dot of the running attempt may have been written"
    ),
    "handovers": FieldSpec(FieldKind.COUNTER, 0, "attempts that the mail server may have accepted"),
    "retried": FieldSpec(
        FieldKind.COUNTER, 0, "attempts knowingly made after a lost acknowledgement"
    ),
    "handed_mode": FieldSpec(FieldKind.MODE, 0, "mode at the last hand-over"),
    "handed_fraud": FieldSpec(FieldKind.BOOL, False, "fraud-tagged at the last hand-over"),
    "handed_facts": FieldSpec(FieldKind.COUNTER, 0, "facts at the last hand-over"),
    "handed_content": FieldSpec(FieldKind.COUNTER, 0, "content at the last hand-over"),
    "handed_policy": FieldSpec(FieldKind.COUNTER, 0, "policy at the last hand-over"),
}


@dataclass(frozen=True, slots=True)
class Guard:
    """A named condition of a transition; `otherwise` tells a person why it was refused."""

    name: str
    term: Term
    otherwise: str


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: in a state of `sources`, `event` by an actor of `by` leads to `target`.

    `target` None leaves the state as it is. `effects` assign terms, all read before any is
    written.
    """

    name: str
    event: LifecycleEvent
    sources: frozenset[State]
    target: State | None
    by: frozenset[Actor]
    guards: tuple[Guard, ...] = ()
    effects: Mapping[str, Term] = field(default_factory=dict)
    doc: str = ""


# --- guards -------------------------------------------------------------------------------------

_GATED = Literal(int(Mode.GATED_SEND))
_GATED_ALL = Literal(int(Mode.GATED_ALL))
_BLOCKED = Literal(int(Mode.BLOCKED))
_DECIDED_MODE = Input("mode", FieldKind.MODE)
_VERSIONS = ("facts", "content", "policy")


def _same_versions(of: str) -> Term:
    return AllOf(tuple(Equal(Field(f"{of}_{name}"), Field(name)) for name in _VERSIONS))


def _flag(name: str) -> Term:
    return Equal(Field(name), Literal(True))


def _given(name: str) -> Term:
    return Equal(Input(name, FieldKind.BOOL), Literal(True))


def _seen(what: str) -> Guard:
    return Guard(
        "saw_current_versions",
        AllOf(
            tuple(
                Equal(Input(f"seen_{name}", FieldKind.COUNTER), Field(name)) for name in _VERSIONS
            )
        ),
        f"the message changed since this {what} was prepared",
    )


_OUTBOUND = Guard("outbound", Opposite(_flag("inbound")), "the message came in")
_INBOUND = Guard("inbound", _flag("inbound"), "the message is on its way out")
_NOT_ERASED = Guard("not_erased", Opposite(_flag("erased")), "the person's data was erased")
_NOT_PAUSED = Guard("not_paused", Opposite(_flag("paused")), "sending is paused")
_DUE = Guard("due", _given("due"), "its time to leave has not come")
_DECISION_CURRENT = Guard(
    "decision_current",
    _same_versions("decided"),
    "the message, what is known of it, or the policy changed since the decision",
)
_DECISION_STALE = Guard(
    "decision_stale", Opposite(_same_versions("decided")), "the decision still stands"
)
_NOT_BLOCKED = Guard(
    "not_blocked", Opposite(NoLess(Field("mode"), _BLOCKED)), "the policy blocks the message"
)
_APPROVED = Guard(
    "approved",
    AnyOf(
        (
            Opposite(NoLess(Field("mode"), _GATED)),
            AllOf((_same_versions("approved"), NoLess(Field("approvals"), Field("approvals_due")))),
        )
    ),
    "the message waits for a person's approval",
)
_POLICY_KEEPS_ITS_CLAIMS = Guard(
    "policy_keeps_its_claims",
    AllOf(
        (
            AnyOf((Opposite(_flag("fraud")), _flag("inbound"), NoLess(_DECIDED_MODE, _GATED))),
            AnyOf((Opposite(_flag("erased")), _flag("inbound"), NoLess(_DECIDED_MODE, _BLOCKED))),
        )
    ),
    "the decision breaks a claim that was proved of the policy",
)
_SOMEBODY_MUST_APPROVE = Guard(
    "somebody_must_approve",
    NoLess(Input("approvals_due", FieldKind.COUNTER), Literal(1)),
    "a gated message needs at least one approval",
)
_NOT_THE_AUTHOR = Guard(
    "not_the_author", Opposite(_given("is_author")), "nobody approves a message of their own"
)
_NOT_TWICE = Guard(
    "not_twice", Opposite(_given("approved_already")), "this person has approved it already"
)
_WAITS_FOR_APPROVAL = Guard(
    "waits_for_approval", NoLess(Field("mode"), _GATED), "the message needs no approval"
)
_LAST_APPROVAL = Guard(
    "last_approval",
    NoLess(Plus(Field("approvals"), 1), Field("approvals_due")),
    "more people must approve",
)
_MORE_APPROVALS_DUE = Guard(
    "more_approvals_due",
    Opposite(NoLess(Plus(Field("approvals"), 1), Field("approvals_due"))),
    "this is the last approval",
)
_DOT_WRITTEN = Guard("dot_written", _flag("dot_written"), "nothing was handed over")
_DOT_NOT_WRITTEN = Guard(
    "dot_not_written", Opposite(_flag("dot_written")), "the mail server may have the message"
)
_BYTES_MATCH = Guard(
    "bytes_match",
    _given("digest_matches"),
    "the bytes are not those that were decided and approved",
)
_AS_CLAIMED = Guard(
    "as_claimed",
    _same_versions("handed"),
    "what is known of the message, its content or the policy changed since it was claimed",
)
_TIME_IS_UP = Guard("time_is_up", _given("time_is_up"), "its time has not run out")
_NOT_ANSWERED_YET = "the mail server has not answered"


def _mode_guards(at_least: Literal | None, below: Literal | None) -> tuple[Guard, ...]:
    guards = []
    if at_least is not None:
        guards.append(Guard("mode_at_least", NoLess(_DECIDED_MODE, at_least), "the mode is freer"))
    if below is not None:
        guards.append(
            Guard("mode_below", Opposite(NoLess(_DECIDED_MODE, below)), "the mode is stricter")
        )
    return tuple(guards)


# --- effects ------------------------------------------------------------------------------------

_NO_APPROVALS: Mapping[str, Term] = {"approvals": Literal(0)}
_DECIDED: Mapping[str, Term] = {
    "mode": _DECIDED_MODE,
    "approvals": Literal(0),
    "approvals_due": Input("approvals_due", FieldKind.COUNTER),
    **{f"decided_{name}": Field(name) for name in _VERSIONS},
}
_APPROVED_ONCE_MORE: Mapping[str, Term] = {
    "approvals": Plus(Field("approvals"), 1),
    **{f"approved_{name}": Field(name) for name in _VERSIONS},
}
_HANDED: Mapping[str, Term] = {
    "dot_written": Literal(False),
    "handed_mode": Field("mode"),
    "handed_fraud": Field("fraud"),
    **{f"handed_{name}": Field(name) for name in _VERSIONS},
}
_NEW_FACTS: Mapping[str, Term] = {
    "facts": Plus(Field("facts"), 1),
    "fraud": AnyOf((_flag("fraud"), _given("fraud"))),
}
_REFUSED_BY_SERVER: Mapping[str, Term] = {"dot_written": Literal(False)}
_REFUSED_AFTER_DOT: Mapping[str, Term] = {
    "dot_written": Literal(False),
    "handovers": Minus(Field("handovers"), 1),
}


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


def _by(*actors: Actor) -> frozenset[Actor]:
    return frozenset(actors)


_ANYBODY = frozenset(Actor)
_AWAY = frozenset(State) - {
    State.ACCEPTED,
    State.HELD,
    State.QUEUED,
    State.DEFERRED,
    State.RECEIVED,
}
_EVERYWHERE = frozenset(State)

_DECIDE_GUARDS = (_seen("decision"), _POLICY_KEEPS_ITS_CLAIMS, _SOMEBODY_MUST_APPROVE)

# fmt: off
TABLE: tuple[Transition, ...] = (
    # --- the policy decides
    Transition(
        "decide_to_queue", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.QUEUED, _by(Actor.SYSTEM),
        (_OUTBOUND, *_DECIDE_GUARDS, *_mode_guards(None, _GATED)),
        _DECIDED,
        "an autonomous or monitored message may leave",
    ),
    Transition(
        "decide_to_hold", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.HELD, _by(Actor.SYSTEM),
        (_OUTBOUND, *_DECIDE_GUARDS, *_mode_guards(_GATED, _BLOCKED)),
        _DECIDED,
        "a gated message waits for a person",
    ),
    Transition(
        "decide_to_block", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.BLOCKED, _by(Actor.SYSTEM),
        (_OUTBOUND, *_DECIDE_GUARDS, *_mode_guards(_BLOCKED, None)),
        _DECIDED,
        "a blocked message ends here",
    ),
    Transition(
        "decide_to_deliver", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.DELIVERED, _by(Actor.SYSTEM),
        (_INBOUND, *_DECIDE_GUARDS, *_mode_guards(None, _GATED_ALL)),
        _DECIDED,
        "inbound mail goes to the agent",
    ),
    Transition(
        "decide_to_hold_inbound", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.HELD, _by(Actor.SYSTEM),
        (_INBOUND, *_DECIDE_GUARDS, *_mode_guards(_GATED_ALL, _BLOCKED)),
        _DECIDED,
        "inbound mail waits until a person lets the agent see it",
    ),
    Transition(
        "decide_to_quarantine", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.QUARANTINED, _by(Actor.SYSTEM),
        (_INBOUND, *_DECIDE_GUARDS, *_mode_guards(_BLOCKED, None)),
        _DECIDED,
        "inbound mail the policy blocks",
    ),
    # --- a person decides
    Transition(
        "approve_partly", LifecycleEvent.APPROVE,
        _states(State.HELD), State.HELD, _by(Actor.PERSON),
        (_OUTBOUND, _seen("approval"), _DECISION_CURRENT, _WAITS_FOR_APPROVAL, _NOT_BLOCKED,
         _NOT_ERASED, _NOT_THE_AUTHOR, _NOT_TWICE, _MORE_APPROVALS_DUE),
        _APPROVED_ONCE_MORE,
        "an approval of several that are due",
    ),
    Transition(
        "approve", LifecycleEvent.APPROVE,
        _states(State.HELD), State.QUEUED, _by(Actor.PERSON),
        (_OUTBOUND, _seen("approval"), _DECISION_CURRENT, _WAITS_FOR_APPROVAL, _NOT_BLOCKED,
         _NOT_ERASED, _NOT_THE_AUTHOR, _NOT_TWICE, _LAST_APPROVAL),
        _APPROVED_ONCE_MORE,
        "the last approval that was due",
    ),
    Transition(
        "release", LifecycleEvent.APPROVE,
        _states(State.HELD), State.DELIVERED, _by(Actor.PERSON),
        (_INBOUND, _seen("approval"), _DECISION_CURRENT, _NOT_ERASED),
        _APPROVED_ONCE_MORE,
        "a person lets the agent see inbound mail",
    ),
    Transition(
        "reject", LifecycleEvent.REJECT,
        _states(State.HELD), State.REJECTED, _by(Actor.PERSON),
        (_OUTBOUND,),
        {},
        "a person refuses the message",
    ),
    Transition(
        "reject_inbound", LifecycleEvent.REJECT,
        _states(State.HELD), State.QUARANTINED, _by(Actor.PERSON),
        (_INBOUND,),
        {},
        "a person keeps inbound mail from the agent",
    ),
    Transition(
        "edit", LifecycleEvent.EDIT,
        _states(*WAITING), State.ACCEPTED, _by(Actor.AUTHOR, Actor.PERSON),
        (_OUTBOUND, _NOT_ERASED),
        {"content": Plus(Field("content"), 1), "facts": Plus(Field("facts"), 1), **_NO_APPROVALS},
        "new bytes are decided and approved anew",
    ),
    Transition(
        "cancel", LifecycleEvent.CANCEL,
        _states(*WAITING), State.CANCELLED, _by(Actor.AUTHOR, Actor.PERSON),
        (_OUTBOUND,),
        {},
        "taken back before hand-over",
    ),
    # --- the world changes
    Transition(
        "change_facts", LifecycleEvent.CHANGE_FACTS,
        _states(*WAITING), State.ACCEPTED, _ANYBODY,
        (_OUTBOUND,),
        {**_NEW_FACTS, **_NO_APPROVALS},
        "a tag, consent, suppression or case changed: decide anew",
    ),
    Transition(
        "change_facts_inbound", LifecycleEvent.CHANGE_FACTS,
        _states(State.RECEIVED, State.HELD), State.RECEIVED, _ANYBODY,
        (_INBOUND,),
        {**_NEW_FACTS, **_NO_APPROVALS},
        "the same for inbound mail",
    ),
    Transition(
        "change_facts_late", LifecycleEvent.CHANGE_FACTS,
        _AWAY, None, _ANYBODY,
        (),
        _NEW_FACTS,
        "stops a running attempt before the final dot, and counts for any further one",
    ),
    Transition(
        "clear_fraud", LifecycleEvent.CLEAR_FRAUD,
        _states(State.HELD), State.ACCEPTED, _by(Actor.PERSON),
        (_OUTBOUND, _NOT_THE_AUTHOR),
        {"facts": Plus(Field("facts"), 1), "fraud": Literal(False), **_NO_APPROVALS},
        "only a person takes a fraud mark off, and the message is decided anew",
    ),
    Transition(
        "stale", LifecycleEvent.STALE,
        _states(State.HELD, State.QUEUED, State.DEFERRED), State.ACCEPTED,
        _by(Actor.SYSTEM, Actor.WORKER),
        (_OUTBOUND, _DECISION_STALE),
        _NO_APPROVALS,
        "the decision no longer stands",
    ),
    Transition(
        "stale_inbound", LifecycleEvent.STALE,
        _states(State.HELD), State.RECEIVED, _by(Actor.SYSTEM, Actor.WORKER),
        (_INBOUND, _DECISION_STALE),
        _NO_APPROVALS,
        "the same for inbound mail",
    ),
    Transition(
        "erase", LifecycleEvent.ERASE,
        _states(*WAITING), State.BLOCKED, _by(Actor.PERSON, Actor.SYSTEM),
        (_OUTBOUND,),
        {"erased": Literal(True), "facts": Plus(Field("facts"), 1), **_NO_APPROVALS},
        "an erased person is never written to",
    ),
    Transition(
        "erase_inbound", LifecycleEvent.ERASE,
        _states(State.RECEIVED, State.HELD), State.QUARANTINED, _by(Actor.PERSON, Actor.SYSTEM),
        (_INBOUND,),
        {"erased": Literal(True), "facts": Plus(Field("facts"), 1), **_NO_APPROVALS},
        "nor read any further",
    ),
    Transition(
        "erase_late", LifecycleEvent.ERASE,
        _AWAY, None, _by(Actor.PERSON, Actor.SYSTEM),
        (),
        {"erased": Literal(True), "facts": Plus(Field("facts"), 1)},
        "stops a running attempt before the final dot, and any further one",
    ),
    Transition(
        "expire", LifecycleEvent.EXPIRE,
        _states(*WAITING), State.EXPIRED, _by(Actor.SYSTEM, Actor.WORKER),
        (_OUTBOUND, _TIME_IS_UP),
        {},
        "held or undeliverable for too long",
    ),
    Transition(
        "expire_inbound", LifecycleEvent.EXPIRE,
        _states(State.HELD), State.QUARANTINED, _by(Actor.SYSTEM, Actor.WORKER),
        (_INBOUND, _TIME_IS_UP),
        {},
        "nobody let the agent see it",
    ),
    # --- hand-over to the mail server
    Transition(
        "claim", LifecycleEvent.CLAIM,
        _states(State.QUEUED), State.SENDING, _by(Actor.WORKER),
        (_OUTBOUND, _DECISION_CURRENT, _APPROVED, _NOT_BLOCKED, _NOT_ERASED, _NOT_PAUSED, _DUE),
        _HANDED,
        "a worker takes the message; everything is checked once more",
    ),
    Transition(
        "lapse", LifecycleEvent.LAPSE,
        _states(State.SENDING), State.QUEUED, _by(Actor.WORKER, Actor.SYSTEM),
        (_DOT_NOT_WRITTEN,),
        {},
        "the attempt ended, or the worker died, before the final dot",
    ),
    Transition(
        "write_dot", LifecycleEvent.WRITE_DOT,
        _states(State.SENDING), State.SENDING, _by(Actor.WORKER),
        (_DOT_NOT_WRITTEN, _BYTES_MATCH, _AS_CLAIMED, _NOT_ERASED, _NOT_PAUSED),
        {"dot_written": Literal(True), "handovers": Plus(Field("handovers"), 1)},
        "recorded before the final dot is written: from here on the server may have it",
    ),
    Transition(
        "confirm", LifecycleEvent.CONFIRM,
        _states(State.SENDING), State.SENT, _by(Actor.WORKER, Actor.SYSTEM),
        (_DOT_WRITTEN,),
        {},
        "the server took it (250)",
    ),
    Transition(
        "doubt", LifecycleEvent.DOUBT,
        _states(State.SENDING), State.UNKNOWN, _by(Actor.WORKER, Actor.SYSTEM),
        (_DOT_WRITTEN,),
        {},
        "the acknowledgement was lost (RFC 1047): it may or may not have arrived",
    ),
    Transition(
        "defer", LifecycleEvent.DEFER,
        _states(State.SENDING), State.DEFERRED, _by(Actor.WORKER),
        (_DOT_NOT_WRITTEN,),
        _REFUSED_BY_SERVER,
        "refused for now (4yz)",
    ),
    Transition(
        "defer_after_dot", LifecycleEvent.DEFER,
        _states(State.SENDING), State.DEFERRED, _by(Actor.WORKER),
        (_DOT_WRITTEN,),
        _REFUSED_AFTER_DOT,
        "refused for now in answer to the final dot: the server does not have it",
    ),
    Transition(
        "fail", LifecycleEvent.FAIL,
        _states(State.SENDING), State.FAILED, _by(Actor.WORKER),
        (_DOT_NOT_WRITTEN,),
        _REFUSED_BY_SERVER,
        "refused for good (5yz)",
    ),
    Transition(
        "fail_after_dot", LifecycleEvent.FAIL,
        _states(State.SENDING), State.FAILED, _by(Actor.WORKER),
        (_DOT_WRITTEN,),
        _REFUSED_AFTER_DOT,
        "refused for good in answer to the final dot",
    ),
    Transition(
        "retry", LifecycleEvent.RETRY,
        _states(State.DEFERRED), State.QUEUED, _by(Actor.WORKER, Actor.SYSTEM, Actor.PERSON),
        (_DUE,),
        {},
        "time for the next attempt",
    ),
    Transition(
        "resolve_sent", LifecycleEvent.RESOLVE_SENT,
        _states(State.UNKNOWN), State.SENT, _by(Actor.PERSON, Actor.SYSTEM),
        (),
        {},
        "a person found it delivered, or its class says to assume so",
    ),
    Transition(
        "resolve_retry", LifecycleEvent.RESOLVE_RETRY,
        _states(State.UNKNOWN), State.QUEUED, _by(Actor.PERSON),
        (),
        {"retried": Plus(Field("retried"), 1)},
        "a person prefers twice to never",
    ),
    Transition(
        "resolve_retry_once", LifecycleEvent.RESOLVE_RETRY,
        _states(State.UNKNOWN), State.QUEUED, _by(Actor.SYSTEM),
        (Guard("class_retries", _given("class_retries"), "its class does not retry by itself"),
         Guard("first_retry", Equal(Field("retried"), Literal(0)), "it was retried once already")),
        {"retried": Plus(Field("retried"), 1)},
        "the message's class prefers twice to never, once",
    ),
    # --- the service
    Transition(
        "reload", LifecycleEvent.RELOAD,
        _EVERYWHERE, None, _by(Actor.SYSTEM, Actor.PERSON),
        (Guard("certified", _given("certified"), "the policy has no valid certificate"),),
        {"policy": Plus(Field("policy"), 1)},
        "another proved policy comes into force",
    ),
    Transition(
        "pause", LifecycleEvent.PAUSE,
        _EVERYWHERE, None, _by(Actor.PERSON, Actor.SYSTEM),
        (),
        {"paused": Literal(True)},
        "the kill switch",
    ),
    Transition(
        "resume", LifecycleEvent.RESUME,
        _EVERYWHERE, None, _by(Actor.PERSON),
        (),
        {"paused": Literal(False)},
        "only a person starts sending again",
    ),
)
# fmt: on


# --- execution ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A transition that was taken, with the state and record after it."""

    transition: Transition
    state: State
    record: Record


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that may not happen now; `reasons` are sentences for the person who asked."""

    reasons: tuple[str, ...]


def initial(*, inbound: bool, **known: int | bool) -> tuple[State, dict[str, int | bool]]:
    """State and record of a new message; `known` sets fields such as `fraud` or `policy`."""
    record = {name: spec.initial for name, spec in FIELDS.items()} | {"inbound": inbound} | known
    return (State.RECEIVED if inbound else State.ACCEPTED), record


def step(
    event: LifecycleEvent, actor: Actor, state: State, record: Record, inputs: Record
) -> Step | Refused:
    """What `event` by `actor` does to a message in `state` with `record`.

    Raises KeyError when `inputs` lacks one that a guard or effect of the event reads. At most one
    row of the table applies (a claim that `proofs.lifecycle` proves).
    """
    rows = [row for row in TABLE if row.event is event and state in row.sources]
    if not rows:
        return Refused((f"a message that is {state.value} cannot {_spoken(event)}",))
    rows = [row for row in rows if actor in row.by]
    if not rows:
        return Refused((f"not for {actor.value}: who may {_spoken(event)} is somebody else",))
    refusals: list[tuple[str, ...]] = []
    for row in rows:
        failing = tuple(
            guard.otherwise for guard in row.guards if not value(guard.term, state, record, inputs)
        )
        if not failing:
            changes = {
                name: value(term, state, record, inputs) for name, term in row.effects.items()
            }
            return Step(row, row.target or state, {**record, **changes})
        refusals.append(failing)
    return Refused(min(refusals, key=len))


def inputs_of(event: LifecycleEvent) -> Mapping[str, FieldKind]:
    """The inputs that rows of `event` read, with their kinds."""
    return inputs_of_terms(
        term
        for row in TABLE
        if row.event is event
        for term in (*(guard.term for guard in row.guards), *row.effects.values())
    )


def _spoken(event: LifecycleEvent) -> str:
    return event.value.replace("_", " ")
