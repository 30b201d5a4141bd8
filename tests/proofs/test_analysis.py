from dataclasses import replace

import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.evaluator import decide
from policy.facts import Facts
from policy.modes import Event
from policy.rules import Policy
from proofs.analysis import FindingKind, analyse
from proofs.booleans import negated
from proofs.claims import claims_of
from proofs.clause_questions import Clauses
from proofs.decisive import Decisive, matters
from proofs.questions import Sometimes
from proofs.reliance import rests_on
from proofs.satisfiability import SatSolver
from proofs.solver import Solver
from proofs.verification import verify
from tests.policy.strategies import messages, policies
from tests.proofs.shop import shop_policy, small


def kinds(policy: Policy) -> dict[str, FindingKind]:
    return {one.subject: one.kind for one in analyse(policy) if one.pack is None}


def without(policy: Policy, title: str) -> Policy:
    return replace(policy, rules=tuple(rule for rule in policy.rules if rule.title != title))


@given(policies(), st.lists(messages(), min_size=6, max_size=6), st.sampled_from(Event))
@settings(max_examples=50, deadline=None)
def test_a_rule_matters_exactly_if_the_decision_is_another_without_it(
    policy: Policy, several: list[Facts], event: Event
) -> None:
    clauses = Clauses(policy, [])
    ways = Decisive(clauses, event).literals()
    with SatSolver(clauses) as solver:
        for rule in policy.rules_on(event):
            smaller = without(policy, rule.title)
            decisive = False
            for way in ways[id(rule)]:
                if solver.possible([way]):
                    facts = clauses.message.facts(solver.true_literals())
                    assert matters(rule, decide(policy, facts, event))
                    decisive = True
            for facts in several:
                decision, other = decide(policy, facts, event), decide(smaller, facts, event)
                differs = (decision.mode, decision.obligations) != (other.mode, other.obligations)
                assert matters(rule, decision) == differs
                assert decisive or not differs


def test_a_rule_that_is_never_true_is_dead_and_its_clash_is_named() -> None:
    policy = small('require gated_all "odd"\n  when kind is reply\n  when kind is marketing')
    (finding,) = [one for one in analyse(policy) if one.subject == "odd"]
    assert finding.kind is FindingKind.DEAD
    assert len(finding.related) == 2


def test_what_another_rule_already_does_is_redundant() -> None:
    policy = small(
        'require gated_all "wide" when kind is reply\n'
        'require gated_send "narrow" when kind is reply and unsure'
    )
    (finding,) = [one for one in analyse(policy) if one.subject == "narrow"]
    assert finding.kind is FindingKind.REDUNDANT
    assert "“wide” already does" in [note for _, note in finding.related]


def covers(policy: Policy) -> dict[str, frozenset[str]]:
    """For each rule that decides nothing, the titles of the rules that are said to cover it."""
    told = (FindingKind.REDUNDANT, FindingKind.OVERRIDDEN)
    return {
        one.subject: frozenset(note.split("“")[1].split("”")[0] for _, note in one.related)
        for one in analyse(policy)
        if one.kind in told and one.related
    }


def fires_alone(policy: Policy, title: str, others: frozenset[str]) -> bool:
    """Whether a message makes the rule `title` fire and none of `others`, asked of Z3."""
    named = {rule.title: rule for rule in policy.rules}
    message = Solver(policy, []).message
    silent = [negated(message.fires(named[other])) for other in sorted(others)]
    wanted = [message.fires(named[title]), *silent]
    asked = z3.Solver()
    asked.add(*message.laws(), *wanted)
    return bool(asked.check() == z3.sat)


def assert_covers_are_smallest(policy: Policy) -> None:
    for title, others in covers(policy).items():
        assert not fires_alone(policy, title, others), (title, others)
        for spared in others:
            assert fires_alone(policy, title, others - {spared}), (title, others, spared)


@given(policies(most=10))
@settings(max_examples=40, deadline=None)
def test_what_covers_a_rule_does_and_none_of_it_can_be_spared(policy: Policy) -> None:
    assert_covers_are_smallest(policy)


def test_of_many_rules_that_cover_one_together_only_those_needed_are_named() -> None:
    """Halves, quarters and eighths of a range cover it in many ways with needless members."""
    parts = [(low, low + size) for size in (1, 2, 4) for low in range(0, 8, size)]
    policy = small(
        "\n".join(
            f'require gated_all "{low} to {high}"\n  when kind is reply'
            f"\n  when confidence >= {low / 8:.3f}"
            + ("" if high == 8 else f"\n  unless confidence >= {high / 8:.3f}")
            for low, high in parts
        )
        + '\nrequire gated_all "narrow" when kind is reply and unsure'
    )
    assert len(covers(policy)["narrow"]) >= 2
    assert_covers_are_smallest(policy)


def test_an_allow_that_is_always_overridden_is_found() -> None:
    policy = small(
        'allow monitored "never" when content.card_number\nallow monitored "ok" when kind is reply'
    )
    assert kinds(policy)["never"] is FindingKind.OVERRIDDEN
    assert "ok" not in kinds(policy)


def test_what_is_declared_and_never_read_is_found() -> None:
    policy = small("tag vip\nfact refund: money up to 5.00")
    assert kinds(policy) == {"vip": FindingKind.UNREAD, "refund": FindingKind.UNREAD}


def test_an_autonomous_answer_needs_a_bound_on_confidence() -> None:
    policy = small('allow autonomous "a" when kind is reply and intent is order_status')
    (finding,) = [one for one in analyse(policy) if one.kind is FindingKind.UNBOUNDED]
    assert finding.witness is not None
    bounded = small(
        'allow autonomous "a" when kind is reply and intent is order_status and confidence >= 0.9'
    )
    assert FindingKind.UNBOUNDED not in kinds(bounded).values()


def test_an_example_that_no_rule_decides_tests_nothing() -> None:
    example = 'example "idle": given kind is reply, mailbox.mode is gated_send expect gated_send'
    policy = small(example, packs="pci_dss")
    idle = {one.subject for one in analyse(policy) if one.kind is FindingKind.IDLE_EXAMPLE}
    assert "idle" in idle


def test_a_claim_falls_without_any_rule_that_its_proof_rests_on() -> None:
    policy = shop_policy()
    resting = {claim.id: (claim, rules) for claim, rules in rests_on(policy, claims_of(policy))}
    proved = {v.claim.id for v in verify(policy) if not isinstance(v.claim.question, Sometimes)}
    assert set(resting) == proved
    claim, rules = resting["fraud_gated"]
    assert len(rules) == 3
    alone = replace(
        policy, rules=tuple(r for r in policy.rules if r in rules or r.kind.value == "allow")
    )
    assert Solver(alone, [claim.question]).find(claim.question) is None
    for rule in rules:
        weaker = without(alone, rule.title)
        assert Solver(weaker, [claim.question]).find(claim.question) is not None
