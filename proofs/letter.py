"""A witness as a letter: what the message might look like, for a person to imagine it."""

from email.message import EmailMessage

from policy.facts import Facts
from proofs.witness import spelled

__all__ = ["letter"]

_SIGNS = (
    ("content.card_number", "Card: 4111 1111 1111 1111"),
    ("content.promises_money", "You will get your money back."),
    ("content.cart_reminder", "You left something in your cart."),
    ("content.return_number", "Your RMA number is RMA-1001."),
    ("content.unsubscribe_link", "Unsubscribe: https://shop.example/unsubscribe"),
    ("content.postal_address", "Corner Shop, 1 High Street, Springfield"),
    ("content.advertisement_label", "This is an advertisement."),
    ("content.advertising", "Shop now and save 20 % on everything."),
    ("content.answered_elsewhere", "Please answer to somebody@elsewhere.example."),
    ("content.unknown_links", "See https://elsewhere.example/"),
)
_IN_THE_TEXT = {name for name, _ in _SIGNS} | {
    "mailbox.address", "recipient.address", "content.subject", "content.text",
}  # fmt: skip


def letter(facts: Facts) -> str:
    """The message as RFC 5322 text; facts that no reader sees are header fields of ours.

    It is an illustration: the proof is about the facts, of which this is one possible message.
    """
    message = EmailMessage()
    message["From"] = _line(facts.get("mailbox.address"))
    message["To"] = _line(facts.get("recipient.address"))
    message["Subject"] = _line(facts.get("content.subject"))
    for name, fact in facts.vocabulary.items():
        value = facts.get(name)
        if value != fact.ordinary and (name not in _IN_THE_TEXT or value is None):
            message["X-Gatepost-Fact"] = _line(spelled(fact, value))
    lines = [_line(facts.get("content.text"))]
    lines += [line for name, line in _SIGNS if facts.get(name) is True]
    message.set_content("\n\n".join(lines))
    content = message.get_content()
    if content.isascii():  # then it needs no header of MIME (RFC 2045 section 5.2)
        message.clear_content()
        del message["MIME-Version"]
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    return f"{headers}\n\n{content}"


def _line(value: object) -> str:
    """One line of text; control characters, which a literal may hold, become spaces."""
    text = "(unknown)" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)
