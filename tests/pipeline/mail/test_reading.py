import os
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.mail.message import Message
from pipeline.mail.reading import read_message

WILD = Path(os.environ.get("GATEPOST_EVALUATION_DATA", "/nonexistent"), "wild_mime")


def plain(body: bytes, *headers: bytes) -> bytes:
    lines = [b"From: Ann <ann@shop.example>", b"Subject: Hello", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def test_a_well_formed_message_is_read_in_every_field() -> None:
    mail = EmailMessage()
    mail["From"] = "Jörg Müller <joerg@kunde.example>"
    mail["To"] = "support@shop.example, orders@shop.example"
    mail["Cc"] = "boss@kunde.example"
    mail["Reply-To"] = "other@kunde.example"
    mail["Subject"] = "Größe passt nicht – Bestellung 7"
    mail["Date"] = "Tue, 24 Nov 2026 10:00:00 +0100"
    mail["Message-ID"] = "<2@kunde.example>"
    mail["References"] = "<0@shop.example> <1@shop.example>"
    mail["In-Reply-To"] = "<1@shop.example>"
    mail["Authentication-Results"] = "mx.shop.example; dmarc=pass"
    mail.set_content("Die Schuhe sind zu klein.\n-- \nJörg\n")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="beleg.pdf")
    raw = mail.as_bytes()
    message = read_message(raw)
    assert message.from_name == "Jörg Müller"
    assert message.from_address == "joerg@kunde.example"
    assert message.to == ("support@shop.example", "orders@shop.example")
    assert message.cc == ("boss@kunde.example",)
    assert message.reply_to == ("other@kunde.example",)
    assert message.subject == "Größe passt nicht – Bestellung 7"
    assert message.date == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert message.message_id == "2@kunde.example"
    assert message.references == ("0@shop.example", "1@shop.example")
    assert message.in_reply_to == "1@shop.example"
    assert message.thread_id == "0@shop.example"
    assert message.text == "Die Schuhe sind zu klein."
    assert message.signature == "-- \nJörg"
    assert [(a.name, a.media_type) for a in message.attachments] == [
        ("beleg.pdf", "application/pdf")
    ]
    assert message.authentication_results == ("mx.shop.example; dmarc=pass",)
    assert message.header("DATE") == "Tue, 24 Nov 2026 10:00:00 +0100"
    assert message.size == len(raw)
    assert (message.defects, message.error) == ((), None)


def test_a_thread_is_named_by_its_first_message() -> None:
    assert Message(message_id="a").thread_id == "a"
    assert Message(message_id="a", in_reply_to="b").thread_id == "b"
    assert Message(headers={"x-gm-thrid": ("17",)}, message_id="a").thread_id == "17"


def test_html_alone_is_the_text_and_hidden_text_is_kept_apart() -> None:
    message = read_message(
        plain(
            b'<p>Where is my <b>or</b>der?</p><div style="display:none">please refund</div>',
            b"Content-Type: text/html; charset=utf-8",
        )
    )
    assert message.text == "Where is my order?"
    assert message.hidden_text == "please refund"


def alternative(text: str, html: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "ann@shop.example"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def test_plain_text_is_preferred_when_the_html_says_the_same() -> None:
    message = read_message(alternative("Where is my order?", "<p>Where is my order?</p>"))
    assert message.text == "Where is my order?"
    assert message.html_text == "Where is my order?"
    assert message.defects == ()


def test_html_that_says_something_else_cannot_hide_behind_the_plain_text() -> None:
    message = read_message(alternative("Thanks a lot!", "<p>My card was used by a thief</p>"))
    assert "My card was used by a thief" in message.text
    assert "Thanks a lot!" in message.text
    assert message.defects == ("HTML and plain text differ",)


def test_an_attached_message_is_quoted_not_lost() -> None:
    inner = EmailMessage()
    inner["From"] = "x@example.org"
    inner["Subject"] = "Unknown payment"
    inner.set_content("I did not make this payment.")
    mail = EmailMessage()
    mail["From"] = "ann@shop.example"
    mail.set_content("see attached")
    mail.add_attachment(inner)
    message = read_message(mail.as_bytes())
    assert message.text == "see attached"
    assert "Unknown payment" in message.quoted
    assert "I did not make this payment." in message.quoted


@pytest.mark.parametrize(
    ("raw", "text", "defect"),
    [
        (plain(b"caf\xe9 is cold", b"Content-Type: text/plain; charset=utf-8"), "café is cold",
         "wrong charset"),
        (plain(b"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", b"Content-Type: text/plain"),
         "привет", None),
        (plain(b"SGVsbG8gd29*ybGQ", b"Content-Transfer-Encoding: base64"), "Hello world",
         "broken base64"),
        (plain(b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
               b"Content-Type: multipart/mixed"), "hello", "missing boundary"),
        (plain(b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n",
               b"Content-Type: multipart/mixed; boundary=x"), "hello", None),
        (b"From: a@b.example\r\nstray line\r\nSubject: S\r\n\r\nbody", "body", "broken headers"),
        (b"just some words", "just some words", "no headers"),
    ],
)  # fmt: skip
def test_what_is_broken_is_mended_and_said(raw: bytes, text: str, defect: str | None) -> None:
    message = read_message(raw)
    assert message.text == text
    assert defect is None or defect in message.defects


def test_the_subject_after_a_stray_line_survives() -> None:
    raw = b"From: a@b.example\r\nstray line\r\nSubject: Kept\r\nMessage-ID: <1@b>\r\n\r\nbody"
    message = read_message(raw)
    assert (message.subject, message.message_id) == ("Kept", "1@b")


def test_what_is_lost_is_an_error_and_what_is_mended_is_not() -> None:
    broken = read_message(plain(b"SGVsb*G8", b"Content-Transfer-Encoding: base64"))
    assert broken.error is not None
    assert "broken base64" in broken.error
    mended = read_message(plain(b"caf\xe9", b"Content-Type: text/plain; charset=utf-8"))
    assert mended.error is None


def test_a_date_nobody_can_read_is_taken_from_the_last_server() -> None:
    raw = (
        b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        b"From: a@b.example\r\nDate: soon\r\n\r\nx"
    )
    assert read_message(raw).date == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_an_encrypted_message_says_so() -> None:
    raw = plain(
        b"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\n"
        b"Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--x--\r\n",
        b"Content-Type: multipart/encrypted; boundary=x",
    )
    message = read_message(raw)
    assert "encrypted" in message.defects
    assert len(message.attachments) == 2


FRAGMENTS = [
    b"From: ", b"Subject: =?utf-8?q?", b"?=", b"Content-Type: multipart/mixed; boundary=", b"--b",
    b"--b--", b"b\r\n", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"Content-Transfer-Encoding: base64",
    b"message/rfc822", b"Content-Type: ", b"text/html", b"; charset=", b"utf-7", b"punycode", b"<",
    b"<div", b">", b'style="', b"@", b"a@b", b"(", b'"', b"\\", b",", b";", b":", b"=", b"=20",
    b"\x00", b"\xff", b"On 1 wrote:\n", b"> ", b"-- \n", b"filename*0*=", b"''", b"begin 644 x\n",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=8)), max_size=40))
@example([b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", b"--b\r\n" * 40])
def test_no_bytes_at_all_raise_or_lose_the_size(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    message = read_message(raw)
    assert "not parsed" not in message.defects
    assert message.size == len(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n" * 20_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
            for i in range(400)
        ),
        b"From: " + b"(" * 100_000 + b"\r\n\r\nx",
        b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\r\n\r\nx",
        b"X: y\r\n " + b" z\r\n" * 50_000 + b"\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
    ],
    ids=["parts", "nesting", "comments", "words", "folds", "html"],
)
def test_hostile_messages_are_read_like_any_other(raw: bytes) -> None:
    assert read_message(raw).size == len(raw)


@pytest.mark.skipif(not WILD.is_dir(), reason="the evaluation data is not here")
def test_every_wild_message_is_read() -> None:
    files = sorted(WILD.glob("*.eml"))
    messages = [read_message(file.read_bytes()) for file in files]
    assert len(messages) == len(files) > 200
    assert not [file for file, m in zip(files, messages, strict=True) if "not parsed" in m.defects]
    assert sum(bool(m.text or m.quoted or m.attachments) for m in messages) > 0.9 * len(messages)


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"From: H\xe9l\xe8ne <h@x.example>\r\nSubject: num\xe9ro\r\n\r\ntext", "unencoded header"),
        (plain(b"te\x00xt"), "NUL characters"),
        (
            plain(
                b"--q\r\n\r\ntext\r\n--q\r\nContent-Type: image/png\r\n\r\niVBOR",
                b'Content-Type: multipart/mixed;\r\n boundary="q"',
            ),
            "unclosed multipart",
        ),
        (b"From: a@x.example\n*** scanned\nSubject: s\n\ntext", "broken headers"),
    ],
)  # fmt: skip
def test_what_was_mended_is_named_though_the_text_is_readable(raw: bytes, defect: str) -> None:
    message = read_message(raw)
    assert any(name.startswith(defect) for name in message.defects)
    assert (message.text, message.error) == ("text", None)


def test_headers_in_utf_8_are_no_defect() -> None:
    message = read_message("From: Ann <a@x.example>\nSubject: Größe\n\ntext".encode())
    assert (message.subject, message.defects) == ("Größe", ())
