from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.modes import Event, Mode
from policy.rules import Has, ModeAtLeast, Not, Policy, Rule, RuleKind
from proofs.claims import Claim
from proofs.questions import AddMembers, Always, NeverFreer, Question
from proofs.session import Session
from proofs.verification import verify
from tests.policy.strategies import NOWHERE, SMALL, policies, rules
from tests.proofs.shop import SHOP, policy_of, shop_policy
from tests.proofs.strategies import questions
from tests.proofs.test_edits import BROKEN, policy_in
from tests.proofs.test_ladder import rule


@given(policies(), st.lists(questions(), min_size=1, max_size=4), st.data())
@settings(max_examples=20, deadline=None)
def test_after_every_edit_the_verdicts_are_those_of_a_fresh_proof(
    policy: Policy, asked: list[Question], data: st.DataObject
) -> None:
    claims = tuple(Claim(str(number), "", one, None) for number, one in enumerate(asked))
    session = Session()
    with (
        patch("proofs.session.claims_of", lambda _: claims),
        patch("proofs.verification.claims_of", lambda _: claims),
    ):
        for _ in range(3):
            expected = [(one.outcome, one.vacuous) for one in verify(policy)]
            assert [(one.outcome, one.vacuous) for one in session.verify(policy)] == expected
            kept = [rule for rule in policy.rules if data.draw(st.integers(0, 4))]
            added = data.draw(st.lists(rules(number=9), max_size=1))
            policy = replace(policy, rules=(*kept, *added))


VIP = Has("flags", "vip", NOWHERE)
LATE = Has("flags", "late", NOWHERE)


@pytest.mark.parametrize(
    ("question", "before", "added"),
    [
        (  # a kind of rule that was not there
            Always(Event.SEND, ModeAtLeast(Mode.GATED_SEND, NOWHERE)),
            rule(RuleKind.REQUIRE, VIP),
            rule(RuleKind.ALLOW, VIP),
        ),
        (  # one of a kind that was there, which does not follow the change
            NeverFreer(Event.SEND, AddMembers(("flags",), ("vip",))),
            rule(RuleKind.REQUIRE, LATE, Mode.GATED_ALL),
            rule(RuleKind.REQUIRE, Not(VIP, NOWHERE), Mode.GATED_ALL),
        ),
    ],
    ids=["kind", "direction"],
)
def test_a_rule_that_a_proof_did_not_reckon_with_ends_it(
    question: Question, before: Rule, added: Rule
) -> None:
    session, claim = Session(), Claim("asked", "", question, None)
    with patch("proofs.session.claims_of", lambda _: (claim,)):
        assert session.verify(Policy("p", SMALL, (before,))).proved
        assert session.verify(Policy("p", SMALL, (before, before))).proved
        assert session.kept == 1
        assert not session.verify(Policy("p", SMALL, (before, added))).proved


def test_an_edit_that_a_proof_does_not_rest_on_keeps_it() -> None:
    session, shop = Session(), shop_policy()
    session.verify(shop)
    assert session.kept == 0
    session.verify(shop)
    again = session.kept
    assert again > len(verify(shop).items) / 2
    moved = policy_of("\n\n" + SHOP.read_text("utf-8"))  # every place in the file is another
    verdicts = session.verify(moved)
    assert session.kept == again
    places = [verdict.claim.span for verdict in verify(moved)]
    assert [verdict.claim.span for verdict in verdicts] == places


@pytest.mark.parametrize("path", BROKEN[::7], ids=lambda path: path.stem)
def test_a_broken_edit_is_refuted_in_a_session(path: Path) -> None:
    session = Session()
    session.verify(shop_policy())
    broken = policy_in(path)
    found = {verdict.claim.id for verdict in session.verify(broken).refuted}
    assert found == {verdict.claim.id for verdict in verify(broken).refuted}
