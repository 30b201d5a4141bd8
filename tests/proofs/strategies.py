"""Random questions, beside the random policies and messages of tests/policy."""

from hypothesis import strategies as st

from policy.facts import Facts
from policy.modes import Event, Mode, mailbox_floor
from policy.rules import And, Condition, ModeAtLeast, Not, ObligationName, Obliged, Or
from proofs.questions import (
    AddMembers,
    Always,
    Change,
    LoseFacts,
    LowerNumber,
    NeverFreer,
    Question,
    Sometimes,
    StricterMailbox,
)
from tests.policy.strategies import NOWHERE, SMALL, fact_tests

CHANGES: tuple[Change, ...] = (
    AddMembers(("tags", "thread.tags"), ("fraud_risk", "opt_out")),
    AddMembers(("flags",), ("vip",)),
    LoseFacts(),
    StricterMailbox(),
    LowerNumber("confidence"),
    LowerNumber("left"),
)


def statements() -> st.SearchStrategy[Condition]:
    """A condition that an invariant may have: it also speaks of the decision."""
    leaf = st.one_of(
        fact_tests(SMALL),
        fact_tests(SMALL),
        st.sampled_from(Mode).map(lambda mode: ModeAtLeast(mode, NOWHERE)),
        st.sampled_from((ObligationName.UNSUBSCRIBE, ObligationName.COPY)).map(
            lambda name: Obliged(name, NOWHERE)
        ),
    )

    def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(
            st.builds(And, parts, st.just(NOWHERE)),
            st.builds(Or, parts, st.just(NOWHERE)),
            st.builds(Not, inner, st.just(NOWHERE)),
        )

    return st.recursive(leaf, joined, max_leaves=5)


def questions() -> st.SearchStrategy[Question]:
    """Any kind of question about any event."""
    events = st.sampled_from(Event)
    return st.one_of(
        st.builds(Always, events, statements()),
        st.builds(Sometimes, events, fact_tests(SMALL), statements()),
        st.builds(NeverFreer, events, st.sampled_from(CHANGES)),
    )


@st.composite
def changed(draw: st.DrawFn, facts: Facts, change: Change, event: Event) -> Facts:
    """`facts` after some `change`."""
    match change:
        case AddMembers(names, members):
            return facts.replace(
                {
                    name: value | draw(st.frozensets(st.sampled_from(members)))
                    for name in names
                    if isinstance(value := facts.get(name), frozenset)
                }
            )
        case LoseFacts():
            lost = draw(st.frozensets(st.sampled_from(sorted(SMALL))))
            return facts.replace(dict.fromkeys(lost))
        case StricterMailbox():
            setting = facts.get("mailbox.mode")
            if not isinstance(setting, str):
                return facts
            floor = mailbox_floor(setting, event)
            other = draw(st.sampled_from(("monitored", "gated_send", "gated_all", "read_only")))
            stricter = mailbox_floor(other, event) > floor
            return facts.replace({"mailbox.mode": other}) if stricter else facts
        case LowerNumber(name):
            value = facts.get(name)
            if not isinstance(value, int):
                return facts
            low = SMALL[name].type.low  # type: ignore[union-attr]  # LowerNumber is of numbers
            return facts.replace({name: draw(st.integers(low, value))})
