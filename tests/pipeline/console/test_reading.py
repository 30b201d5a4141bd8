"""What the console tells of a held message besides its words: its rule, its reading, its place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.prediction import Evidence, Prediction
from tests.pipeline.console.support import Shop
from tests.pipeline.console.support import shop as running_shop
from tests.pipeline.sender.support import EMAIL, Sink

MAIL = (
    b"From: Eve <eve@example.org>\r\nTo: orders@yourstore.example\r\nSubject: a payment\r\n"
    b"Message-ID: <asked@example.org>\r\n\r\nI never made <b>this</b> payment.\r\n"
)


class Reader:
    """A classifier that says why."""

    model = "m"

    def __call__(self, subject: str, text: str, hidden: str, quoted: str) -> Prediction:
        return self.explain(subject, text, hidden, quoted)

    def explain(self, subject: str, text: str, hidden: str, quoted: str) -> Prediction:
        why = Evidence("billing", "signal", "payment", "body", 0, 12, text[:12], 1.0)
        shares = {"billing": 0.7, "order_status": 0.2, "other": 0.1}
        return Prediction("billing", 0.7, shares, frozenset(), (why,), "en", False, 0.0)


@pytest.fixture
def shop(tmp_path: Path, smtp: Sink) -> Iterator[Shop]:
    with running_shop(tmp_path, smtp, classify=Reader()) as running:
        yield running


def test_a_reply_shows_what_it_answers_how_that_was_read_and_what_the_rule_asks(shop: Shop) -> None:
    answer = shop.api.clients["administration"].post(
        "/v1/inbound?to=orders@yourstore.example", content=MAIL
    )
    assert answer.status_code == 201, answer.text
    later = MAIL.replace(b"<asked@", b"<later@").replace(
        b"\r\n\r\n", b"\r\nIn-Reply-To: <asked@example.org>\r\n\r\n"
    )
    shop.api.clients["administration"].post(
        "/v1/inbound?to=orders@yourstore.example", content=later
    )
    reply = shop.held(in_reply_to="<asked@example.org>", to="eve@example.org")
    with shop.reviewer("ada") as ada:
        page = ada.page(reply)
        assert "It asks: " in page
        assert "tags has fraud_risk" in page
        conversation = page.partition('id="thread"')[2]
        assert conversation.count("<summary>Came in") == 2
        opened = conversation.partition("<details open>")[2].partition("</details>\n  <details")[0]
        assert f'href="/console/messages/{answer.json()["id"]}"' in opened
        assert "Read as <strong>billing</strong> (70 %), next <strong>order status</strong>" in page
        assert "“I never made”" in page
        assert "body, 0–12" in page
        assert "another one read it" not in page
        own = ada.page(answer.json()["id"])
        assert "How it was read" in own


def test_lists_are_searched_by_subject_and_by_address(shop: Shop) -> None:
    shop.held(subject="About 100% of it", to="one@example.org")
    shop.held(subject="Something else", to="two_of@example.org")
    sent = shop.api.post("/v1/emails", {**EMAIL, "subject": "Parcel 7"}).json()["id"]
    shop.api.until(sent, "sent")

    with shop.reviewer("ada") as ada:

        def found(path: str, **words: str) -> list[str]:
            text = ada.client.get(path, params=words).text
            subjects = ("About 100% of it", "Something else", "Parcel 7")
            return [one for one in subjects if f">{one}</a>" in text]

        assert found("/console/", q="100%") == ["About 100% of it"]
        assert found("/console/", q="TWO_of@") == ["Something else"]
        assert found("/console/", q="_f@") == []  # a wildcard is a character
        assert found("/console/sent", q="parcel") == ["Parcel 7"]
        assert found("/console/sent", q="one@") == []
        nothing = ada.client.get("/console/", params={"q": "<i>"}).text
        assert "Nothing that waits says “&lt;i&gt;”" in nothing
        assert "The oldest has waited" in ada.get("/console/").text


def test_keys_are_the_same_on_every_message_and_no_two_are_one(shop: Shop) -> None:
    first, _ = shop.held(), shop.held()
    with shop.reviewer("ben") as ben:
        page = ben.page(first)
    assert sorted(part[0] for part in page.split('accesskey="')[1:]) == ["a", "e", "n", "r"]
