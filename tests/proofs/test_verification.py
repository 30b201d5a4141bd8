import pytest

from policy.evaluator import decide, holds
from policy.modes import Mode
from policy.rules import Policy
from proofs.claims import built_in
from proofs.questions import Always, Counterexample, breaks
from proofs.reporting import verdict_lines
from proofs.verdicts import Outcome, Verdict
from proofs.verification import verify
from tests.proofs.shop import PACKS, shop_policy, small


def refuted(policy: Policy) -> dict[str, Verdict]:
    return {verdict.claim.id: verdict for verdict in verify(policy).refuted}


def test_every_claim_about_the_sample_shop_is_proved() -> None:
    verdicts = verify(shop_policy())
    assert [verdict.claim.id for verdict in verdicts.refuted] == []
    assert not any(verdict.vacuous for verdict in verdicts)
    assert len(verdicts.items) > len(built_in())


def test_a_policy_without_a_rule_holds_everything_but_what_must_be_blocked() -> None:
    names = set(refuted(small("", packs="shop")))
    assert "fraud_gated" not in names
    assert {"erased_is_erased", "objection_heard", "card_number_stays"} <= names


BREAKS = [
    ("fraud", 'allow monitored "x" when kind is reply', "fraud_gated"),
    ("pci_dss", "", "card_number_stays"),
    ("gdpr", "", "consent_before_advertising"),
    ("can_spam", "", "objection_heard"),
    ("can_spam", 'allow monitored "x" when kind is marketing', "advertising_can_be_ended"),
    ("can_spam", 'allow monitored "x" when kind is marketing', "advertising_says_from_where"),
    ("gdpr", 'allow monitored "x" when kind is reply', "privacy_answered_by_people"),
    ("gdpr", "", "erased_is_erased"),
    ("", 'allow monitored "x" when tags has opt_out', "risk_tag_never_freer"),
    ("", 'allow gated_all "x" when order.found', "lost_fact_never_freer"),
    ("", 'require gated_send "x" when mailbox.mode is autonomous', "stricter_mailbox_never_freer"),
    ("", 'require gated_all "x" when confidence >= 0.99', "lower_confidence_never_freer"),
    (
        "",
        'on receive allow monitored "x" when tags has safety_risk\n'
        'on receive require gated_all "y" when not tags has safety_risk',
        "risk_tag_never_freer_on_receive",
    ),
    ("", 'on receive allow gated_all "x" when kind is reply', "lost_fact_never_freer_on_receive"),
    (
        "",
        'on receive block "x" when mailbox.mode is autonomous',
        "stricter_mailbox_never_freer_on_receive",
    ),
    ("", 'on receive block "x" when confidence > 0.40', "lower_confidence_never_freer_on_receive"),
]


@pytest.mark.parametrize(("dropped", "added", "claim"), BREAKS, ids=[row[2] for row in BREAKS])
def test_each_built_in_claim_can_be_refuted_with_a_message(
    dropped: str, added: str, claim: str
) -> None:
    packs = ", ".join(name for name in PACKS.split(", ") if name != dropped)
    policy = small(f'allow autonomous "free" when kind is transactional\n{added}', packs)
    witness = refuted(policy)[claim].witness
    assert witness is not None
    question = next(one.question for one in built_in() if one.id == claim)
    assert breaks(policy, question, Counterexample(witness.facts, witness.after))
    assert len(witness.remarkable()) <= 3


def test_each_built_in_claim_is_refuted_in_this_file() -> None:
    assert {claim.id for claim in built_in()} == {claim for _, _, claim in BREAKS}


def test_the_witness_of_a_dropped_pack_is_the_smallest_message() -> None:
    policy = small('allow monitored "all" when kind is reply', "pci_dss, can_spam, gdpr, ccpa")
    witness = refuted(policy)["fraud_gated"].witness
    assert witness is not None
    assert witness.remarkable() in {
        ("tags is {fraud_risk}",),
        ("case.fraud_open",),
        ("thread.tags is {fraud_risk}",),
    }
    assert witness.decision.mode is Mode.MONITORED
    assert [rule.title for rule in witness.let_through()] == ["all"]


def test_unknown_counts_as_broken() -> None:
    policy = small('invariant "known": kind in {transactional, marketing, reply}')
    verdict = refuted(policy)['invariant "known"']
    assert verdict.witness is not None
    assert verdict.witness.remarkable() == ("kind is unknown",)


def test_a_broken_invariant_is_broken_on_the_evaluator() -> None:
    policy = small(
        'allow monitored "small" when confidence >= 0.80\n'
        'invariant "sure": mode <= monitored implies confidence >= 0.85'
    )
    verdict = refuted(policy)['invariant "sure"']
    witness, question = verdict.witness, verdict.claim.question
    assert witness is not None
    assert isinstance(question, Always)
    assert not holds(question.condition, witness.facts, decide(policy, witness.facts))
    assert witness.remarkable() == ("confidence is 0.8499",)


def test_an_invariant_about_no_message_is_vacuous() -> None:
    policy = small(
        'invariant "odd": (kind is reply and kind is marketing) implies mode >= gated_send'
    )
    verdict = next(v for v in verify(policy) if v.claim.sentence == "odd")
    assert verdict.outcome is Outcome.PROVED
    assert verdict.vacuous


def test_a_policy_that_holds_everything_breaks_a_promise() -> None:
    promise = 'promise "we answer": some message when kind is reply gets mode <= monitored'
    assert 'promise "we answer"' in refuted(small(promise))
    kept = verify(small(f'allow monitored "r" when kind is reply\n{promise}'))
    verdict = next(v for v in kept if v.claim.sentence == "we answer")
    assert verdict.outcome is Outcome.PROVED
    assert verdict.witness is not None
    assert verdict.witness.remarkable() == ()


def test_a_promise_about_adding_names_the_change() -> None:
    policy = small(
        'tag vip\nallow autonomous "x" when tags has vip\n'
        'promise "p": adding any of {vip} to tags never makes it freer'
    )
    witness = refuted(policy)['promise "p"'].witness
    assert witness is not None
    assert witness.change() == ("tags is {vip}",)
    assert witness.decision_after is not None
    assert witness.decision_after.mode < witness.decision.mode


def test_the_owner_of_a_claim_is_shown_proved_or_refuted() -> None:
    policy = small(
        'promise "we answer": some message when kind is reply gets mode <= monitored\n'
        "  owner support\n"
        'invariant "kept": recipient.erased implies mode is blocked\n  owner compliance'
    )
    lines = {v.claim.sentence: next(verdict_lines(v)) for v in verify(policy)}
    assert lines["we answer"].startswith("refuted")
    assert lines["we answer"].endswith("owner support")
    assert lines["kept"].startswith("proved")
    assert lines["kept"].endswith("owner compliance")
