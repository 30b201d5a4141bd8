from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mail.mime import POLICY, add_alternatives, add_text

_WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1)
_BODIES = st.text(st.characters(codec="utf-8", exclude_characters="\r")).map(
    lambda text: text + "\n"
)
_PLAIN_SMTP = SMTP.clone(cte_type="7bit")


def as_read(raw: bytes) -> str:
    payload = message_from_bytes(raw).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


@given(_BODIES)
@example("." * 200 + "\n.\nFrom here\n  \n")
@example("=\n=3D\n" + "é" * 90 + " \n")
@example("日本語" * 400 + "\n")
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    message = EmailMessage(POLICY)
    add_text(message, text, "plain")
    raw = message.as_bytes()
    assert as_read(raw) == text
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")


@pytest.mark.parametrize(
    ("text", "encoding", "longest"),
    [
        ("a short line\n" * 50, "7bit", 78),
        ("x" * 78 + "\n", "7bit", 78),
        ("x" * 79 + "\n", "quoted-printable", 76),
        ("Grüße aus dem Laden, wie immer\n" * 9, "quoted-printable", 76),
        ("日本語で書かれた手紙\n" * 9, "base64", 76),
    ],
)
def test_the_shortest_encoding_is_taken_and_keeps_its_limit(
    text: str, encoding: str, longest: int
) -> None:
    message = EmailMessage(POLICY)
    add_text(message, text, "html")
    head, _, body = message.as_bytes().partition(b"\r\n\r\n")
    assert f"Content-Transfer-Encoding: {encoding}".encode() in head.split(b"\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= longest  # RFC 2045, 6.7 (5) and 6.8


@given(_WORDS, _BODIES)
def test_two_versions_are_two_parts(word: str, text: str) -> None:
    message = EmailMessage(POLICY)
    add_alternatives(message, text, f"<p>{word}</p>\n")
    read = message_from_bytes(message.as_bytes(), policy=default)
    assert read.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert [as_read(part.as_bytes()) for part in read.iter_parts()] == [text, f"<p>{word}</p>\n"]


@given(
    st.sampled_from(["Subject", "X-Order", "In-Reply-To"]),
    st.lists(_WORDS, min_size=1, max_size=30).map(" ".join),
)
def test_a_plain_header_is_written_as_the_library_would(name: str, value: str) -> None:
    ours, theirs = EmailMessage(POLICY), EmailMessage(_PLAIN_SMTP)
    ours[name] = theirs[name] = value
    assert ours.as_bytes() == theirs.as_bytes()


@pytest.mark.parametrize("value", ["a\nBcc: b@x.example", "a\r\nb", "a\rb"])
def test_no_line_end_gets_into_a_header(value: str) -> None:
    message = EmailMessage(POLICY)
    with pytest.raises(ValueError, match="linefeed"):
        message["Subject"] = value


def test_headers_of_any_name_are_of_few_classes() -> None:
    made = {type(POLICY.header_factory(f"X-{number}", "Grüße")) for number in range(20)}
    assert len(made) == 1
    assert POLICY.header_max_count("Subject") == 1
    assert POLICY.header_max_count("X-1") is None
