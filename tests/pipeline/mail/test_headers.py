from datetime import UTC, datetime
from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.headers import addresses, decode_header, message_ids, parameters, parse_date


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"folded\r\n over lines", "folded over lines"),
        (b"=?utf-8?q?caf=C3=A9?= au lait", "café au lait"),
        (b"=?utf-8?b?Y2Fmw6k=?=\r\n =?utf-8?q?_noir?=", "café noir"),
        (b"a =?utf-8?q?b?= =?iso-8859-1?q?c?= d", "a bc d"),
        (b"=?utf-8*en?q?x?=", "x"),
        ("Größe".encode(), "Größe"),
        ("Größe".encode("cp1252"), "Größe"),
        (b"=?broken", "=?broken"),
        (b"=?x-none?q?abc?=", "abc"),
    ],
)
def test_unstructured_fields(raw: bytes, text: str) -> None:
    assert decode_header(raw) == text


def test_a_character_cut_between_two_words_is_whole_again() -> None:
    assert decode_header(b"=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=") == "café"


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=60))
def test_what_the_standard_library_encodes_is_decoded(text: str) -> None:
    if "=?" not in text:
        assert decode_header(Header(text, "utf-8").encode().encode()) == text


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"ann@shop.example", (("", "ann@shop.example"),)),
        (b"Ann <ann@shop.example>", (("Ann", "ann@shop.example"),)),
        (b'"Lee, Ann" <ann@x.example>, bob@y.example',
         (("Lee, Ann", "ann@x.example"), ("", "bob@y.example"))),
        (b"=?utf-8?q?Lee=2C_Ann?= <ann@x.example>", (("Lee, Ann", "ann@x.example"),)),
        (b"team: a@x.example, b@x.example;", (("", "a@x.example"), ("", "b@x.example"))),
        (b"ann@x.example (Ann (really))", (("", "ann@x.example"),)),
        (b'"\\"A\\"" <a@x.example>', (('"A"', "a@x.example"),)),
        (b"nobody we know", (("nobody we know", ""),)),
        (b"", ()),
    ],
)  # fmt: skip
def test_addresses(raw: bytes, pairs: tuple[tuple[str, str], ...]) -> None:
    assert addresses(raw) == pairs


def test_parameters_are_lower_case_and_unquoted() -> None:
    value = 'Multipart/Mixed; Boundary="a;\\"b"; charset = utf-8; junk'
    assert parameters(value) == ("multipart/mixed", {"boundary": 'a;"b', "charset": "utf-8"})


def test_continued_and_encoded_parameters_are_joined() -> None:
    value = "attachment; filename*0*=utf-8''r%C3%A9; filename*1=sum.pdf"
    assert parameters(value)[1] == {"filename": "résum.pdf"}


def test_message_ids_lose_brackets_and_repetitions() -> None:
    assert message_ids("<a@x> junk <b@y>\t<a@x>") == ("a@x", "b@y")
    assert message_ids("naked@x") == ("naked@x",)
    assert message_ids("none") == ()


def test_dates() -> None:
    assert parse_date("Tue, 24 Nov 2026 10:00:00 +0100") == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert parse_date("Tue, 24 Nov 2026 10:00:00") == datetime(2026, 11, 24, 10, tzinfo=UTC)
    for broken in ("", "soon", "Tue, 99 Nov 2026 10:00:00 +0100", "1" * 500):
        assert parse_date(broken) is None


@given(st.binary(max_size=200))
def test_nothing_raises(data: bytes) -> None:
    decode_header(data)
    addresses(data)
    parameters(data.decode("latin-1"))
    message_ids(data.decode("latin-1"))
    parse_date(data.decode("latin-1"))
