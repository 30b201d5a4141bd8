"""Policies for the tests: the sample shop, and texts put together from packs."""

from pathlib import Path

from policy.loading import load
from policy.rules import Policy
from policy.syntax import Source

SHOP = Path(__file__).parents[2] / "data" / "shop" / "shop.policy"
PACKS = "fraud, pci_dss, can_spam, gdpr, ccpa, returns, shop"


def policy_of(text: str) -> Policy:
    """The policy that `text` states; it must have no mistakes."""
    loaded = load(Source("test.policy", text))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


def shop_policy() -> Policy:
    """The sample shop."""
    return policy_of(SHOP.read_text("utf-8"))


def small(body: str, packs: str = PACKS) -> Policy:
    """A policy of `packs` and `body`."""
    return policy_of(f'policy "Test"\nuse {packs}\n{body}\n')
