"""All signals, in a fixed order."""

from __future__ import annotations

from typing import Final

from classifier.signals.care import LEGAL_SIGNALS, SAFETY_SIGNALS, VULNERABLE_SIGNALS
from classifier.signals.fraud_identity import FRAUD_IDENTITY_SIGNALS
from classifier.signals.fraud_languages import FRAUD_LANGUAGE_SIGNALS
from classifier.signals.fraud_payments import FRAUD_PAYMENT_SIGNALS
from classifier.signals.lexicon import LEXICON_SIGNALS
from classifier.signals.requests import OPT_OUT_SIGNALS, PRIVACY_SIGNALS
from classifier.signals.signal import Signal

SIGNALS: Final[tuple[Signal, ...]] = (
    *FRAUD_PAYMENT_SIGNALS,
    *FRAUD_IDENTITY_SIGNALS,
    *FRAUD_LANGUAGE_SIGNALS,
    *SAFETY_SIGNALS,
    *LEGAL_SIGNALS,
    *VULNERABLE_SIGNALS,
    *PRIVACY_SIGNALS,
    *OPT_OUT_SIGNALS,
    *LEXICON_SIGNALS,
)
