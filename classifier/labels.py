"""The taxonomy: what a message wants (one intent) and what must not be missed in it (any tags)."""

from __future__ import annotations

from typing import Final

INTENTS: Final[tuple[str, ...]] = (
    "order_status",
    "shipping_problem",
    "return",
    "exchange",
    "refund",
    "cancellation",
    "product_question",
    "complaint",
    "warranty",
    "fraud_claim",
    "product_safety",
    "billing",
    "privacy_request",
    "unsubscribe",
    "account",
    "other",
    "spam",
)
"""Every message has exactly one intent; `other` is the broad background class."""

TAGS: Final[tuple[str, ...]] = (
    "fraud_risk",
    "card_data",
    "privacy_request",
    "safety_risk",
    "legal_threat",
    "vulnerable_person",
    "opt_out",
)
"""A message has any number of tags; each is decided on its own."""

ASKED_FOR: Final[frozenset[str]] = frozenset({"opt_out"})
"""Tags of a wish, which only the writer's own words set: those of subject and body.

At the foot of the shop's mail, which an answer quotes, and of what a mailing list adds below a
signature, stands how to unsubscribe. Whoever leaves that standing asks for nothing.
"""

OUT_OF_SCOPE_INTENTS: Final[frozenset[str]] = frozenset({"other", "spam"})
"""Intents that are nothing a shop's routing can act on."""

TAG_OF_INTENT: Final[dict[str, str]] = {
    "fraud_claim": "fraud_risk",
    "product_safety": "safety_risk",
    "privacy_request": "privacy_request",
    "unsubscribe": "opt_out",
}
"""Intents that cannot be predicted without their tag."""

SERIOUSNESS: Final[tuple[str, ...]] = (
    "fraud_claim",
    "product_safety",
    "privacy_request",
    "billing",
    "cancellation",
    "refund",
    "return",
    "exchange",
    "warranty",
    "shipping_problem",
    "unsubscribe",
    "complaint",
    "account",
    "order_status",
    "product_question",
    "other",
    "spam",
)
"""Intents, gravest first: of several intents of about equal weight the gravest routes the mail."""
