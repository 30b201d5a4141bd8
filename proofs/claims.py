"""The claims: the built-in ones that every policy must meet, and those that a policy states.

Built-in claims about one message are written in the policy language, in `claims.policy`; those
about two messages (after a change, no decision is freer) are written here.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from policy.loading import load
from policy.modes import Event
from policy.rules import Condition, Liveness, Monotone, Policy, Span
from policy.syntax import Source
from policy.vocabulary import TAG_FACTS, TAGS
from proofs.questions import (
    AddMembers,
    Always,
    LoseFacts,
    LowerNumber,
    NeverFreer,
    Question,
    Sometimes,
    StricterMailbox,
)

__all__ = ["Claim", "built_in", "claims_digest", "claims_of", "conditions_of"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be proved: an English `sentence` and the `question` that settles it.

    `because` is the source of law or the owner's reason; `fixed` says why no policy can switch a
    built-in claim off and is None for a claim of the policy itself, whose place is `span`.
    """

    id: str
    sentence: str
    question: Question
    because: str | None
    fixed: str | None = None
    owner: str | None = None
    pack: str | None = None
    span: Span | None = None


_FIXED: Mapping[str, str] = {
    "fraud_gated": "an answer to a fraud report by a machine can cost the victim the claim; "
    "it is the promise this product is bought for",
    "card_number_stays": "a number that has left cannot be called back; there is no lawful "
    "exception for a shop",
    "consent_before_advertising": "consent is the law's condition, not the shop's choice",
    "objection_heard": "each message after an objection is an offence of its own",
    "advertising_can_be_ended": "no consent and no contract makes it dispensable",
    "advertising_says_from_where": "no consent and no contract makes it dispensable",
    "privacy_answered_by_people": "a wrong answer discloses a person's data to a stranger",
    "erased_is_erased": "writing proves that the data was kept",
}

_NEVER_FREER = (
    (
        "risk_tag_never_freer",
        "adding a risk tag never makes a decision freer",
        AddMembers(TAG_FACTS, TAGS),
        "a classifier that sees more must never free a message",
    ),
    (
        "lost_fact_never_freer",
        "not knowing a fact never makes a decision freer",
        LoseFacts(),
        "an outage of a source must never free a message",
    ),
    (
        "stricter_mailbox_never_freer",
        "a stricter mailbox never makes a decision freer",
        StricterMailbox(),
        "the mailbox's mode is the owner's brake; it must never accelerate",
    ),
    (
        "lower_confidence_never_freer",
        "a lower confidence never makes a decision freer",
        LowerNumber("confidence"),
        "doubt must never free a message",
    ),
)
_DESIGN = "fail closed"


@cache
def built_in() -> tuple[Claim, ...]:
    """The claims that hold of every policy that is served."""
    loaded = load(_source())
    if loaded.policy is None:
        raise AssertionError(f"claims.policy has mistakes:\n{loaded.rendered()}")
    single = []
    for invariant in loaded.policy.invariants:
        name, sentence = invariant.title.split(": ", 1)
        question = Always(invariant.event, invariant.condition)
        single.append(
            Claim(name, sentence, question, invariant.because, _FIXED[name], span=invariant.span)
        )
    double = [
        Claim(
            name if event is Event.SEND else f"{name}_on_{event}",
            sentence if event is Event.SEND else f"{sentence}, on {event}",
            NeverFreer(event, change),
            _DESIGN,
            fixed,
        )
        for event in Event
        for name, sentence, change, fixed in _NEVER_FREER
    ]
    return (*single, *double)


def claims_of(policy: Policy) -> tuple[Claim, ...]:
    """The built-in claims and what `policy` and its packs state themselves."""
    stated = [
        Claim(
            f'invariant "{invariant.title}"',
            invariant.title,
            Always(invariant.event, invariant.condition),
            invariant.because,
            owner=invariant.owner,
            pack=invariant.pack,
            span=invariant.span,
        )
        for invariant in policy.invariants
    ]
    for promise in policy.promises:
        match promise:
            case Liveness(event=event, given=given, gets=gets):
                question: Question = Sometimes(event, given, gets)
            case Monotone(event=event, fact=fact, members=members):
                question = NeverFreer(event, AddMembers((fact,), members))
        stated.append(
            Claim(
                f'promise "{promise.title}"',
                promise.title,
                question,
                None,
                owner=promise.owner,
                pack=promise.pack,
                span=promise.span,
            )
        )
    return (*built_in(), *stated)


def conditions_of(question: Question) -> tuple[Condition, ...]:
    """The conditions that `question` speaks of."""
    match question:
        case Always(condition=condition):
            return (condition,)
        case Sometimes(given=given, gets=gets):
            return (given, gets)
        case NeverFreer():
            return ()


def claims_digest() -> str:
    """SHA-256 (hex) of the built-in claims, the reasons included."""
    text = _source().text + repr((_NEVER_FREER, sorted(_FIXED.items())))
    return hashlib.sha256(text.encode()).hexdigest()


def _source() -> Source:
    text = files("proofs").joinpath("claims.policy").read_text("utf-8")
    return Source("proofs/claims.policy", text)
