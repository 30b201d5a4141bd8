"""Signals of fraud: money, an account or an identity used without its owner's leave."""

from __future__ import annotations

from typing import Final

from classifier.signals.signal import WITHIN, Signal

_MONEY: Final = (
    r"(?:charges?|charged|payments?|transactions?|purchases?|debits?|debited|withdrawals?|withdrawn"
    r"|transfers?|spending|deductions?|bookings?|activity|entry|entries|items? on my (?:bill"
    r"|statement))"
)
_ORDER: Final = rf"(?:{_MONEY}|orders?|subscriptions?|invoices?)"
_DENIAL: Final = (
    r"(?:(?:do|did|does|have|has|can|could|would) not(?: even| ever| actually| personally)?|never"
    r"|not)"
)
_ACT: Final = (
    r"(?:recogni[sz]ed?|remember(?:ed)?|recall|authori[sz]ed?|approved?|initiated?"
    r"|consent(?:ed)? to"
    r"|agreed? to|perform(?:ed)?|conduct(?:ed)?|sanction(?:ed)?)"
)
_MAKE: Final = (
    r"(?:mak(?:e|ing)|made|plac(?:e|ed|ing)|do|did|done|carr(?:y|ied) out|set up|took out|take out)"
)
_SOMEONE: Final = (
    r"(?:some ?one(?: else)?|some ?body(?: else)?|strangers?|an? (?:stranger|thief|crook|criminal"
    r"|hacker|scammer"
    r"|fraudster|unknown person|third party)|thieves|hackers?|scammers?|fraudsters?|criminals|they"
    r"|he|she"
    r"|my ex(?:[ -](?:husband|wife|partner|boyfriend|girlfriend))?|another person|other people)"
)
_CARD: Final = (
    r"(?:(?:debit|credit|bank|visa|gift|atm)? ?cards?|card (?:details|number|info(?:rmation)?)"
    r"|bank (?:details|account)|pay ?pal|wallet|purse|account|identity|details|name|data"
    r"|information"
    r"|log ?in|password|credentials|phone|pin)"
)
_TALK: Final = (
    r"\b(?:fraud alerts?|fraud (?:protection|prevention|department|detection|check|filter)s?"
    r"|(?:book|novel|film|movie|course|article|essay|thesis|game|podcast|documentary) (?:about|on)"
    r"|not (?:a |an |any )?(?:fraud|scam)|no fraud|is not (?:fraud|a scam)|not (?:reporting|saying"
    r"|claiming)"
    r"|just (?:asking|wondering|curious)|false alarm|turned? out to be (?:me|mine|my (?:wife"
    r"|husband|son|daughter))"
    r"|it was me|how do you (?:prevent|protect))\b"
)

FRAUD_SIGNALS: Final[tuple[Signal, ...]] = (
    Signal(
        name="unrecognised_payment",
        tag="fraud_risk",
        description="The writer does not recognise or did not authorise a payment or order.",
        pattern=rf"\b{_DENIAL} (?:\w+ )?{_ACT}\b{WITHIN}\b{_ORDER}\b",
        unless=_TALK,
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
        pattern=rf"\b{_ORDER}\b{WITHIN}\b{_DENIAL} (?:\w+ )?{_ACT}\b",
        unless=_TALK + r"|\bnot (?:yet )?(?:been )?approved by (?:my|our)\b",
        examples=(
            "There is a charge on my card that I do not recognise.",
            "payments on my statement which I never authorised",
        ),
        counter_examples=(
            "My order was not approved by my boss yet, so nothing is ordered.",
            "The order has not arrived.",
        ),
    ),
    Signal(
        name="payment_not_made",
        tag="fraud_risk",
        description="A payment or order its holder says they did not make or place.",
        pattern=(
            rf"\b{_MONEY}\b{WITHIN}\b(?:{_DENIAL} {_MAKE}|was not me|is not mine|not by me"
            rf"|not from me"
            rf"|not my doing|know nothing (?:about|of)|without my (?:knowledge|permission"
            rf"|consent))\b"
            rf"|\b{_DENIAL} {_MAKE} (?:(?:this|that|these|those|any|the|such|an?|it"
            rf"|all) )?(?:\w+ ){{0,2}}{_ORDER}\b"
            rf"|\border(?:s|ed)?\b{WITHIN}\b(?:i|we) (?:never|did not) (?:made?|placed?)\b"
        ),
        unless=_TALK + r"|\b(?:why|yet|because) (?:did|do|has|have)\b",
        examples=(
            "There is a payment on my statement that I never made.",
            "I did not make this purchase.",
            "An order came that I never placed.",
        ),
        counter_examples=(
            "The payment did not go through.",
            "You have not made the refund.",
            "I placed the order yesterday.",
        ),
    ),
    Signal(
        name="unauthorised_use",
        tag="fraud_risk",
        description="Something happened unauthorised or without the holder's knowledge.",
        pattern=(
            rf"\bun(?:authori[sz]ed|recogni[sz]ed|known|approved|familiar) {WITHIN}\b{_ORDER}\b"
            rf"|\b{_ORDER}\b{WITHIN}\bun(?:authori[sz]ed|recogni[sz]ed|approved|familiar)\b"
            rf"|\bun(?:authori[sz]ed) (?:access|use|log ?in|person|user)\b"
            rf"|\bwithout my (?:knowledge|permission|consent|authori[sz]ation|approval|say[ -]so)\b"
        ),
        unless=_TALK + r"|\b(?:newsletters?|e-?mails?|marketing|data|photo|advert\w*)\b",
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
        name="card_or_account_misused",
        tag="fraud_risk",
        description="Another person uses, used or has the writer's card, account or identity.",
        pattern=(
            rf"\b{_SOMEONE} (?:\w+ ){{0,4}}?(?:us(?:ed|es|ing|e)|stole|stolen|steal(?:ing)?|took"
            rf"|taken|has|have|got|gotten"
            rf"|hacked|cloned|copied|misus\w+|opened|made|bought|buying|placed|ordered|spent"
            rf"|spending|accessed|entered"
            rf"|broke|logged|changed|obtained|ran up|charged|emptied|ordering|shopping"
            rf"|shops?)\b{WITHIN}"
            rf"\bmy (?:\w+ )?{_CARD}\b"
        ),
        unless=_TALK + r"|\b(?:your|the) (?:driver|courier|staff|agent|colleague)s?\b",
        examples=(
            "Someone used my card.",
            "somebody else is buying things with my account",
            "A stranger has my credit card details.",
        ),
        counter_examples=("Someone took my parcel from the porch.", "Can someone check my order?"),
    ),
    Signal(
        name="account_taken_over",
        tag="fraud_risk",
        description="An account is hacked, compromised or entered by another.",
        pattern=(
            rf"\b(?:hacked|hijacked|compromised|cloned|skimmed|taken over|broken into"
            rf"|breached)\b{WITHIN}\b{_CARD}\b"
            rf"|\b{_CARD}\b{WITHIN}\b(?:hacked|hijacked|compromised|cloned|skimmed|taken over"
            rf"|broken into|breached"
            rf"|got hold of|used by (?:someone|somebody|another|a stranger))\b"
            rf"|\b(?:some ?one|some ?body|stranger|hacker)s?(?: else)? (?:\w+ ){{0,3}}?(?:in(?:to"
            rf"|side)?|on|access to) my (?:\w+ )?account\b"
        ),
        unless=_TALK + r"|\b(?:not|never) (?:been )?(?:hacked|compromised|cloned)\b",
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
            r"[^.?!]{0,40}?\b(?:lost|stolen|stole|missing|nicked|pinched|misplaced|disappeared)\b"
            r"|\b(?:can not|can no longer|unable to|could not) (?:find"
            r"|locate) (?:\w+ )?(?:(?:debit|credit|bank|atm) )?(?:card|wallet|purse)\b"
        ),
        unless=_TALK
        + (
            r"|\b(?:gift|greeting|loyalty|post|birthday|business|memory|sd|warranty|playing"
            r"|christmas|thank[ -]you) ?cards?\b|\bglance"
        ),
        examples=(
            "My credit card was stolen.",
            "I lost my wallet with all cards",
            "can't find my bank card",
        ),
        counter_examples=(
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
        unless=_TALK + r"|\b(?:i|we) (?:have )?(?:opened|ordered|bought|registered)\b|\bplease\b",
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
        unless=_TALK + r"|\bscam(?:pi)\b|\b(?:price|prices|delivery|shipping|postage|cost)\b",
        examples=("I want to report fraud.", "I was scammed by a caller", "fraudulent order"),
        counter_examples=(
            "My fraud alert works great.",
            "I want a book about fraud.",
            "This is not fraud, just asking.",
        ),
    ),
    Signal(
        name="nothing_bought_here",
        tag="fraud_risk",
        description="Money was taken by a shop the writer never bought from.",
        pattern=(
            r"\b(?:never|have not|did not) (?:even |ever )?(?:bought|buy|ordered?|purchased?"
            r"|shopped?|heard|used?)\b[^.?!]{0,25}?\b"
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
        unless=_TALK + r"|\bfake (?:leather|fur|plant|flower|snow|grass|eyelash|news|tan)\w*",
        examples=(
            "My mother was tricked into buying gift cards.",
            "I got a fake mail in your name and paid.",
        ),
        counter_examples=("Is it fake leather?", "the picture fooled me, it is smaller"),
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
        unless=_TALK + r"|\b(?:gift|loyalty|why (?:is|was)|unblock|declined) ?",
        examples=("Please block my credit card at once.", "I need to freeze my card"),
        counter_examples=("Why was the gift card blocked?",),
    ),
    Signal(
        name="fraud_german",
        tag="fraud_risk",
        description="German: unknown debit, misuse or theft of card or account.",
        pattern=(
            r"\b(?:unbekannte|unberechtigte|unautorisierte|nicht autorisierte|fremde"
            r"|betrugerische)\w* (?:\w+ )?(?:abbuchung|zahlung|bestellung|buchung|belastung"
            r"|lastschrift)\w*"
            r"|\b(?:abbuchung|zahlung|bestellung|buchung|belastung"
            r"|lastschrift)\w*\b[^.?!]{0,80}?\b(?:nicht (?:von mir|veranlasst|autorisiert|getatigt"
            r"|erlaubt|genehmigt|bestellt)|nie (?:getatigt|bestellt|veranlasst)|kenne ich nicht"
            r"|ohne mein(?:e|en)? (?:wissen|zustimmung|erlaubnis))\b"
            r"|\b(?:betrug|betruger|identitatsdiebstahl|kartenmissbrauch)\b|\b(?:karte"
            r"|konto)\b[^.?!]{0,40}?\b(?:gestohlen|gehackt|missbraucht|geklaut)\b"
        ),
        unless=r"\b(?:kein betrug|betrug der rabatt|der betrag)\b",
        examples=(
            "Auf meinem Konto ist eine unbekannte Abbuchung.",
            "Meine Karte wurde gestohlen.",
        ),
        counter_examples=("Der Betrag wurde abgebucht.", "Wann kommt meine Bestellung?"),
    ),
    Signal(
        name="fraud_french",
        tag="fraud_risk",
        description="French: unknown debit, misuse or theft of card or account.",
        pattern=(
            r"\b(?:fraude|frauduleu\w+|escroqu\w+|arnaque\w*|usurp\w+ d.?identite|pirate[er]?s?)\b"
            r"|\b(?:debit|paiement|prelevement|achat|commande"
            r"|transaction)s?\b[^.?!]{0,60}?\b(?:pas (?:autorise|reconnais|effectue|fait)"
            r"|inconnu\w*|ne reconnais pas|jamais (?:fait|passe|effectue)\w*|sans mon (?:accord"
            r"|autorisation))\b"
            r"|\bcarte\b[^.?!]{0,40}?\b(?:volee?|vole|piratee?)\b"
        ),
        examples=(
            "Ma carte a été volée.",
            "Un prélèvement que je n'ai pas autorisé, c'est une fraude.",
        ),
        counter_examples=("Je voudrais retourner la commande.",),
    ),
    Signal(
        name="fraud_spanish",
        tag="fraud_risk",
        description="Spanish: unknown charge, misuse or theft of card or account.",
        pattern=(
            r"\b(?:fraude|fraudulent\w+|estafa\w*|robo de identidad|suplanta\w+)\b"
            r"|\b(?:cargo|pago|compra|pedido|transaccion|cobro)(?:s"
            r"|es)?\b[^.?!]{0,60}?\b(?:no (?:reconozco|autorice|he autorizado|he hecho|hice)"
            r"|desconocid\w+|sin mi (?:permiso|consentimiento|autorizacion))\b"
            r"|\btarjeta\b[^.?!]{0,40}?\b(?:robad\w+|clonad\w+|hackead\w+)\b|\b(?:robaron|clonaron"
            r"|hackearon)\b[^.?!]{0,30}?\b(?:tarjeta|cuenta)\b"
        ),
        examples=("No reconozco este cargo, es un fraude.", "Me robaron la tarjeta."),
        counter_examples=("¿Dónde está mi pedido?",),
    ),
)
