"""Files to a checked policy: the shipped packs, the sample shop, and what a pack may do."""

from pathlib import Path

import pytest
from hypothesis import given

from policy.digest import digest
from policy.evaluator import decide
from policy.facts import Facts
from policy.loading import load, packs
from policy.rules import Policy, RuleKind
from policy.syntax import Source
from tests.policy.strategies import messages

SHOP = Path(__file__).parents[2] / "data" / "shop" / "shop.policy"


def _loaded(text: str) -> Policy:
    loaded = load(Source("test.policy", text))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


@pytest.fixture(scope="module")
def shop() -> Policy:
    return _loaded(SHOP.read_text("utf-8"))


def test_every_pack_loads_and_cites_its_source() -> None:
    assert set(packs()) == {
        "fraud", "pci_dss", "can_spam", "gdpr", "ccpa", "returns", "carts", "channels", "shop",
    }  # fmt: skip
    for name in packs():
        policy = _loaded(f'policy "only {name}"\nuse {name}\n')
        assert policy.rules
        assert policy.examples
        if name not in ("shop", "channels"):  # what is good manners has no source of law
            assert all(rule.because for rule in policy.rules), name


def test_every_example_of_the_shop_and_its_packs_comes_out(shop: Policy) -> None:
    assert len(shop.examples) >= 15
    for example in shop.examples:
        decision = decide(shop, example.facts, example.event)
        assert decision.mode is example.mode, example.title
        assert {rule.title for rule in decision.deciding}.issuperset(example.by), example.title


def test_no_pack_allows() -> None:
    for name in packs():
        for rule in _loaded(f'policy "x"\nuse {name}\n').rules:
            assert rule.kind is not RuleKind.ALLOW


def test_a_pack_that_allows_is_refused() -> None:
    pack = Source("packs/soft.policy", 'allow autonomous "all"\n')
    loaded = load(Source("a.policy", 'policy "x"\nuse soft\n'), available={"soft": pack})
    assert [one.code for one in loaded.diagnostics] == ["GP0504"]


_PLAIN = 'policy "x"\nallow monitored "answers" when kind is reply\n'
_BARE = _loaded(_PLAIN)
_WITH_PACKS = {name: _loaded(_PLAIN + f"use {name}\n") for name in packs()}


@given(messages(_BARE.vocabulary))
def test_using_a_pack_never_makes_a_decision_freer(facts: Facts) -> None:
    for name, policy in _WITH_PACKS.items():
        assert decide(policy, facts).mode >= decide(_BARE, facts).mode, name


def test_the_digest_is_of_the_meaning_not_of_the_layout(shop: Policy) -> None:
    first = 'block "a" when recipient.suppressed\n'
    second = 'block "b" when recipient.erased # why not\n'
    one = digest(_loaded('policy "x"\n' + first + second))
    assert one == digest(_loaded('policy "x"\n\n\n' + second + first))
    changed = first.replace("suppressed", "erased")
    assert one != digest(_loaded('policy "x"\n' + changed + second))
    assert len(digest(shop)) == 64
