from dataclasses import replace

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.lifecycle import FIELDS, FINAL, TABLE, State, Transition
from policy.lifecycle.invariants import INVARIANTS
from policy.terms import FieldKind, Literal, inputs_of_terms, value
from proofs.lifecycle.claims import STEP_CLAIMS
from proofs.lifecycle.exploration import explore
from proofs.lifecycle.induction import Kind, claims, verify_lifecycle
from proofs.lifecycle.mutation import mutants, without_guard
from proofs.lifecycle.stories import diagram, explained, replays, story_lines
from proofs.lifecycle.transitions import Snapshot, formula

REDUNDANT = {
    # the state alone already tells the direction of the message
    *((row, "outbound") for row in ("decide_to_queue", "decide_to_hold", "decide_to_block")),
    *((row, "inbound") for row in ("decide_to_deliver", "decide_to_hold_inbound")),
    ("decide_to_quarantine", "inbound"),
    ("claim", "outbound"),
    # what is blocked or came in breaks no claim about sending
    ("decide_to_block", "policy_keeps_its_claims"),
    ("decide_to_deliver", "policy_keeps_its_claims"),
    ("decide_to_hold_inbound", "policy_keeps_its_claims"),
    ("decide_to_quarantine", "policy_keeps_its_claims"),
}


def row_named(name: str) -> Transition:
    return next(row for row in TABLE if row.name == name)


def without(row: str, guard: str) -> tuple[Transition, ...]:
    found = row_named(row)
    return without_guard(found, next(one for one in found.guards if one.name == guard))


def test_every_claim_holds_for_any_number_of_steps() -> None:
    broken = {v.claim.name: v.failures for v in verify_lifecycle() if not v.proved}
    assert broken == {}


def test_every_guard_is_needed_by_a_claim_or_known_to_be_redundant() -> None:
    redundant = {(m.row.name, m.guard.name) for m in mutants() if not m.fallen}
    assert redundant == REDUNDANT


@pytest.mark.parametrize(
    ("row", "guard", "claim"),
    [
        ("claim", "decision_current", "decided_by_the_policy_in_force"),
        ("claim", "not_paused", "pause_is_honoured"),
        ("write_dot", "bytes_match", "handed_over_as_decided"),
        ("write_dot", "as_claimed", "fraud_waits_for_a_person"),
        ("write_dot", "dot_not_written", "one_handover_per_attempt"),
        ("approve", "not_the_author", "approver_is_a_person_and_not_the_author"),
        ("lapse", "dot_not_written", "no_answer_is_no_refusal"),
        ("reload", "certified", "only_a_certified_policy"),
    ],
)
def test_a_dropped_guard_comes_with_a_story_that_the_whole_table_refuses(
    row: str, guard: str, claim: str
) -> None:
    table = without(row, guard)
    assert claim in {v.claim.name for v in verify_lifecycle(table, only=[row]) if not v.proved}
    story = explore(table, claims=frozenset({claim})).story
    assert story is not None
    assert story.claim == claim
    assert not replays(story)
    assert list(story_lines(story))[-1] == f"   now {claim} does not hold"


def test_a_story_about_the_table_itself_replays() -> None:
    never = explore(claims=frozenset({"decision_is_of_what_is"}), most_moments=50)
    assert never.story is None
    harmless = tuple(replace(row, doc="") for row in TABLE)
    wrong = explore(without("approve", "last_approval"), claims=frozenset(), most_moments=50)
    assert wrong.story is None
    assert explore(harmless, most_moments=50).story is None


def test_no_story_is_found_in_the_table_itself() -> None:
    found = explore(most_moments=600)
    assert found.story is None
    assert found.moments > 600
    assert not found.complete


def test_a_table_in_which_nothing_expires_or_ends_has_dead_ends() -> None:
    kept = tuple(row for row in TABLE if row.target not in FINAL)
    verdict = next(v for v in verify_lifecycle(kept) if v.claim.kind is Kind.NO_DEAD_END)
    assert {failure.state for failure in verdict.failures} == set(State) - FINAL


def test_a_row_that_can_never_happen_is_found() -> None:
    claim = row_named("claim")
    never = replace(claim, sources=frozenset({State.RECEIVED}))
    table = tuple(never if row is claim else row for row in TABLE)
    broken = {v.claim.name for v in verify_lifecycle(table, only=["claim"]) if not v.proved}
    assert "every_row_can_happen" in broken


def test_an_effect_that_frees_is_found() -> None:
    late = row_named("change_facts_late")
    weaker = replace(late, effects={**late.effects, "facts": Literal(1)})
    table = tuple(weaker if row is late else row for row in TABLE)
    assert any(not v.proved for v in verify_lifecycle(table, only=["change_facts_late"]))


RECORDS = st.fixed_dictionaries(
    {
        name: {
            FieldKind.BOOL: st.booleans(),
            FieldKind.MODE: st.integers(0, 4),
            FieldKind.COUNTER: st.integers(0, 2),
        }[spec.kind]
        for name, spec in FIELDS.items()
    }
)
TERMS = [
    *(guard.term for row in TABLE for guard in row.guards),
    *(term for row in TABLE for term in row.effects.values()),
    *(claim.term for claim in INVARIANTS),
]


@given(st.sampled_from(TERMS), st.sampled_from(State), RECORDS, st.data())
@settings(max_examples=300, deadline=None)
def test_a_formula_means_what_the_term_computes(
    term: object, state: State, record: dict[str, int], data: st.DataObject
) -> None:
    kinds = inputs_of_terms([term])  # type: ignore[list-item]  # all of TERMS are terms
    inputs = {
        name: data.draw(st.booleans() if kind is FieldKind.BOOL else st.integers(0, 4))
        for name, kind in kinds.items()
    }

    def constant(fixed: int) -> object:
        return z3.BoolVal(fixed) if isinstance(fixed, bool) else z3.IntVal(fixed)

    at = Snapshot(
        z3.IntVal(list(State).index(state)), {name: constant(v) for name, v in record.items()}
    )
    given_inputs = {name: constant(v) for name, v in inputs.items()}
    computed = value(term, state, record, inputs)  # type: ignore[arg-type]  # see above
    term_formula = formula(term, at, given_inputs)  # type: ignore[arg-type]  # see above
    simplified = z3.simplify(term_formula)
    shown = z3.is_true(simplified) if z3.is_bool(simplified) else simplified.as_long()
    assert shown == computed


def test_every_name_of_a_claim_is_used_once() -> None:
    names = [claim.name for claim in claims()]
    assert len(names) == len(set(names))
    assert len(names) == len(INVARIANTS) + len(STEP_CLAIMS) + 3


def test_the_picture_and_the_words_come_from_the_table() -> None:
    drawn = diagram()
    assert "queued --> sending: claim" in drawn
    assert all(state.value in drawn for state in State)
    assert explained("claim")[0].startswith("claim: ")
    assert explained("sent")[0] == "sent is an end state: no message ever leaves it"
    assert explained("clam") == ()
