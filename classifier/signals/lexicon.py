"""Signals that are fixed phrases: what must never be missed, whatever stands around it.

They are matched token by token (spaCy's PhraseMatcher over a blank English tokenizer), so a phrase
is found across line breaks and punctuation, and never inside a longer word. Patterns that allow
gaps stand in the other modules.
"""

from __future__ import annotations

from typing import Final

from classifier.signals.signal import Signal

_TALK_ABOUT_FRAUD: Final = (
    r"\bfraud (?:alert|protection|prevention|department|policy|team)\b"
    r"|\bworks? (?:great|well|fine)\b"
    r"|\bjust asking\b|\bno (?:sign|case|signs) of\b|\bnot (?:a )?(?:fraud|scam|victim)\b"
    r"|\barticle about\b|\bhow do you (?:prevent|protect)\b|\bwebinar\b|\bprotect your\b"
)
_NOT_OURS: Final = r"\b(?:film|movie|novel|book|series|podcast|game)\b"

LEXICON_SIGNALS: Final = (
    Signal(
        name="fraud_phrase",
        tag="fraud_risk",
        description="A phrase that names a fraud against the writer.",
        phrases=(
            "identity theft",
            "stole my identity",
            "stolen identity",
            "account takeover",
            "my account was hacked",
            "my account has been hacked",
            "my account got hacked",
            "unauthorised charge",
            "unauthorized charge",
            "unauthorised charges",
            "unauthorized charges",
            "unauthorised payment",
            "unauthorized payment",
            "unauthorised transaction",
            "unauthorized transaction",
            "unauthorised transactions",
            "unauthorized transactions",
            "fraudulent charge",
            "fraudulent charges",
            "fraudulent transaction",
            "fraudulent transactions",
            "fraudulent order",
            "fraudulent orders",
            "fraudulent payment",
            "victim of fraud",
            "victim of a scam",
            "my card was stolen",
            "my card got stolen",
            "my card has been stolen",
            "stolen card",
            "sim swap",
            "i was scammed",
            "i got scammed",
            "i have been scammed",
            "report a fraud",
        ),
        unless=f"{_TALK_ABOUT_FRAUD}|{_NOT_OURS}",
        examples=(
            "I am a victim of fraud and want this order stopped.",
            "There is an unauthorised payment of 80 pounds to you on my statement.",
            "Somebody placed a fraudulent\norder in my name",
        ),
        counter_examples=(
            "Your fraud alert about fraudulent charges works great, thank you.",
            "I loved the film about identity theft you sell.",
            "How do you prevent fraudulent orders in your shop?",
        ),
    ),
    Signal(
        name="safety_phrase",
        tag="safety_risk",
        description="A phrase that names harm or danger from a product.",
        phrases=(
            "caught fire",
            "burst into flames",
            "went up in flames",
            "electric shock",
            "allergic reaction",
            "anaphylactic shock",
            "choking hazard",
            "carbon monoxide",
            "battery exploded",
            "second degree burns",
            "severe burns",
            "had to go to hospital",
        ),
        unless=rf"\b(?:does|do|could|can|will|would) (?:it|this|they)\b[^.?!]*\?|{_NOT_OURS}",
        examples=(
            "The charger caught fire last night.",
            "My son had an allergic reaction to the face paint.",
        ),
        counter_examples=(
            "The toy fire engine caught my eye.",
            "Is there anything against dust in it?",
        ),
    ),
    Signal(
        name="legal_phrase",
        tag="legal_threat",
        description="A phrase that announces or starts a legal dispute.",
        phrases=(
            "letter before action",
            "letter before claim",
            "small claims court",
            "cease and desist",
            "my lawyer will",
            "my solicitor will",
            "my attorney will",
            "see you in court",
            "take you to court",
            "taking you to court",
            "trading standards",
            "financial ombudsman",
            "legal proceedings",
            "class action",
        ),
        unless=_NOT_OURS,
        examples=(
            "This is a letter before action.",
            "If I hear nothing by Friday I will take you to court.",
        ),
        counter_examples=(
            "The class starts with action figures.",
            "Please see the court shoes in your sale.",
        ),
    ),
    Signal(
        name="privacy_phrase",
        tag="privacy_request",
        description="A phrase by which a person claims a right over their data.",
        phrases=(
            "subject access request",
            "data subject request",
            "right to be forgotten",
            "right of access",
            "right to erasure",
            "right to rectification",
            "right to object",
            "delete all my data",
            "erase all my data",
            "delete my personal data",
            "erase my personal data",
            "do not sell my personal information",
            "do not sell or share my personal information",
            "article 15 gdpr",
            "art. 15 gdpr",
        ),
        unless=r"\b(?:training|seminar|course|blog|webinar)\b",
        examples=(
            "Please treat this as a subject access request.",
            "I claim my right to be forgotten.",
        ),
        counter_examples=("Which course teaches the right to object?", "Delete my last order."),
    ),
)
"""The signals of fixed phrases, by tag."""
