"""What reads as advertising, and what only speaks of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.advertising import advertises


@pytest.mark.parametrize(
    "subject",
    [
        "20% off everything, this weekend only",
        "Save up to 40 percent on boots",
        "Our winter sale starts today",
        "Don't miss out, Kim",
        "New arrivals for spring",
        "Free shipping on all orders",
        "Jetzt kaufen und sparen",
        "15 % Rabatt auf alles",
        "Offre exclusive pour vous",
        "Rebajas de verano",
        "Scopri la nuova collezione",
        "Ontdek onze nieuwe collectie",
    ],
)
def test_an_offer_in_the_subject_is_enough(subject: str) -> None:
    assert advertises(subject, "Your order is on its way.")
    assert not advertises(f"Re: {subject}", "Your order is on its way.")


@pytest.mark.parametrize(
    "text",
    [
        "Shop now and save 20% on every pair of shoes.",
        "Hello Kim, discover our new collection. Limited offer: use code SPRING24 today.",
        "Entdecken Sie unsere Neuheiten, jetzt kaufen mit 10 % Rabatt!",
        "Profitez-en vite : offre exclusive, 30 % de remise.",
    ],
)
def test_a_text_that_begins_with_offers_is_advertising(text: str) -> None:
    assert advertises("Your order 1001", text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Order Confirmed: #1001", "Thank you for your order. It will leave us tomorrow."),
        ("Your refund", "We refunded 20% of the price, as we agreed."),
        ("Your order has shipped", "The parcel comes on Friday. Do not miss the driver."),
        ("Your question", "The code SAVE20 takes 20% off, but not from gift cards."),
        ("Sale 4711: your invoice", "Please find the invoice attached."),
        ("Your return", "Order a new label in your account, and send the shoes back."),
        ("Rechnung 4711", "Anbei die Rechnung zu Ihrer Bestellung. Sie haben 14 Tage Zeit."),
        ("", ""),
    ],
)
def test_order_mail_and_answers_are_not(subject: str, text: str) -> None:
    assert not advertises(subject, text)


def test_an_offer_below_what_was_ordered_is_not_what_the_message_is_about() -> None:
    order = "Thank you for your order of a raincoat and a pair of boots. " * 8
    assert not advertises("Your order", order + "Shop now and save 20% on hats.")


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_text_has_an_answer(subject: str, text: str) -> None:
    assert advertises(subject, text) in {True, False}
