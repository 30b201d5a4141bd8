import binascii

from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.transfer import decode_transfer


@given(st.binary())
def test_base64_round_trips_with_line_breaks(data: bytes) -> None:
    encoded = binascii.b2a_base64(data)
    assert decode_transfer(encoded[:40] + b"\r\n" + encoded[40:], "Base64") == (data, None)


@given(st.binary())
def test_quoted_printable_round_trips(data: bytes) -> None:
    assert decode_transfer(binascii.b2a_qp(data, istext=False), "quoted-printable")[0] == data


def test_base64_strung_together_is_decoded_piece_by_piece() -> None:
    assert decode_transfer(b"SGVsbG8=IHdvcmxk", "base64")[0] == b"Hello world"


def test_broken_base64_gives_what_it_holds_and_a_defect() -> None:
    assert decode_transfer(b"SGVs*bG8", "base64") == (b"Hello", "broken base64")
    assert decode_transfer(b"SGVsbG8gd", "base64") == (b"Hello ", "broken base64")


def test_uuencode_is_read() -> None:
    body = b"begin 644 a.txt\n" + binascii.b2a_uu(b"Hello") + b"`\nend\n"
    assert decode_transfer(body, "x-uuencode") == (b"Hello", None)


def test_an_unknown_encoding_leaves_the_bytes() -> None:
    assert decode_transfer(b"abc", "rot13") == (b"abc", "unknown transfer encoding")


@given(st.binary(), st.sampled_from(["base64", "quoted-printable", "uuencode", "x", "7bit"]))
def test_nothing_raises(data: bytes, encoding: str) -> None:
    assert isinstance(decode_transfer(data, encoding)[0], bytes)
