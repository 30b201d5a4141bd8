"""Signals of fraud in cards, accounts and names: used, stolen or tricked out of their owner."""

from __future__ import annotations

from typing import Final

from classifier.signals.fraud_words import CARD, FOUND_AGAIN, SOMEONE, TALK
from classifier.signals.signal import WITHIN, Signal

_LOST_MISTYPED: Final = r"(?:lst|lsot|lots|lot|list|lpst|losst|loost|llost|lostt)"

FRAUD_IDENTITY_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="card_or_account_misused",
        tag="fraud_risk",
        description="Another person uses, used or has the writer's card, account or identity.",
        pattern=(
            rf"\b{SOMEONE} (?:\w+ ){{0,4}}?(?:us(?:ed|es|ing|e)|stole|stolen|steal(?:ing)?|took"
            rf"|taken|has|have|got|gotten"
            rf"|hacked|cloned|copied|misus\w+|opened|made|bought|buying|placed|ordered|spent"
            rf"|spending|accessed|entered"
            rf"|broke|logged|changed|obtained|ran up|charged|emptied|ordering|shopping"
            rf"|shops?)\b{WITHIN}"
            rf"\bmy (?:\w+ )?{CARD}\b"
        ),
        unless=TALK
        + (
            r"|\b(?:can|may|could|let|allow|may i let) (?:other people|someone|somebody|my|he|she"
            r"|they)\b|\bcontact (?:someone|somebody)\b"
        )
        + r"|\b(?:your|the) (?:driver|courier|staff|agent|colleague)s?\b",
        examples=(
            "Someone used my card.",
            "somebody else is buying things with my account",
            "A stranger has my credit card details.",
        ),
        counter_examples=(
            "Someone took my parcel from the porch.",
            "Can someone check my order?",
            "Can other people use my account?",
        ),
    ),
    Signal(
        name="account_taken_over",
        tag="fraud_risk",
        description="An account is hacked, compromised or entered by another.",
        pattern=(
            rf"\b(?:hacked|hijacked|compromised|cloned|skimmed|taken over|broken into"
            rf"|breached)\b{WITHIN}\b{CARD}\b"
            rf"|\b{CARD}\b{WITHIN}\b(?:hacked|hijacked|compromised|cloned|skimmed|taken over"
            rf"|broken into|breached"
            rf"|got hold of|used by (?:someone|somebody|another|a stranger))\b"
            rf"|\b(?:some ?one|some ?body|stranger|hacker)s?(?: else)? (?:\w+ ){{0,3}}?(?:in(?:to"
            rf"|side)?|on|access to) my (?:\w+ )?account\b"
        ),
        unless=TALK + r"|\b(?:not|never) (?:been )?(?:hacked|compromised|cloned)\b",
        examples=(
            "My account was hacked last night.",
            "I think my card has been cloned",
            "Somebody is in my account.",
        ),
        counter_examples=(
            "How do I get into my account?",
            "My account has not been hacked, I forgot it.",
        ),
    ),
    Signal(
        name="card_stolen",
        tag="fraud_risk",
        description="A payment card, wallet or bank detail is stolen or lost.",
        pattern=(
            r"\b(?:lost|stolen|stole|steal|missing|nicked|pinched|robbed of|theft of|misplaced"
            r"|dropped|swallowed)\b"
            r"[^.?!]{0,30}?\b(?:my |our |his |her |the )?(?:(?:debit|credit|bank|visa|atm"
            r"|mastercard) ?)?(?:cards?|wallet|purse|identity|card details)\b"
            r"|\b(?:cards?|wallet|purse|identity|card details)\b"
            r"[^.?!]{0,40}?\b(?:lost|stolen|stole|missing|nicked|pinched|misplaced|mislaid)\b"
            r"|\b(?:can not|can no longer|unable to|could not) (?:find"
            r"|locate) (?:\w+ )?(?:(?:debit|credit|bank|atm) )?(?:card|wallet|purse)\b"
        ),
        unless=TALK
        + FOUND_AGAIN
        + (
            r"|\b(?:gift|greeting|loyalty|post|birthday|business|memory|store|sd|warranty|playing"
            r"|christmas|thank[ -]you) ?cards?\b|\bcard pin\b|\b(?:money|refund|amount"
            r"|points) (?:\w+ )?(?:is|are|has|just|have)\b|\bglance"
        ),
        examples=(
            "My credit card was stolen.",
            "I lost my wallet with all cards",
            "can't find my bank card",
        ),
        counter_examples=(
            "I found my lost card again, can I reactivate it?",
            "The machine swallowed my store card.",
            "Has my card been lost in the post?",
            "the greeting card is missing from the box",
            "a stolen glance at the card shop",
        ),
    ),
    Signal(
        name="identity_theft",
        tag="fraud_risk",
        description="A person acts, orders or opens something in the writer's name.",
        pattern=(
            r"\bidentity (?:theft|fraud)\b|\b(?:stole|stolen|steal|using|used"
            r"|misus\w+) my (?:identity|name)\b"
            r"|\bimpersonat\w+\b|\bpretend(?:s|ed|ing)? to be me\b"
            r"|\b(?:open(?:ed)?|order(?:ed)?|bought|purchased?|taken out|took out|registered"
            r"|signed up|account)\b[^.?!]{0,40}?\bin my (?:\w+ )?name\b"
        ),
        unless=TALK + r"|\b(?:i|we) (?:have )?(?:opened|ordered|bought|registered)\b|\bplease\b",
        examples=(
            "This is identity theft.",
            "An account was opened in my name by a stranger.",
            "Someone is pretending to be me.",
        ),
        counter_examples=("I ordered in my name.", "Please put the invoice in my name."),
    ),
    Signal(
        name="word_fraud",
        tag="fraud_risk",
        description="The writer speaks of fraud, a scam or phishing that concerns them.",
        pattern=(
            r"\b(?:fraud(?:ulent(?:ly)?|ster|sters|s|ulant)?|scam(?:s|med|mer|mers|ming)?"
            r"|phish(?:ed|ing)?|swindle[drs]?"
            r"|con(?:ned| artist| man)|defrauded|rip(?:ped)?[ -]?off by|cheque fraud"
            r"|chargeback fraud)\b"
        ),
        unless=TALK + r"|\bscam(?:pi)\b|\b(?:price|prices|delivery|shipping|postage|cost)\b",
        examples=("I want to report fraud.", "I was scammed by a caller", "fraudulent order"),
        counter_examples=(
            "My fraud alert works great.",
            "I want a book about fraud.",
            "This is not fraud, just asking.",
        ),
    ),
    Signal(
        name="tricked_into_paying",
        tag="fraud_risk",
        description="A caller, mail or site tricked a person into paying or giving details.",
        pattern=(
            r"\b(?:tricked|fooled|deceived|duped|talked|conned)\b[^.?!]{0,60}?\b(?:into|buy|buying"
            r"|pay|paid|paying|gift cards?|money|details|transfer\w*|order\w*)\b"
            r"|\b(?:fake|bogus|false|suspicious) (?:\w+ )?(?:mail|e-?mail|call|caller|site|website"
            r"|shop|refund|text|message|link|order|invoice)\b"
            r"|\b(?:caller|man|woman|person) (?:on the phone"
            r"|who called)\b[^.?!]{0,60}?\b(?:gift cards?|codes?|pin|password|card)\b"
            r"|\b(?:gave|given|entered|typed|told)\b[^.?!]{0,40}?\b(?:card|bank|pin|password"
            r"|details)\b[^.?!]{0,50}?\b(?:fake|scam|stranger|link)\b"
        ),
        unless=TALK + r"|\bfake (?:leather|fur|plant|flower|snow|grass|eyelash|news|tan)\w*",
        examples=(
            "My mother was tricked into buying gift cards.",
            "I got a fake mail in your name and paid.",
        ),
        counter_examples=("Is it fake leather?", "the picture fooled me, it is smaller"),
    ),
    Signal(
        name="card_lost_mistyped",
        tag="fraud_risk",
        description="A card is lost, and the slip made another word of it, as spelling can't tell.",
        pattern=(
            rf"\b(?:i|we|i have|have|has) {_LOST_MISTYPED} (?:my|our|the) (?:\w+ )?(?:cards?"
            r"|wallet|purse)\b"
            rf"|\b(?:card|wallet|purse) (?:is|was|got) {_LOST_MISTYPED}\b"
            rf"|\breport(?:ing)? (?:an?|my|the|our) {_LOST_MISTYPED} (?:\w+ ){{0,2}}cards?\b"
        ),
        unless=TALK + FOUND_AGAIN + r"|\b(?:gift|loyalty|birthday|list of|lots of|lot of) ?",
        examples=("I lots my card.", "my debit card is lst", "I must report a list credit card"),
        counter_examples=("I will list my cards for sale.", "My card is a lot older."),
    ),
    Signal(
        name="card_blocked_by_owner",
        tag="fraud_risk",
        description="The writer asks to block or freeze a card or account, or has done so.",
        pattern=(
            r"\b(?:freeze|froze|frozen|block|blocked|lock|deactivate|cancel|stop|disable|report"
            r"|suspend)(?: (?:my|the|our|this|a|down))?"
            r"(?: (?:debit|credit|bank|lost|stolen|atm|visa|missing))* (?:card"
            r"|payments? on my card)\b"
        ),
        unless=TALK
        + r"|\b(?:damaged|torn|bent|broken|cut in half)\b"
        + r"|\b(?:gift|loyalty|why (?:is|was|did)|did you|unblock|declined|managed to) ?",
        examples=("Please block my credit card at once.", "I need to freeze my card"),
        counter_examples=("Why was the gift card blocked?", "I must report my card as damaged."),
    ),
    Signal(
        name="not_me",
        tag="fraud_risk",
        description="Something was done in the writer's account, and it was not them.",
        pattern=(
            r"\b(?:password|e-?mail(?: address)?|address|phone number|login|log ?in|sign ?-?in"
            r"|code|account)\b[^.?!]{0,60}?\b(?:was not me|not by me|i did not (?:change|do"
            r"|request|ask for|log|sign|create|open|make)|i never (?:changed|asked|requested"
            r"|created|opened)|i was not (?:logging|signing))\b"
            r"|\b(?:was not me|it was not me|that was not me)\b[^.?!]{0,30}?\b(?:paid|ordered"
            r"|bought|logged|who)?\b"
            r"|\b(?:nobody|no one) in (?:this|my|our) (?:house|household|family|company"
            r"|flat)\b[^.?!]{0,20}?\b(?:bought|ordered|made|paid)\b"
            r"|\blog ?-?in from (?:a |an )?(?:\w+ )?(?:country|place|city|device)\b"
        ),
        unless=TALK + r"|\bi did not (?:get|receive)\b",
        examples=(
            "My password was changed and it wasn't me.",
            "nobody in this house bought that",
            "That was not me.",
        ),
        counter_examples=("I did not get the login code.", "My account is old."),
    ),
    Signal(
        name="details_given_away",
        tag="fraud_risk",
        description="Card details, a code or a password were given to someone who asked for them.",
        pattern=(
            r"\b(?:gave|given|told|typed|entered|sent|read|put in)\b[^.?!]{0,30}?\b(?:code|codes"
            r"|pin|password|card (?:number|details)|bank details|iban)\b[^.?!]{0,60}?\b(?:him|her"
            r"|them|caller|phone|link|site|page|realised|realized|text|scam\w*|fake)\b"
            r"|\b(?:call(?:er|ed)?|man|woman|person|text|mail|e-?mail)\b[^.?!]{0,60}?\b(?:claim\w*"
            r"|pretend\w*|said|says|saying|posing)\b[^.?!]{0,60}?\b(?:card number|code|codes|pin"
            r"|password|gift cards?|bank details|gave)\b"
            r"|\b(?:made|had|got|told) (?:her|him|my \w+) (?:to )?(?:buy|buying|pay"
            r"|read)\b[^.?!]{0,30}?\b(?:gift cards?|vouchers?|codes?)\b"
        ),
        unless=TALK
        + (
            r"|\b(?:your (?:agent|colleague|staff)|promo|discount|voucher code|return code"
            r"|checkout|postal code|post code)\b"
        ),
        examples=(
            "caller claimed to be from your shop and wanted my card number",
            "I typed in my card details before I realised it was a false page.",
        ),
        counter_examples=("I entered the discount code at checkout and the page says it expired.",),
    ),
)
