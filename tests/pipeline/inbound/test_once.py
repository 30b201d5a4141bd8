import pytest

from pipeline.inbound.once import receipt_of
from pipeline.mail.reading import read_message

RAW = (
    b"Received: from a by b\r\nFrom: ada@example.org\r\nSubject: Hi\r\nDate: Mon, 1 Jan 2026 "
    b"10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n\r\nWhere is it?\r\n"
)


def receipt(raw: bytes, mailbox: str = "m") -> str:
    return receipt_of(raw, read_message(raw), mailbox)


@pytest.mark.parametrize(
    "again",
    [
        RAW.replace(b"Received: from a by b", b"Received: from c by d\r\nReturn-Path: <x@y.z>"),
        RAW.replace(b"\r\n", b"\n"),
        RAW + b"\r\n",
    ],
)
def test_the_way_it_came_makes_no_other_message(again: bytes) -> None:
    assert receipt(again) == receipt(RAW)


@pytest.mark.parametrize(
    "other",
    [
        RAW.replace(b"Where", b"When"),
        RAW.replace(b"<1@", b"<2@"),
        RAW.replace(b"Subject: Hi", b"Subject: Ho"),
        RAW.replace(b"ada@", b"bob@"),
    ],
)
def test_another_text_or_author_makes_another_message(other: bytes) -> None:
    assert receipt(other) != receipt(RAW)


def test_each_mailbox_gets_its_own() -> None:
    assert receipt(RAW, "a") != receipt(RAW, "b")


def test_what_has_no_header_has_a_receipt() -> None:
    assert receipt(b"\xff\x00") != receipt(b"")
    assert receipt(b"one\n\nsame") != receipt(b"two\n\nsame")
