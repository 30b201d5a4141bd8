"""The table itself: one row a way that a message can move."""

from policy.lifecycle.effects import (
    APPROVED_ONCE_MORE,
    DECIDED,
    HANDED,
    NEW_FACTS,
    NO_APPROVALS,
    REFUSED_AFTER_DOT,
    REFUSED_BY_SERVER,
)
from policy.lifecycle.guards import (
    APPROVED,
    AS_CLAIMED,
    BLOCKED,
    BYTES_MATCH,
    DECISION_CURRENT,
    DECISION_STALE,
    DOT_NOT_WRITTEN,
    DOT_WRITTEN,
    DUE,
    GATED,
    GATED_ALL,
    INBOUND,
    LAST_APPROVAL,
    MORE_APPROVALS_DUE,
    NOT_BLOCKED,
    NOT_ERASED,
    NOT_PAUSED,
    NOT_THE_AUTHOR,
    NOT_TWICE,
    OUTBOUND,
    POLICY_KEEPS_ITS_CLAIMS,
    SOMEBODY_MUST_APPROVE,
    TIME_IS_UP,
    WAITS_FOR_APPROVAL,
    given,
    mode_guards,
    seen,
)
from policy.lifecycle.row import Guard, Transition
from policy.lifecycle.states import WAITING, Actor, LifecycleEvent, State
from policy.terms import Equal, Field, Literal, Plus

__all__ = ["TABLE"]


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

_DECIDE_GUARDS = (seen("decision"), POLICY_KEEPS_ITS_CLAIMS, SOMEBODY_MUST_APPROVE)

# fmt: off
TABLE: tuple[Transition, ...] = (
    # --- the policy decides
    Transition(
        "decide_to_queue", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.QUEUED, _by(Actor.SYSTEM),
        (OUTBOUND, *_DECIDE_GUARDS, *mode_guards(None, GATED)),
        DECIDED,
        "an autonomous or monitored message may leave",
    ),
    Transition(
        "decide_to_hold", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.HELD, _by(Actor.SYSTEM),
        (OUTBOUND, *_DECIDE_GUARDS, *mode_guards(GATED, BLOCKED)),
        DECIDED,
        "a gated message waits for a person",
    ),
    Transition(
        "decide_to_block", LifecycleEvent.DECIDE,
        _states(State.ACCEPTED), State.BLOCKED, _by(Actor.SYSTEM),
        (OUTBOUND, *_DECIDE_GUARDS, *mode_guards(BLOCKED, None)),
        DECIDED,
        "a blocked message ends here",
    ),
    Transition(
        "decide_to_deliver", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.DELIVERED, _by(Actor.SYSTEM),
        (INBOUND, *_DECIDE_GUARDS, *mode_guards(None, GATED_ALL)),
        DECIDED,
        "inbound mail goes to the agent",
    ),
    Transition(
        "decide_to_hold_inbound", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.HELD, _by(Actor.SYSTEM),
        (INBOUND, *_DECIDE_GUARDS, *mode_guards(GATED_ALL, BLOCKED)),
        DECIDED,
        "inbound mail waits until a person lets the agent see it",
    ),
    Transition(
        "decide_to_quarantine", LifecycleEvent.DECIDE,
        _states(State.RECEIVED), State.QUARANTINED, _by(Actor.SYSTEM),
        (INBOUND, *_DECIDE_GUARDS, *mode_guards(BLOCKED, None)),
        DECIDED,
        "inbound mail the policy blocks",
    ),
    # --- a person decides
    Transition(
        "approve_partly", LifecycleEvent.APPROVE,
        _states(State.HELD), State.HELD, _by(Actor.PERSON),
        (OUTBOUND, seen("approval"), DECISION_CURRENT, WAITS_FOR_APPROVAL, NOT_BLOCKED,
         NOT_ERASED, NOT_THE_AUTHOR, NOT_TWICE, MORE_APPROVALS_DUE),
        APPROVED_ONCE_MORE,
        "an approval of several that are due",
    ),
    Transition(
        "approve", LifecycleEvent.APPROVE,
        _states(State.HELD), State.QUEUED, _by(Actor.PERSON),
        (OUTBOUND, seen("approval"), DECISION_CURRENT, WAITS_FOR_APPROVAL, NOT_BLOCKED,
         NOT_ERASED, NOT_THE_AUTHOR, NOT_TWICE, LAST_APPROVAL),
        APPROVED_ONCE_MORE,
        "the last approval that was due",
    ),
    Transition(
        "release", LifecycleEvent.APPROVE,
        _states(State.HELD), State.DELIVERED, _by(Actor.PERSON),
        (INBOUND, seen("approval"), DECISION_CURRENT, NOT_ERASED),
        APPROVED_ONCE_MORE,
        "a person lets the agent see inbound mail",
    ),
    Transition(
        "reject", LifecycleEvent.REJECT,
        _states(State.HELD), State.REJECTED, _by(Actor.PERSON),
        (OUTBOUND,),
        {},
        "a person refuses the message",
    ),
    Transition(
        "reject_inbound", LifecycleEvent.REJECT,
        _states(State.HELD), State.QUARANTINED, _by(Actor.PERSON),
        (INBOUND,),
        {},
        "a person keeps inbound mail from the agent",
    ),
    Transition(
        "edit", LifecycleEvent.EDIT,
        _states(*WAITING), State.ACCEPTED, _by(Actor.AUTHOR, Actor.PERSON),
        (OUTBOUND, NOT_ERASED),
        {"content": Plus(Field("content"), 1), "facts": Plus(Field("facts"), 1), **NO_APPROVALS},
        "new bytes are decided and approved anew",
    ),
    Transition(
        "cancel", LifecycleEvent.CANCEL,
        _states(*WAITING), State.CANCELLED, _by(Actor.AUTHOR, Actor.PERSON),
        (OUTBOUND,),
        {},
        "taken back before hand-over",
    ),
    # --- the world changes
    Transition(
        "change_facts", LifecycleEvent.CHANGE_FACTS,
        _states(*WAITING), State.ACCEPTED, _ANYBODY,
        (OUTBOUND,),
        {**NEW_FACTS, **NO_APPROVALS},
        "a tag, consent, suppression or case changed: decide anew",
    ),
    Transition(
        "change_facts_inbound", LifecycleEvent.CHANGE_FACTS,
        _states(State.RECEIVED, State.HELD), State.RECEIVED, _ANYBODY,
        (INBOUND,),
        {**NEW_FACTS, **NO_APPROVALS},
        "the same for inbound mail",
    ),
    Transition(
        "change_facts_late", LifecycleEvent.CHANGE_FACTS,
        _AWAY, None, _ANYBODY,
        (),
        NEW_FACTS,
        "stops a running attempt before the final dot, and counts for any further one",
    ),
    Transition(
        "clear_fraud", LifecycleEvent.CLEAR_FRAUD,
        _states(State.HELD), State.ACCEPTED, _by(Actor.PERSON),
        (OUTBOUND, NOT_THE_AUTHOR),
        {"facts": Plus(Field("facts"), 1), "fraud": Literal(False), **NO_APPROVALS},
        "only a person takes a fraud mark off, and the message is decided anew",
    ),
    Transition(
        "stale", LifecycleEvent.STALE,
        _states(State.HELD, State.QUEUED, State.DEFERRED), State.ACCEPTED,
        _by(Actor.SYSTEM, Actor.WORKER),
        (OUTBOUND, DECISION_STALE),
        NO_APPROVALS,
        "the decision no longer stands",
    ),
    Transition(
        "stale_inbound", LifecycleEvent.STALE,
        _states(State.HELD), State.RECEIVED, _by(Actor.SYSTEM, Actor.WORKER),
        (INBOUND, DECISION_STALE),
        NO_APPROVALS,
        "the same for inbound mail",
    ),
    Transition(
        "erase", LifecycleEvent.ERASE,
        _states(*WAITING), State.BLOCKED, _by(Actor.PERSON, Actor.SYSTEM),
        (OUTBOUND,),
        {"erased": Literal(True), "facts": Plus(Field("facts"), 1), **NO_APPROVALS},
        "an erased person is never written to",
    ),
    Transition(
        "erase_inbound", LifecycleEvent.ERASE,
        _states(State.RECEIVED, State.HELD), State.QUARANTINED, _by(Actor.PERSON, Actor.SYSTEM),
        (INBOUND,),
        {"erased": Literal(True), "facts": Plus(Field("facts"), 1), **NO_APPROVALS},
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
        (OUTBOUND, TIME_IS_UP),
        {},
        "held or undeliverable for too long",
    ),
    Transition(
        "expire_inbound", LifecycleEvent.EXPIRE,
        _states(State.HELD), State.QUARANTINED, _by(Actor.SYSTEM, Actor.WORKER),
        (INBOUND, TIME_IS_UP),
        {},
        "nobody let the agent see it",
    ),
    # --- hand-over to the mail server
    Transition(
        "claim", LifecycleEvent.CLAIM,
        _states(State.QUEUED), State.SENDING, _by(Actor.WORKER),
        (OUTBOUND, DECISION_CURRENT, APPROVED, NOT_BLOCKED, NOT_ERASED, NOT_PAUSED, DUE),
        HANDED,
        "a worker takes the message; everything is checked once more",
    ),
    Transition(
        "lapse", LifecycleEvent.LAPSE,
        _states(State.SENDING), State.QUEUED, _by(Actor.WORKER, Actor.SYSTEM),
        (DOT_NOT_WRITTEN,),
        {},
        "the attempt ended, or the worker died, before the final dot",
    ),
    Transition(
        "write_dot", LifecycleEvent.WRITE_DOT,
        _states(State.SENDING), State.SENDING, _by(Actor.WORKER),
        (DOT_NOT_WRITTEN, BYTES_MATCH, AS_CLAIMED, NOT_ERASED, NOT_PAUSED),
        {"dot_written": Literal(True), "handovers": Plus(Field("handovers"), 1)},
        "recorded before the final dot is written: from here on the server may have it",
    ),
    Transition(
        "confirm", LifecycleEvent.CONFIRM,
        _states(State.SENDING), State.SENT, _by(Actor.WORKER, Actor.SYSTEM),
        (DOT_WRITTEN,),
        {},
        "the server took it (250)",
    ),
    Transition(
        "doubt", LifecycleEvent.DOUBT,
        _states(State.SENDING), State.UNKNOWN, _by(Actor.WORKER, Actor.SYSTEM),
        (DOT_WRITTEN,),
        {},
        "the acknowledgement was lost (RFC 1047): it may or may not have arrived",
    ),
    Transition(
        "defer", LifecycleEvent.DEFER,
        _states(State.SENDING), State.DEFERRED, _by(Actor.WORKER),
        (DOT_NOT_WRITTEN,),
        REFUSED_BY_SERVER,
        "refused for now (4yz)",
    ),
    Transition(
        "defer_after_dot", LifecycleEvent.DEFER,
        _states(State.SENDING), State.DEFERRED, _by(Actor.WORKER),
        (DOT_WRITTEN,),
        REFUSED_AFTER_DOT,
        "refused for now in answer to the final dot: the server does not have it",
    ),
    Transition(
        "fail", LifecycleEvent.FAIL,
        _states(State.SENDING), State.FAILED, _by(Actor.WORKER),
        (DOT_NOT_WRITTEN,),
        REFUSED_BY_SERVER,
        "refused for good (5yz)",
    ),
    Transition(
        "fail_after_dot", LifecycleEvent.FAIL,
        _states(State.SENDING), State.FAILED, _by(Actor.WORKER),
        (DOT_WRITTEN,),
        REFUSED_AFTER_DOT,
        "refused for good in answer to the final dot",
    ),
    Transition(
        "retry", LifecycleEvent.RETRY,
        _states(State.DEFERRED), State.QUEUED, _by(Actor.WORKER, Actor.SYSTEM, Actor.PERSON),
        (DUE,),
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
        (Guard("class_retries", given("class_retries"), "its class does not retry by itself"),
         Guard("first_retry", Equal(Field("retried"), Literal(0)), "it was retried once already")),
        {"retried": Plus(Field("retried"), 1)},
        "the message's class prefers twice to never, once",
    ),
    # --- the service
    Transition(
        "reload", LifecycleEvent.RELOAD,
        _EVERYWHERE, None, _by(Actor.SYSTEM, Actor.PERSON),
        (Guard("certified", given("certified"), "the policy has no valid certificate"),),
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
