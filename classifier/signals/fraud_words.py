"""Words that the signals of fraud share, as pieces of RE2 patterns over the normal form."""

from __future__ import annotations

from typing import Final

MONEY: Final = (
    r"(?:charges?|charged|payments?|transactions?|purchases?|debits?|debited|withdraw(?:s|als?)?|withdrawn"
    r"|transfers?|spending|deductions?|bookings?|activity|entry|entries|items? on my (?:bill"
    r"|statement))"
)
ORDER: Final = rf"(?:{MONEY}|orders?|subscriptions?|invoices?)"
DENIAL: Final = (
    r"(?:(?:do|did|does|have|has|can|could|would) not(?: even| ever| actually| personally)?|never"
    r"|not)"
)
OWN_DENIAL: Final = (
    r"(?:(?:do|did|have|would) not(?: even| ever| actually| personally)?|never|not) "
)
FOUND_AGAIN: Final = (
    r"|\b(?:found|reactivat\w+|re-activat\w+|re-?link\w*|no longer lost|turned up)\b"
    r"|\b(?:swallowed|eaten|arrived?|arriving|deliver\w+|in the (?:mail|post)|in transit)\b"
    r"|\bhow long\b|\bhow many days\b"
)
ACT: Final = (
    r"(?:recogni[sz](?:ed?|ing)|remember(?:ed)?|recall|authori[sz]ed?|approved?|initiated?"
    r"|consent(?:ed)? to"
    r"|agreed? to|perform(?:ed)?|conduct(?:ed)?|sanction(?:ed)?)"
)
MAKE: Final = (
    r"(?:mak(?:e|ing)|made|plac(?:e|ed|ing)|do|did|done|carr(?:y|ied) out|set up|took out|take out)"
)
SOMEONE: Final = (
    r"(?:some ?one(?: else)?|some ?body(?: else)?|strangers?|an? (?:stranger|thief|crook|criminal"
    r"|hacker|scammer"
    r"|fraudster|unknown person|third party)|thieves|hackers?|scammers?|fraudsters?|criminals|they"
    r"|he|she"
    r"|my ex(?:[ -](?:husband|wife|partner|boyfriend|girlfriend))?|another person|other people)"
)
CARD: Final = (
    r"(?:(?:debit|credit|bank|visa|gift|atm)? ?cards?|card (?:details|number|info(?:rmation)?)"
    r"|bank (?:details|account)|pay ?pal|wallet|purse|account|identity|details|name|data"
    r"|information"
    r"|log ?in|password|credentials|phone|pin)"
)
TALK: Final = (
    r"\b(?:fraud alerts?|fraud (?:protection|prevention|department|detection|check|filter)s?"
    r"|(?:book|novel|film|movie|course|article|essay|thesis|game|podcast|documentary) (?:about|on)"
    r"|not (?:a |an |any )?(?:fraud|scam)|no fraud|is not (?:fraud|a scam)|not (?:reporting|saying"
    r"|claiming)"
    r"|just (?:asking|wondering|curious)|false alarm|turned? out to be (?:me|mine|my (?:wife"
    r"|husband|son|daughter))"
    r"|it was me|how do you (?:prevent|protect)|to (?:prevent|spot|stop|avoid) (?:fraud|phishing"
    r"|scams?|identity theft)|(?:fraud|scam) awareness|(?:talk|seminar|blog|poster|evening) on)\b"
)
