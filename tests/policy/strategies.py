"""Random policies and random messages, for every test that holds two meanings equal."""

from collections.abc import Mapping

from hypothesis import strategies as st

from policy.facts import (
    BoolType,
    EnumType,
    Fact,
    Facts,
    NumberType,
    Origin,
    SetType,
    TextType,
    Unit,
    Value,
    Vocabulary,
)
from policy.modes import Event, Mode
from policy.rules import (
    And,
    Approval,
    AtLeast,
    Condition,
    CopyTo,
    Has,
    IsTrue,
    Not,
    Obligation,
    ObligationName,
    OneOf,
    Or,
    Policy,
    RouteTo,
    Rule,
    RuleKind,
    Span,
    TextOperator,
    TextTest,
    Wording,
)
from policy.vocabulary import BUILT_IN

NOWHERE = Span("random.policy", 1, 1, 1, 2)
MEMBERS = ("fraud_risk", "vip", "late")
LITERALS = ("a", "b", "ab", "ba", "aa")

SMALL: Vocabulary = Vocabulary(
    {
        name: BUILT_IN[name]
        for name in (
            "kind", "intent", "confidence", "tags", "thread.tags", "mailbox.mode",
            "recipient.suppressed", "case.fraud_open", "recipient.consent",
        )
    }
    | {
        "amount": Fact("amount", NumberType(Unit.MONEY, 0, 500), Origin.REQUEST, "money", 0),
        "left": Fact("left", NumberType(Unit.DAYS, -3, 3), Origin.ORDER, "days", 1),
        "subject": Fact("subject", TextType(), Origin.CONTENT, "text", ""),
        "flags": Fact("flags", SetType(MEMBERS), Origin.REQUEST, "set", frozenset()),
    }
)  # fmt: skip
"""A vocabulary with every type of fact, small enough that random rules often meet."""


def fact_tests(vocabulary: Vocabulary) -> st.SearchStrategy[Condition]:
    """One test on one fact of `vocabulary`."""
    tests = {name: _test(fact) for name, fact in vocabulary.items()}
    return st.sampled_from(sorted(vocabulary)).flatmap(tests.__getitem__)


def _test(fact: Fact) -> st.SearchStrategy[Condition]:
    match fact.type:
        case BoolType():
            return st.just(IsTrue(fact.name, NOWHERE))
        case EnumType(values):
            chosen = st.frozensets(st.sampled_from(values), min_size=1, max_size=3)
            return chosen.map(lambda some: OneOf(fact.name, some, NOWHERE))
        case SetType(members):
            return st.sampled_from(members).map(lambda one: Has(fact.name, one, NOWHERE))
        case NumberType(low=low, high=high):
            return st.integers(low, high + 1).map(lambda bound: AtLeast(fact.name, bound, NOWHERE))
        case TextType():
            return st.builds(
                TextTest,
                st.just(fact.name),
                st.sampled_from(TextOperator),
                st.sampled_from(LITERALS),
                st.just(NOWHERE),
            )


def conditions(vocabulary: Vocabulary = SMALL) -> st.SearchStrategy[Condition]:
    """A condition a rule may have."""
    return _SMALL_CONDITIONS if vocabulary is SMALL else _conditions(vocabulary)


def _conditions(vocabulary: Vocabulary) -> st.SearchStrategy[Condition]:
    def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, max_size=3).map(tuple)
        return st.one_of(
            st.builds(And, parts, st.just(NOWHERE)),
            st.builds(Or, parts, st.just(NOWHERE)),
            st.builds(Not, inner, st.just(NOWHERE)),
        )

    return st.recursive(fact_tests(vocabulary), joined, max_leaves=5)


_SMALL_CONDITIONS = _conditions(SMALL)  # once, since Hypothesis takes long over making a strategy


_ALL_OBLIGATIONS: tuple[Obligation, ...] = (
    Approval("fraud_team", 2),
    Wording(ObligationName.UNSUBSCRIBE),
    CopyTo("oversight"),
    RouteTo("fraud_team"),
)
_OBLIGATIONS = st.sampled_from(_ALL_OBLIGATIONS)


@st.composite
def rules(draw: st.DrawFn, number: int = 0, vocabulary: Vocabulary = SMALL) -> Rule:
    """One rule with a title of its own."""
    kind = draw(st.sampled_from(RuleKind))
    mode = draw(st.sampled_from(tuple(Mode)[:4]))
    return Rule(
        kind=kind,
        event=draw(st.sampled_from((Event.SEND, Event.SEND, Event.RECEIVE))),
        mode=Mode.BLOCKED if kind is RuleKind.BLOCK else mode,
        title=f"rule {number}",
        condition=draw(conditions(vocabulary)),
        obligations=tuple(draw(st.lists(_OBLIGATIONS, max_size=2, unique=True))),
        because=None,
        owner=None,
        review_by=None,
        pack=None,
        span=Span("random.policy", number + 1, 1, number + 1, 2),
    )


@st.composite
def policies(draw: st.DrawFn, vocabulary: Vocabulary = SMALL, most: int = 6) -> Policy:
    """A policy of up to `most` rules."""
    count = draw(st.integers(0, most))
    chosen = tuple(draw(rules(number, vocabulary)) for number in range(count))
    return Policy("random", vocabulary, chosen)


def _values(fact: Fact) -> st.SearchStrategy[Value]:
    match fact.type:
        case BoolType():
            return st.booleans()
        case EnumType(values):
            return st.sampled_from(values)
        case SetType(members):
            return st.frozensets(st.sampled_from(members))
        case NumberType(low=low, high=high):
            return st.integers(low, high)
        case TextType():
            return st.text("abc", max_size=4)


def messages(vocabulary: Vocabulary = SMALL) -> st.SearchStrategy[Facts]:
    """Facts of a message; any of them may be unknown."""
    return _SMALL_MESSAGES if vocabulary is SMALL else _messages(vocabulary)


def _messages(vocabulary: Vocabulary) -> st.SearchStrategy[Facts]:
    offers: Mapping[str, st.SearchStrategy[Value | None]] = {
        name: st.one_of(_values(fact), _values(fact), st.none())
        for name, fact in vocabulary.items()
    }
    return st.fixed_dictionaries(dict(offers)).map(lambda known: Facts(vocabulary, known))


_SMALL_MESSAGES = _messages(SMALL)
