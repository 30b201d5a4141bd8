import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.charsets import decode, mend


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("สวัสดี", "cp874", "windows-874"),
        ("naïve", "mac-roman", "macintosh"),
        ("שלום", "iso-8859-8", "iso-8859-8-i"),
        ("こんにちは", "cp932", "x-sjis"),
        ("안녕", "cp949", "ks_c_5601-1987"),
        ("привет", "koi8-r", "KOI8-R"),
        ("“quoted”", "cp1252", "iso-8859-1"),
    ],
)
def test_labels_of_real_mail_are_known(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == (text, True)


@pytest.mark.parametrize("label", ["", "utf-8", "us-ascii", "nonsense", "latin1", "x" * 99, "\0"])
def test_utf8_is_recognised_under_any_label(label: str) -> None:
    assert decode("Größe €".encode(), label)[0] == "Größe €"


@pytest.mark.parametrize("label", ["punycode", "idna", "unicode_escape", "zip", "rot13", "hex"])
def test_codecs_that_are_no_charset_are_refused(label: str) -> None:
    assert decode(b"abc\\x41-", label) == ("abc\\x41-", False)


@given(st.binary(), st.text(max_size=50))
def test_no_bytes_and_no_label_raise(data: bytes, label: str) -> None:
    assert isinstance(decode(data, label)[0], str)


def test_double_encoding_is_undone_and_real_text_is_not() -> None:
    assert mend("GrÃ¶ÃŸe â€“ klein") == "Größe – klein"
    assert mend("Ãra is a name") == "Ãra is a name"


def test_half_a_character_in_utf_7_is_no_text() -> None:
    text, honest = decode(b"+2AA-", "utf-7")
    assert (text, honest) == ("+2AA-", False)
    assert decode(b"+AOk-", "utf-7") == ("é", True)
