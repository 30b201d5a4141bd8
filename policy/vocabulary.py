"""The built-in vocabulary: every fact that the pipeline computes for a message.

`gatepost policy facts` prints this table. A policy adds facts and tags of its own with `fact` and
`tag`; it cannot change or remove one of these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from policy.facts import (
    BoolType,
    EnumType,
    Fact,
    FactType,
    NumberType,
    Origin,
    SetType,
    TextType,
    Unit,
    Value,
    Vocabulary,
)
from policy.modes import MAILBOX_MODES

__all__ = ["BUILT_IN", "INTENTS", "TAGS", "TAG_FACTS", "extended"]

INTENTS = (
    "order_status", "shipping_problem", "return", "exchange", "refund", "cancellation",
    "product_question", "complaint", "warranty", "fraud_claim", "product_safety", "billing",
    "privacy_request", "unsubscribe", "account", "other", "spam",
)  # fmt: skip
"""What a message is about; the classifier's taxonomy, of which a message has exactly one."""

TAGS = (
    "fraud_risk", "card_data", "privacy_request", "safety_risk", "legal_threat",
    "vulnerable_person", "opt_out",
)  # fmt: skip
"""Tags the classifier may set; a message has any number, a policy declares more with `tag`."""

TAG_FACTS = ("tags", "thread.tags")
"""The set facts whose members are the declared tags."""

_DAYS_OF_A_CENTURY = 36_500
_BOOL = BoolType()
_TEXT = TextType()


def _number(unit: Unit, low: int, high: int) -> NumberType:
    return NumberType(unit, low * unit.scale, high * unit.scale)


def _facts(origin: Origin, *rows: tuple[str, FactType, Value, str]) -> Iterable[tuple[str, Fact]]:
    return ((name, Fact(name, kind, origin, doc, usual)) for name, kind, usual, doc in rows)


_MONEY = _number(Unit.MONEY, 0, 1_000_000)
_AGE = _number(Unit.DAYS, 0, _DAYS_OF_A_CENTURY)

BUILT_IN = Vocabulary(
    dict(
        [
            *_facts(
                Origin.REQUEST,
                ("kind", EnumType(("transactional", "marketing", "reply")), "reply",
                 "why the message is written: order mail, advertising, or an answer"),
                ("author", EnumType(("agent", "person", "system")), "agent",
                 "who wrote it: a software agent, a person, or a fixed system template"),
                ("recipient.address", _TEXT, "customer@example.org",
                 "the address the message goes to (on receive: comes from)"),
                ("recipient.domain", _TEXT, "example.org", "the part of that address after the @"),
                ("recipient.count", _number(Unit.COUNT, 0, 1_000), 1,
                 "how many envelope recipients the message has"),
            ),
            *_facts(
                Origin.CLASSIFIER,
                ("intent", EnumType(INTENTS), "order_status",
                 "what the customer's message is about"),
                ("confidence", _number(Unit.PROBABILITY, 0, 1), 9_900,
                 "calibrated probability that the intent is right"),
                ("unsure", _BOOL, False,
                 "the classifier abstains: doubtful, out of scope or an unsupported language"),
                ("tags", SetType(TAGS), frozenset(), "the tags of the message"),
            ),
            *_facts(
                Origin.MAILBOX,
                ("mailbox.mode", EnumType(MAILBOX_MODES), "autonomous",
                 "the oversight mode the mailbox is set to"),
                ("mailbox.purpose",
                 EnumType(("orders", "support", "returns", "marketing", "billing", "privacy",
                           "general")), "support", "what the mailbox is for"),
                ("mailbox.address", _TEXT, "support@shop.example",
                 "the shop's own address of this message"),
            ),
            *_facts(
                Origin.LEDGER,
                ("recipient.region", EnumType(("eu", "uk", "us", "us_ca", "other")), "us",
                 "where the person lives, as far as the law asks"),
                ("recipient.suppressed", _BOOL, False,
                 "the person is on the suppression list"),
                ("recipient.consent",
                 EnumType(("explicit", "soft", "none", "withdrawn", "unknown")), "explicit",
                 "consent to advertising; `soft` is an existing customer of like goods"),
                ("recipient.consent_age", _AGE, 30, "days since that consent was given"),
                ("recipient.erased", _BOOL, False, "the person had their data erased"),
                ("recipient.first_contact", _BOOL, False,
                 "nobody here has ever written to this person"),
                ("recipient.messages_24h", _number(Unit.COUNT, 0, 100_000), 0,
                 "messages sent to this person in the last 24 hours, or on their way to them"),
                ("case.fraud_open", _BOOL, False,
                 "this person has an open fraud case, on any channel"),
                ("case.other_channel_open", _BOOL, False,
                 "this person waits for an answer on another channel"),
                ("case.last_channel", EnumType(("email", "chat", "phone", "social", "none")),
                 "email", "the channel this person used last"),
                ("case.last_contact", _number(Unit.SECONDS, 0, _DAYS_OF_A_CENTURY * 86_400), 3_600,
                 "time since this person last wrote on any channel; a century if never"),
                ("thread.tags", SetType(TAGS), frozenset(),
                 "every tag that any message of the thread carries"),
                ("thread.unanswered", _BOOL, True, "the last message of the thread is theirs"),
                ("thread.automatic", _BOOL, False,
                 "the message answered was written by a machine (RFC 3834)"),
                ("approval.rejected_before", _BOOL, False,
                 "a person rejected an earlier version of this message"),
                ("sender.authenticated", _BOOL, True,
                 "on receive: DMARC, or SPF and DKIM, passed for the From address"),
            ),
            *_facts(
                Origin.CONTENT,
                ("content.subject", _TEXT, "your order", "the subject"),
                ("content.text", _TEXT, "thank you for your message", "the visible text"),
                ("content.language", _TEXT, "en", "ISO 639-1 code of the text's language"),
                ("content.card_number", _BOOL, False,
                 "a payment card number (Luhn-valid) stands in any part"),
                ("content.unsubscribe_link", _BOOL, False,
                 "an unsubscribe link or List-Unsubscribe header is present"),
                ("content.postal_address", _BOOL, False,
                 "the sender's postal address is present"),
                ("content.advertisement_label", _BOOL, False,
                 "the message says clearly that it is an advertisement"),
                ("content.advertising", _BOOL, False,
                 "the subject or the beginning of the text makes an offer (16 CFR 316.3)"),
                ("content.unknown_links", _BOOL, False,
                 "a link leads to a host that is not the shop's"),
                ("content.answered_elsewhere", _BOOL, False,
                 "an answer to it would go to an address that is not the shop's (Reply-To)"),
                ("content.attachments",
                 SetType(("image", "pdf", "document", "spreadsheet", "archive", "executable",
                          "encrypted", "other")), frozenset(), "the kinds of its attachments"),
                ("content.hidden_text", _BOOL, False, "the HTML hides text from the reader"),
                ("content.html_text_mismatch", _BOOL, False,
                 "the HTML and the plain text say different things"),
                ("content.promises_money", _BOOL, False,
                 "the text promises a refund, credit or compensation"),
                ("content.cart_reminder", _BOOL, False,
                 "the text reminds of goods that were left in a cart"),
                ("content.return_number", _BOOL, False,
                 "the text gives a return (RMA) number or a return label"),
                ("content.amount", _MONEY, 0, "the largest amount of money named in the text"),
                ("content.matches_order", _BOOL, True,
                 "names, numbers and amounts agree with the order"),
            ),
            *_facts(
                Origin.ORDER,
                ("order.found", _BOOL, True, "the order the message is about is known"),
                ("order.age", _AGE, 7, "days since the order was placed"),
                ("order.value", _MONEY, 5_000, "what the order cost"),
                ("order.return_window_left",
                 _number(Unit.DAYS, -_DAYS_OF_A_CENTURY, _DAYS_OF_A_CENTURY), 14,
                 "days until the return window closes, negative when it has"),
                ("order.return_authorized", _BOOL, True,
                 "the shop has authorized a return of this order"),
                ("order.final_sale", _BOOL, False, "the goods cannot be returned"),
            ),
            *_facts(
                Origin.CLOCK,
                ("time.hour", _number(Unit.COUNT, 0, 23), 11,
                 "hour of the day at the shop when the message can leave"),
                ("time.business_hours", _BOOL, True,
                 "the shop is staffed when the message can leave"),
            ),
        ]
    )
)  # fmt: skip


def extended(tags: Iterable[str], facts: Mapping[str, Fact]) -> Vocabulary:
    """The built-in vocabulary with a policy's own `tags` and `facts` added."""
    members = SetType(tuple(dict.fromkeys((*TAGS, *tags))))
    own = {name: replace(BUILT_IN[name], type=members) for name in TAG_FACTS}
    return Vocabulary({**BUILT_IN, **own, **facts})
