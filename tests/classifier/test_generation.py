from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from classifier.examples import Example
from classifier.generation import composed_examples, corrupt, lengthy_examples
from classifier.labels import SERIOUSNESS

_FRAUD = Example("Somebody used my card.", "", "fraud_claim", frozenset({"fraud_risk"}), "a")
_THANKS = Example("Thanks for the parcel.", "", "other", frozenset(), "b")


def test_the_same_seed_composes_the_same_mails() -> None:
    assert composed_examples([_FRAUD, _THANKS], 9, 3) == composed_examples([_FRAUD, _THANKS], 9, 3)


def test_a_spliced_mail_has_the_tags_of_both_and_the_graver_intent() -> None:
    mails = composed_examples([_FRAUD, _THANKS], 300, 3)
    both = [mail for mail in mails if _FRAUD.text in mail.text and _THANKS.text in mail.text]
    assert both
    for mail in both:
        assert mail.intent == min(_FRAUD.intent, _THANKS.intent, key=SERIOUSNESS.index)
        assert mail.tags == {"fraud_risk"}


@given(st.text(max_size=80), st.integers())
def test_corruption_keeps_the_number_of_words_and_nothing_at_rate_zero(
    text: str, seed: int
) -> None:
    assert corrupt(text, Random(seed), 0.0) == text
    assert len(corrupt(text, Random(seed), 1.0).split(" ")) == len(text.split(" "))


def test_a_lengthy_mail_is_long_and_carries_the_tags_of_its_parts() -> None:
    mails = lengthy_examples([_FRAUD, _THANKS], 20, 3)
    assert mails == lengthy_examples([_FRAUD, _THANKS], 20, 3)
    for mail in mails:
        assert 600 <= len(mail.text.replace("\n", "")) < 2_650
        assert mail.tags == {"fraud_risk"}
        assert mail.intent == "fraud_claim"
