"""All signals, in a fixed order."""

from __future__ import annotations

from typing import Final

from classifier.signals.care import LEGAL_SIGNALS, SAFETY_SIGNALS, VULNERABLE_SIGNALS
from classifier.signals.fraud import FRAUD_SIGNALS
from classifier.signals.requests import OPT_OUT_SIGNALS, PRIVACY_SIGNALS
from classifier.signals.signal import Signal

SIGNALS: Final[tuple[Signal, ...]] = (
    *FRAUD_SIGNALS,
    *SAFETY_SIGNALS,
    *LEGAL_SIGNALS,
    *VULNERABLE_SIGNALS,
    *PRIVACY_SIGNALS,
    *OPT_OUT_SIGNALS,
)
