from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mail.addresses import Mailbox, parse_mailbox, unsafe_character
from pipeline.mail.composing import (
    Additions,
    ComposingError,
    Draft,
    DraftAttachment,
    completed,
    compose,
    may_set_header,
)

DRAFT = Draft(
    sender=parse_mailbox("Käthe Müller <orders@shop.example>"),
    to=(parse_mailbox('"Doe, Jane" <jane@example.org>'), parse_mailbox("x@example.org")),
    subject="Grüße aus dem Laden",
    message_id="<1@shop.example>",
    date=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    text="Hallo\n.\nvon hier",
    html="<p>Hallo</p>",
)


def test_it_reads_back_as_it_was_written() -> None:
    message = message_from_bytes(compose(DRAFT), policy=default)
    assert message["subject"] == DRAFT.subject
    assert message["from"] == "Käthe Müller <orders@shop.example>"
    assert message["to"] == '"Doe, Jane" <jane@example.org>, x@example.org'
    assert message["date"] == "Tue, 24 Nov 2026 10:00:00 +0000"
    assert message["message-id"] == "<1@shop.example>"
    assert message["bcc"] is None
    plain, html = message.iter_parts()
    assert plain.get_content() == "Hallo\r\n.\r\nvon hier\r\n"
    assert html.get_content() == "<p>Hallo</p>\r\n"


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "=?utf-8?q?a=0D=0ABcc:_v@x.example?="},
        {"subject": "a\r\nBcc: v@x.example"},
        {"subject": "a\nBcc: v@x.example"},
        {"subject": "=?utf-8?b?b2s=?="},  # would be shown decoded: not what was approved
        {"headers": (("X-A", "=?utf-8?q?a=0D=0ABcc:_v@x.example?="),)},
        {"headers": (("X-A", "b\r\nBcc: v@x.example"),)},
        {"headers": (("X-A: b\r\nBcc", "v@x.example"),)},
        {"headers": (("Bcc", "v@x.example"),)},
        {"headers": (("Content-Type", "text/html"),)},
        {"message_id": "<1@x>\r\nBcc: v@x.example"},
        {"in_reply_to": "<1@x>\r\nBcc: v@x.example"},
        {"references": ("<1@x>\r\n\r\nbody",)},
        {"sender": Mailbox("a@b.example", "x\r\nBcc: v@x.example")},
        {"sender": Mailbox("a@b.example", "=?utf-8?q?a=0D=0ABcc:_v@x.example?=")},
        {"to": (Mailbox("a@b.example>\r\nBcc: v@x.example"),)},
        {"to": (Mailbox("a@b.example, v@x.example"),)},
        {"attachments": (DraftAttachment("a", "text/plain\r\nX: y", b""),)},
    ],
)
def test_no_field_can_write_another_header(change: dict[str, object]) -> None:
    with pytest.raises(ComposingError):
        compose(replace(DRAFT, **change))  # type: ignore[arg-type]  # any field


TEXTS = st.text(max_size=200)


@given(subject=TEXTS, name=TEXTS, text=TEXTS, value=TEXTS)
@example(subject="=?utf-8?q?=0D=0ABcc:a@b?=", name="", text="", value="")
@example(subject="x" * 200, name="日本語" * 40, text="\r.\r\n", value="é" * 150)
def test_any_text_is_refused_or_written_faithfully(
    subject: str, name: str, text: str, value: str
) -> None:
    draft = replace(
        DRAFT, subject=subject, sender=Mailbox("a@b.example", name), text=text, html="",
        headers=(("X-Any", value),),
    )  # fmt: skip
    try:
        raw = compose(draft)
    except ComposingError:
        return
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = message_from_bytes(raw, policy=default)
    names = sorted(key.lower() for key in message)
    assert names == sorted(
        ["from", "to", "subject", "date", "message-id", "x-any", "mime-version", "content-type",
         "content-transfer-encoding"]
    )  # fmt: skip
    assert "".join(str(message["subject"]).split()) == "".join(subject.split())


@given(subject=st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=120))
def test_what_is_fit_for_a_header_is_written(subject: str) -> None:
    if unsafe_character(subject) is None:
        compose(replace(DRAFT, subject=subject))


def test_obligations_complete_the_message() -> None:
    additions = Additions(
        unsubscribe_url="https://shop.example/unsubscribe/abc",
        postal_address="Corner Shop\n1 Main Street\nSpringfield",
        advertisement_label="Advertisement",
        redact_card_numbers=True,
    )
    draft = replace(
        DRAFT, text="Card 4111 1111 1111 1111", html="<body><p>4111-1111-1111-1111</p></body>"
    )
    message = message_from_bytes(compose(completed(draft, additions)), policy=default)
    assert message["list-unsubscribe"] == "<https://shop.example/unsubscribe/abc>"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    for part in message.iter_parts():
        content = part.get_content()
        assert "Corner Shop · 1 Main Street · Springfield" in content
        assert "Advertisement" in content
        assert "https://shop.example/unsubscribe/abc" in content
        assert "4111 1111" not in content
        assert "card •••• 1111" in content
    assert message.get_body(("html",)).get_content().endswith("</p></body>\r\n")  # type: ignore[union-attr]  # it is there


def test_nothing_is_added_unasked() -> None:
    assert completed(DRAFT, Additions()) == DRAFT


def test_an_attachment_arrives_whole() -> None:
    data = bytes(range(256)) * 10
    draft = replace(
        DRAFT, attachments=(DraftAttachment("Rechnung – März.pdf", "application/pdf", data),)
    )
    message = message_from_bytes(compose(draft), policy=default)
    (part,) = message.iter_attachments()
    assert part.get_filename() == "Rechnung – März.pdf"
    assert part.get_content() == data


@pytest.mark.parametrize("name", ["X-Order", "List-Id", "Feedback-ID", "auto-submitted"])
def test_headers_an_author_may_set(name: str) -> None:
    assert may_set_header(name)


@pytest.mark.parametrize(
    "name",
    ["From", "to", "Bcc", "Sender", "Date", "Subject", "Content-Type", "MIME-Version",
     "DKIM-Signature", "Return-Path", "Received", "Authentication-Results", "Message-ID",
     "X", "X-A:", "X A", "X-Ä", "", "X-" + "a" * 80],
)  # fmt: skip
def test_headers_an_author_may_not_set(name: str) -> None:
    assert not may_set_header(name)
