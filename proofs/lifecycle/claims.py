"""What every single step of a message's life must keep, whatever row of the table it takes.

`policy.lifecycle.invariants` says what is true at every moment; these say what may happen between
two moments. A term reads the record before the step as fields; all else are inputs: those of the
event, `now.FIELD` for the record after it, `now.STATE` for where the message stands after it,
`by.ACTOR` for who caused it and `on.EVENT` for what it was.
"""

from dataclasses import dataclass

from policy.lifecycle import FIELDS, FINAL, WAITING, Actor, LifecycleEvent, State
from policy.modes import Mode
from policy.terms import (
    AllOf,
    AnyOf,
    Equal,
    Field,
    FieldKind,
    Input,
    InState,
    Literal,
    NoLess,
    Opposite,
    Plus,
    Term,
)

__all__ = ["STEP_CLAIMS", "StepClaim"]


@dataclass(frozen=True, slots=True)
class StepClaim:
    """A term that is true of every step that can be taken; `doc` says it in English."""

    name: str
    term: Term
    doc: str


_VERSIONS = ("facts", "content", "policy")


def _is(name: str) -> Term:
    return Equal(Field(name), Literal(True))


def _given(name: str) -> Term:
    return Equal(Input(name, FieldKind.BOOL), Literal(True))


def _by(actor: Actor) -> Term:
    return _given(f"by.{actor}")


def _on(event: LifecycleEvent) -> Term:
    return _given(f"on.{event}")


def _to(state: State) -> Term:
    return _given(f"now.{state}")


def _now(name: str) -> Term:
    return Input(f"now.{name}", FIELDS[name].kind)


def _grows(name: str) -> Term:
    return Opposite(NoLess(Field(name), _now(name)))


def _changes(name: str) -> Term:
    return Opposite(Equal(Field(name), _now(name)))


def _when(condition: Term, *then: Term) -> Term:
    return AnyOf((Opposite(condition), AllOf(then)))


def _both(*parts: Term) -> Term:
    return AllOf(parts)


def _same(of: str) -> tuple[Term, ...]:
    return tuple(Equal(Field(f"{of}_{name}"), Field(name)) for name in _VERSIONS)


def _seen() -> tuple[Term, ...]:
    return tuple(Equal(Input(f"seen_{name}", FieldKind.COUNTER), Field(name)) for name in _VERSIONS)


def _mode(at_least: Mode, term: Term) -> Term:
    return NoLess(term, Literal(int(at_least)))


_APPROVED = AllOf(
    (
        *_same("approved"),
        NoLess(Field("approvals"), Field("approvals_due")),
        NoLess(Field("approvals"), Literal(1)),
    )
)
_PERSON_NOT_AUTHOR = (_by(Actor.PERSON), Opposite(_given("is_author")))
_DECIDES = _on(LifecycleEvent.DECIDE)
_OUTBOUND = Opposite(_is("inbound"))

STEP_CLAIMS: tuple[StepClaim, ...] = (
    StepClaim(
        "fraud_waits_for_a_person",
        _when(_both(_grows("handovers"), _is("fraud")), _APPROVED),
        "nothing that is fraud-tagged when the final dot is written goes without the approval of "
        "exactly these facts, bytes and policy",
    ),
    StepClaim(
        "gated_waits_for_a_person",
        _when(_both(_grows("handovers"), _mode(Mode.GATED_SEND, Field("mode"))), _APPROVED),
        "nor anything that the policy gates",
    ),
    StepClaim(
        "blocked_is_never_handed_over",
        _when(_grows("handovers"), Opposite(_mode(Mode.BLOCKED, Field("mode")))),
        "what the policy blocks is never handed over",
    ),
    StepClaim(
        "handed_over_as_decided",
        _when(_grows("handovers"), *_same("decided"), *_same("handed"), _given("digest_matches")),
        "what is handed over is what was decided: these facts, these bytes, the policy in force",
    ),
    StepClaim(
        "erased_is_never_handed_over",
        _when(AnyOf((_grows("handovers"), _on(LifecycleEvent.CLAIM))), Opposite(_is("erased"))),
        "nothing is handed over, or taken up to be, to a person whose data was erased",
    ),
    StepClaim(
        "pause_is_honoured",
        _when(
            AnyOf((_grows("handovers"), _both(_to(State.SENDING), _changes("handed_policy")))),
            Opposite(_is("paused")),
        ),
        "while sending is paused nothing is handed over",
    ),
    StepClaim(
        "one_handover_per_attempt",
        _when(
            _grows("handovers"),
            InState(frozenset({State.SENDING})),
            Opposite(_is("dot_written")),
            Equal(_now("dot_written"), Literal(True)),
            Equal(_now("handovers"), Plus(Field("handovers"), 1)),
        ),
        "an attempt hands over once, and says so beforehand",
    ),
    StepClaim(
        "handovers_are_taken_back_rightly",
        _when(
            Opposite(NoLess(_now("handovers"), Field("handovers"))),
            _is("dot_written"),
            Equal(Plus(_now("handovers"), 1), Field("handovers")),
            AnyOf((_on(LifecycleEvent.DEFER), _on(LifecycleEvent.FAIL))),
        ),
        "only the server's own refusal undoes a hand-over",
    ),
    StepClaim(
        "an_answer_needs_a_handover",
        _when(
            AnyOf((_to(State.SENT), _to(State.UNKNOWN))),
            AnyOf((_is("dot_written"), Opposite(InState(frozenset({State.SENDING}))))),
        ),
        "a message is sent, or in doubt, only after the final dot",
    ),
    StepClaim(
        "no_answer_is_no_refusal",
        _when(
            _both(
                InState(frozenset({State.SENDING})),
                _is("dot_written"),
                AnyOf((_to(State.QUEUED), _to(State.DEFERRED), _to(State.FAILED))),
            ),
            Opposite(NoLess(_now("handovers"), Field("handovers"))),
        ),
        "after the final dot nothing is tried again or given up without the server's refusal",
    ),
    StepClaim(
        "no_silent_second_attempt",
        _when(
            _both(InState(frozenset({State.UNKNOWN})), _to(State.QUEUED)),
            Equal(_now("retried"), Plus(Field("retried"), 1)),
            AnyOf(
                (
                    _by(Actor.PERSON),
                    _both(_given("class_retries"), Equal(Field("retried"), Literal(0))),
                )
            ),
        ),
        "after a lost acknowledgement only a person, or once the message's class, tries again",
    ),
    StepClaim(
        "approver_is_a_person_and_not_the_author",
        _when(
            _both(AnyOf((_grows("approvals"), _on(LifecycleEvent.APPROVE))), _OUTBOUND),
            *_PERSON_NOT_AUTHOR,
            Opposite(_given("approved_already")),
            Equal(_now("approvals"), Plus(Field("approvals"), 1)),
        ),
        "an approval is of one person more, who is not the author",
    ),
    StepClaim(
        "only_a_person_lets_held_mail_in",
        _when(_both(InState(frozenset({State.HELD})), _to(State.DELIVERED)), _by(Actor.PERSON)),
        "inbound mail that is held reaches the agent only through a person",
    ),
    StepClaim(
        "approval_is_of_what_was_seen",
        _when(
            _on(LifecycleEvent.APPROVE), *_seen(), *_same("decided"), Opposite(_is("erased"))
        ),
        "a person approves what they saw, and only while it is what was decided",
    ),
    StepClaim(
        "approval_is_of_what_needs_one",
        _when(
            _both(_on(LifecycleEvent.APPROVE), _OUTBOUND),
            _mode(Mode.GATED_SEND, Field("mode")),
            Opposite(_mode(Mode.BLOCKED, Field("mode"))),
        ),
        "no approval frees what is blocked, and none is asked for what is free",
    ),
    StepClaim(
        "decision_is_of_what_is",
        _when(_DECIDES, *_seen()),
        "a decision about what has changed in the meantime is refused",
    ),
    StepClaim(
        "decision_keeps_the_claims",
        _when(
            _both(_DECIDES, _OUTBOUND),
            AnyOf((Opposite(_is("fraud")), _mode(Mode.GATED_SEND, _now("mode")))),
            AnyOf((Opposite(_is("erased")), _mode(Mode.BLOCKED, _now("mode")))),
            NoLess(_now("approvals_due"), Literal(1)),
        ),
        "a decision that breaks a proved claim is refused",
    ),
    StepClaim(
        "decision_leads_where_the_mode_says",
        _when(
            _DECIDES,
            _when(_to(State.QUEUED), Opposite(_mode(Mode.GATED_SEND, _now("mode")))),
            _when(_to(State.DELIVERED), Opposite(_mode(Mode.GATED_ALL, _now("mode")))),
            _when(_to(State.HELD), Opposite(_mode(Mode.BLOCKED, _now("mode")))),
            _when(_both(_to(State.HELD), _OUTBOUND), _mode(Mode.GATED_SEND, _now("mode"))),
            _when(_both(_to(State.HELD), _is("inbound")), _mode(Mode.GATED_ALL, _now("mode"))),
            _when(
                AnyOf((_to(State.BLOCKED), _to(State.QUARANTINED))),
                _mode(Mode.BLOCKED, _now("mode")),
            ),
        ),
        "free goes on, gated waits, blocked ends",
    ),
    StepClaim(
        "only_a_certified_policy",
        _when(_changes("policy"), _given("certified"), _on(LifecycleEvent.RELOAD)),
        "no policy comes into force without a valid certificate",
    ),
    StepClaim(
        "only_a_person_clears_fraud",
        _when(_both(_is("fraud"), _changes("fraud")), *_PERSON_NOT_AUTHOR),
        "only a person who is not the author takes a fraud mark off",
    ),
    StepClaim(
        "only_a_person_resumes",
        _when(_both(_is("paused"), _changes("paused")), _by(Actor.PERSON)),
        "the kill switch is released by a person",
    ),
    StepClaim(
        "erasure_stays",
        _when(_is("erased"), Equal(_now("erased"), Literal(True))),
        "an erasure is never undone",
    ),
    StepClaim(
        "no_edit_after_erasure",
        _when(_changes("content"), Opposite(_is("erased")), InState(frozenset(WAITING))),
        "what is erased or under way is not edited",
    ),
    StepClaim(
        "final_is_final",
        AllOf(tuple(_when(InState(frozenset({state})), _to(state)) for state in FINAL)),
        "an end state is never left",
    ),
    StepClaim(
        "nothing_before_its_time",
        _when(
            AnyOf((_on(LifecycleEvent.CLAIM), _on(LifecycleEvent.RETRY))), _given("due")
        ),
        "no attempt is made before the message is due",
    ),
    StepClaim(
        "nothing_expires_early",
        _when(_on(LifecycleEvent.EXPIRE), _given("time_is_up")),
        "a message expires only when its time is up",
    ),
    StepClaim(
        "only_the_stale_is_decided_anew",
        _when(_on(LifecycleEvent.STALE), Opposite(AllOf(_same("decided")))),
        "an approval is not thrown away while the decision stands",
    ),
)  # fmt: skip
