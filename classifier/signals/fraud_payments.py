"""Signals of fraud in payments and orders: money moved that its owner did not move."""

from __future__ import annotations

from typing import Final

from classifier.signals.fraud_words import ACT, DENIAL, MAKE, MONEY, ORDER, OWN_DENIAL, TALK
from classifier.signals.signal import WITHIN, Signal

FRAUD_PAYMENT_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="unrecognised_payment",
        tag="fraud_risk",
        description="The writer does not recognise or did not authorise a payment or order.",
        pattern=rf"\b{DENIAL} (?:\w+ )?{ACT}\b{WITHIN}\b{ORDER}\b",
        unless=TALK,
        examples=(
            "I do not recognise this payment.",
            "I didn't authorize a transaction of 40 euros",
            "never approved that subscription",
        ),
        counter_examples=(
            "I recognise the payment now, thank you.",
            "Just asking: what if I did not recognise a payment?",
            "I did not receive the payment confirmation.",
        ),
    ),
    Signal(
        name="payment_unrecognised",
        tag="fraud_risk",
        description="A payment or order is named first, then that its holder does not know it.",
        pattern=rf"\b{ORDER}\b{WITHIN}\b{DENIAL} (?:\w+ )?{ACT}\b",
        unless=TALK + r"|\bnot (?:yet )?(?:been )?approved(?: by (?:my|our)\b|[^ ]| [^b]|$)",
        examples=(
            "There is a charge on my card that I do not recognise.",
            "payments on my statement which I never authorised",
        ),
        counter_examples=(
            "My order was not approved by my boss yet, so nothing is ordered.",
            "My payment was not approved, shall I try another card?",
            "The order has not arrived.",
        ),
    ),
    Signal(
        name="payment_not_made",
        tag="fraud_risk",
        description="A payment or order its holder says they did not make or place.",
        pattern=(
            rf"\b{MONEY}\b{WITHIN}\b(?:(?:i|we|i certainly|i have) {OWN_DENIAL}{MAKE}|was not me"
            rf"|(?:is|are) not mine"
            rf"|not by me|not from me|not my doing|know nothing (?:about|of))\b"
            rf"|\b{OWN_DENIAL}{MAKE} (?:(?:this|that|these|those|any|the|such|an?|it|all) )?"
            rf"(?:\w+ ){{0,2}}{ORDER}\b"
            rf"|\b(?:order|parcel|confirmation|invoice|delivery)s?\b{WITHIN}\b"
            rf"(?:(?:i|we) (?:never|did not) |(?:nobody|no one)(?: \w+){{0,3}}? (?:ever )?)"
            rf"(?:made?|placed?|ordered?|bought|buy)\b"
            rf"|\border\b[^.?!]{{0,20}}?\b(?:is|are|was|were) not mine\b"
            rf"|\b(?:did not|never) withdr[ae]w\w*\b"
            rf"|\bwithdr[ae]w\w*\b[^.?!]{{0,40}}?\bbut (?:i )?(?:did not|never|not me)\b"
        ),
        unless=TALK
        + (
            r"|\b(?:why|yet|because) (?:did|do|has|have)\b"
            rf"|\b(?:can|could) not (?:make|do|place|set up) (?:(?:an?|any|the|my|this) )?{ORDER}\b"
            r"|\b(?:made|make|done) (?:it )?(?:yet"
            r"|through|there|it|in time)\b"
        )
        + (
            r"|\b(?:declined|failed|twice|duplicate|tried|wrong (?:size|colou?r|item|one|account)"
            r"|order (?:that )?i (?:placed|made|bought|ordered))\b"
        )
        + (
            r"|\b(?:i|we) (?:have )?(?:placed|made|ordered|bought)\b(?: \w+){0,3} (?:yesterday"
            r"|last|on|ago|this|but|and|from|in)\b"
        ),
        examples=(
            "There is a payment on my statement that I never made.",
            "I did not make this purchase.",
            "An order came that I never placed.",
            "a parcel arrived that nobody here ordered",
            "There is a withdrawal that was not me.",
        ),
        counter_examples=(
            "The payment did not go through.",
            "I can't make a payment, please help.",
            "You have not made the refund.",
            "I placed the order yesterday.",
            "My transfer has not made it yet.",
        ),
    ),
    Signal(
        name="unauthorised_use",
        tag="fraud_risk",
        description="Something happened unauthorised or without the holder's knowledge.",
        pattern=(
            rf"\bun(?:authori[sz]ed|recogni[sz]ed|known|approved|familiar) {WITHIN}\b{ORDER}\b"
            rf"|\b{ORDER}\b{WITHIN}\bun(?:authori[sz]ed|recogni[sz]ed|approved|familiar)\b"
            rf"|\bun(?:authori[sz]ed) (?:access|use|log ?in|person|user)\b"
            rf"|\bwithout my (?:knowledge|permission|consent|authori[sz]ation|approval|say[ -]so)\b"
        ),
        unless=TALK + r"|\b(?:newsletters?|e-?mails?|marketing|data|photo|advert\w*)\b",
        examples=(
            "two unauthorised charges this week",
            "money was taken without my permission",
            "unknown transactions on my card",
        ),
        counter_examples=(
            "You send me newsletters without my consent.",
            "unknown word in the manual",
        ),
    ),
    Signal(
        name="strange_payment",
        tag="fraud_risk",
        description="A payment is called strange, odd, suspicious or the like.",
        pattern=(
            rf"\b(?:strange|odd|weird|unusual|suspicious|questionable|dubious|random|dodgy|fishy"
            rf"|shady|unfamiliar|mysterious|unexplained|bogus|illegitimate|fraudulent)"
            rf" (?:(?:looking|card|bank|online|direct"
            rf"|cash|little|new|small|large|recent|foreign) ){{0,2}}(?:{ORDER}|log-?ins?"
            rf"|address)\b"
            rf"|\b(?:not sure|no idea|do not (?:know|understand)|unclear|can not (?:explain|tell"
            rf"|think))\b[^.?!]{{0,25}}?\b(?:what|where"
            rf"|who)\b[^.?!]{{0,12}}?\b{MONEY}\b[^.?!]{{0,20}}?\b(?:came|comes|is coming|from"
            rf"|is for|was for|about)\b"
            rf"|\b{MONEY}\b[^.?!]{{0,40}}?\b(?:(?:no|not any) idea (?:what|about|where|who)"
            rf"|know nothing (?:about|of)|do not know (?:anything|what|who|where)"
            rf"|can not (?:explain|account for|place))\b"
        ),
        unless=TALK + r"|\b(?:fee|postage|shipping|delivery|vat|tax) |\border status\b",
        examples=(
            "Why is there a strange charge in my account?",
            "weird orders in my account",
            "A payment has shown up and I've no idea what it's for.",
        ),
        counter_examples=(
            "It is strange that the order takes so long.",
            "There's an odd smell coming from the sofa.",
        ),
    ),
    Signal(
        name="disputed_payment",
        tag="fraud_risk",
        description="The writer disputes a payment taken from them.",
        pattern=(
            rf"\b(?:dispute|disputing|contest|contesting|challenge)\b[^.?!]{{0,30}}?\b{MONEY}\b"
            rf"|\b{MONEY}\b[^.?!]{{0,30}}?\b(?:i (?:want|need|would like|wish) to"
            rf"|to be) (?:dispute|contest)d?\b"
        ),
        unless=TALK + r"|\bfee\b",
        examples=("I want to dispute a charge on my card.", "There is a debit I need to dispute."),
        counter_examples=("There is no dispute about the size.",),
    ),
    Signal(
        name="money_gone",
        tag="fraud_risk",
        description="Money, points or a balance is gone that its owner did not spend.",
        pattern=(
            r"\b(?:money|cash|funds|points|balance|credit|gift card)\b[^.?!]{0,60}?\b(?:(?:i"
            r"|we) (?:did not|never|have not|had not) (?:\w+ )?(?:use|used|spend|spent|withdraw"
            r"|take|took|taken|touch|touched|redeem|redeemed|send|sent)|not me)\b"
            r"|\b(?:some ?one|some ?body|stranger)\b[^.?!]{0,20}?\b(?:redeemed|spent|emptied"
            r"|drained)\b[^.?!]{0,20}?\b(?:my|our)\b"
            r"|\b(?:money|cash) (?:\w+ )?(?:stolen|taken without|missing) from my\b|\bmoney (?:is"
            r"|has gone|has been|was|s)? ?(?:missing|stolen|gone) from my (?:account|card|bank)\b"
        ),
        unless=TALK,
        examples=(
            "The gift card balance is gone and I never used it.",
            "someone redeemed my loyalty points",
        ),
        counter_examples=(
            "I haven't got my money back.",
            "I never used the gift card, is it still valid?",
        ),
    ),
    Signal(
        name="nothing_bought_here",
        tag="fraud_risk",
        description="Money was taken by a shop the writer never bought from.",
        pattern=(
            r"\b(?:never|have not|did not) (?:even |ever )?(?:bought|buy|ordered?|purchased?"
            r"|shopped?|used?)\b[^.?!]{0,25}?\b"
            r"(?:from|with|at|of|on) (?:you|your|this)\b"
            r"|\bwho (?:gave|allowed) you\b[^.?!]{0,30}?\b(?:permission|money|account|card)\b"
        ),
        unless=r"\b(?:before|again|so far|yet|until|first time|discount|new customer|recommend)\b",
        examples=(
            "I have never bought anything from you.",
            "Who gave you permission to take money from my account?",
        ),
        counter_examples=("I've never ordered from you before, is shipping free?",),
    ),
    Signal(
        name="payment_details_changed",
        tag="fraud_risk",
        description="A message announces new bank details for payments, as false suppliers do.",
        pattern=(
            r"\b(?:new|changed|updated|different|other) (?:bank(?:ing)?|payment"
            r"|account) (?:account|details|information|data|coordinates)\b"
            r"|\b(?:bank(?:ing)?|payment) (?:account |details |information )?(?:has"
            r"|have) (?:been )?(?:changed|updated)\b"
        ),
        unless=r"\b(?:my|refund|i|how)\b",
        examples=(
            "Please send all future payments to our new bank account.",
            "our banking details have changed",
        ),
        counter_examples=(
            "How do I update my bank details?",
            "Refund it to my new bank account please.",
        ),
    ),
)
