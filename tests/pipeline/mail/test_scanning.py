import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mail import scanning
from pipeline.mail.attachment_kinds import attachment_kind
from pipeline.mail.scanning import Content, scan
from tests.pipeline.mail.zipped import zipped

OWN = ("shop.example",)


def facts(text: str = "Thank you.", html: str = "", subject: str = "Hello", **more: object):  # type: ignore[no-untyped-def]  # as scan
    return scan(Content(subject, text, html, **more), OWN, "1 Main Street, Springfield")  # type: ignore[arg-type]  # by name


def test_an_ordinary_message_has_ordinary_facts() -> None:
    found = facts("Your order 1001 is on its way: https://shop.example/orders/1001")
    assert found.as_facts() == {
        "content.text": "Your order 1001 is on its way: https://shop.example/orders/1001",
        "content.card_number": False,
        "content.unsubscribe_link": False,
        "content.postal_address": False,
        "content.advertisement_label": False,
        "content.advertising": False,
        "content.unknown_links": False,
        "content.answered_elsewhere": False,
        "content.attachments": frozenset(),
        "content.hidden_text": False,
        "content.html_text_mismatch": False,
        "content.promises_money": False,
        "content.cart_reminder": False,
        "content.return_number": False,
        "content.amount": 0,
    }


@pytest.mark.parametrize(
    "where",
    [
        {"subject": "4111111111111111"},
        {"text": "4111111111111111"},
        {"html": "<p>4111</p><p>1111 1111 1111</p>"},
        {"html": "<p style='display:none'>4111111111111111</p>hello"},
        {"html": "<img alt='4111111111111111'>hello"},
        {"headers": {"X-Note": "4111111111111111"}},
        {"attachments": (("4111111111111111.txt", b"x"),)},
        {"attachments": (("a.csv", b"card;4111111111111111"),)},
        {"attachments": (("a.zip", zipped(**{"a.csv": b"card;4111111111111111"})),)},
        {"display_names": ("4111111111111111",)},
    ],
)
def test_a_card_number_is_found_wherever_it_stands(where: dict[str, object]) -> None:
    assert facts(**where).card_number


@pytest.mark.parametrize(
    ("answers_to", "elsewhere"),
    [
        ((), False),
        (("help@shop.example",), False),
        (("help@mail.shop.example",), False),
        (("help@shop.example", "help@other.example"), True),
        (("help@shop.example.other.example",), True),
    ],
)
def test_where_answers_would_go_is_known(answers_to: tuple[str, ...], elsewhere: bool) -> None:
    assert facts(answers_to=answers_to).answered_elsewhere is elsewhere


@pytest.mark.parametrize(
    ("html", "unknown"),
    [
        ("<a href='https://shop.example/x'>x</a>", False),
        ("<a href='https://www.shop.example/x'>x</a>", False),
        ("<a href='mailto:a@b.example'>x</a>", False),
        ("<a href='https://shop.example.evil.example/'>x</a>", True),
        ("<a href='https://evilshop.example/'>x</a>", True),
        ("<a href='https://shop.example@evil.example/'>x</a>", True),
        ("<a href='//evil.example/'>x</a>", True),
        ("<img src='http://tracker.example/p.gif'>", True),
        ("<a href='javascript:alert(1)'>x</a>", True),
        ("<form action='https://evil.example/'>x</form>", True),
    ],
)
def test_links_that_lead_elsewhere(html: str, unknown: bool) -> None:
    assert facts("x", html).unknown_links is unknown


def test_a_link_in_plain_text_counts() -> None:
    assert facts("see www.evil.example/now").unknown_links


@pytest.mark.parametrize(
    ("html", "hidden"),
    [
        ("<p>hello</p>", False),
        ("<p>hello</p><p style='display:none'>approve this</p>", True),
        ("<p>hello</p><p style='font-size:0'>approve this</p>", True),
        ("<p>hello \u202eolleh</p>", True),
    ],
)
def test_text_that_a_reader_does_not_see(html: str, hidden: bool) -> None:
    assert facts("hello", html).hidden_text is hidden


def test_two_versions_that_say_different_things() -> None:
    assert not facts(
        "Your order is on its way", "<p>Your order is <b>on its way</b></p>"
    ).html_text_mismatch
    assert facts("Your order is on its way", "<p>Log in here to win a prize</p>").html_text_mismatch


@pytest.mark.parametrize(
    "text",
    ["We will refund you 20 €.", "I've issued a refund.", "You will receive a voucher over 10 €.",
     "A credit has been applied; the refund was processed.", "Wir erstatten Ihnen den Betrag.",
     "We can offer you store credit for this."],
)  # fmt: skip
def test_a_promise_of_money(text: str) -> None:
    assert facts(text).promises_money


@pytest.mark.parametrize(
    "text", ["Your order is on its way.", "Thank you for your payment.", "How can I help?"]
)
def test_no_promise(text: str) -> None:
    assert not facts(text).promises_money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("nothing", 0), ("10 €", 1000), ("€10.50", 1050), ("USD 1,234.50", 123_450),
        ("1.234,50 EUR", 123_450), ("1'234 CHF", 123_400), ("$5 and $7", 700), ("£1,000", 100_000),
        ("€ 999999999999", 100_000_000), ("0,5 €", 50),
    ],
)  # fmt: skip
def test_the_largest_amount(text: str, amount: int) -> None:
    assert facts(text).amount == amount


def test_what_advertising_must_carry() -> None:
    text = "Advertisement\nUnsubscribe: https://shop.example/u\n1 Main Street · Springfield"
    found = facts(text)
    assert (found.unsubscribe_link, found.postal_address, found.advertisement_label) == (True,) * 3
    assert facts(headers={"List-Unsubscribe": "<https://shop.example/u>"}).unsubscribe_link


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "image"),
        ("a.pdf", b"%PDF-1.7", "pdf"),
        ("a.pdf", b"MZ\x90", "executable"),
        ("invoice.pdf.exe", b"", "executable"),
        ("a.html", b"<html>", "executable"),
        ("a.svg", b"<svg>", "executable"),
        ("a.docx", b"PK\x03\x04\x14\x00\x00\x00", "document"),
        ("a.docm", b"PK\x03\x04\x14\x00\x00\x00", "executable"),
        ("a.zip", b"PK\x03\x04\x14\x00\x00\x00", "archive"),
        ("a.zip", b"PK\x03\x04\x14\x00\x01\x00", "encrypted"),
        ("a.pdf", b"%PDF-1.7 /Encrypt 5 0 R", "encrypted"),
        ("a.csv", b"a,b", "spreadsheet"),
        ("a", b"?", "other"),
    ],
)
def test_kinds_of_attachments(name: str, data: bytes, kind: str) -> None:
    assert attachment_kind(name, data) == kind


_PIECES = (
    "unsubscribe", "opt-out", "darse de baja", "disiscri", "this message is an ad", "[ad]",
    "publicité", "we will refund", "credit", " card", "money back was sent", "5 dollars", "EUR 5",
    "£", "5", "\u017f", "\u212a", "\u0130", "\u0131", "\ud800", "é", "\n", " ",
)  # fmt: skip


@example("5 dollars", False)
@example("EUR 5", False)
@example("we will refund", True)
@example("darse de baja", False)
@example("d\u0131scr\u0131 d\u0131s\u0131scri", False)
@example("this message is an ad", True)
@given(
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=6).map("".join), st.booleans()
)
def test_what_rules_a_text_out_misses_nothing(text: str, capitals: bool) -> None:
    text = text.upper() if capitals else text
    for pattern, hint in (
        (scanning._UNSUBSCRIBE, scanning._UNSUBSCRIBE_HINT),
        (scanning._ADVERTISEMENT, scanning._ADVERTISEMENT_HINT),
        (scanning._PROMISE, scanning._PAYS_HINT),
        (scanning._AMOUNT, scanning._AMOUNT_HINT),
    ):
        assert not pattern.search(text) or scanning._says(hint, text)


@pytest.mark.parametrize(
    "text",
    [
        "You left something in your cart.",
        "Your basket is waiting for you, and so are we",
        "These shoes are still in your shopping bag",
        "Complete your purchase before midnight",
        "Ihr Warenkorb wartet auf Sie.",
        "Votre panier vous attend",
        "Tu carrito te espera",
        "Il tuo carrello ti aspetta",
        "Je winkelwagen wacht op je",
    ],
)
def test_a_reminder_of_a_cart_is_known(text: str) -> None:
    assert facts(text).cart_reminder
    assert facts("Dear Kim,", f"<p>Dear Kim,</p><p>{text}</p>").cart_reminder


@pytest.mark.parametrize(
    "text",
    [
        "Your order has left our warehouse.",
        "The picnic basket you ordered is on its way.",
        "Put the two items into one cart, and the discount shows.",
        "We are waiting for the carrier. The cart with the wooden wheels is sold out.",
    ],
)
def test_other_mail_about_goods_reminds_of_no_cart(text: str) -> None:
    assert not facts(text).cart_reminder


@pytest.mark.parametrize(
    "text",
    [
        "Your RMA number is 48213.",
        "Write RMA-48213 on the parcel",
        "Return authorization: R-2041",
        "The return label is attached.",
        "Ihre Retourennummer steht auf dem Lieferschein",
        "Anbei das R\u00fccksendeetikett",
        "Vous trouverez l'\u00e9tiquette de retour en pi\u00e8ce jointe",
        "El n\u00famero de devoluci\u00f3n es 2041",
        "Il codice di reso \u00e8 2041",
        "Het retourlabel zit bij deze mail",
    ],
)
def test_a_return_number_or_label_is_known(text: str) -> None:
    assert facts(text).return_number


@pytest.mark.parametrize(
    "text",
    [
        "Please tell us why you want to return order 48213.",
        "You can return it within 30 days.",
        "We look forward to your return in 2027.",
        "Our firma is closed on 24 December.",
    ],
)
def test_other_mail_about_returns_gives_no_number(text: str) -> None:
    assert not facts(text).return_number
