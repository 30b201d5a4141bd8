from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mail.walker import split_headers, walk


def test_header_values_stay_folded_and_names_fold_to_lower_case() -> None:
    raw = b"A: 1\r\n 2\r\nB : x\r\n\r\nbody"
    fields, body, clean = split_headers(raw)
    assert fields == [("a", b"1\n 2"), ("b", b"x")]
    assert (raw[body:], clean) == (b"body", True)


def test_every_line_ending_ends_a_line() -> None:
    for newline in (b"\n", b"\r\n", b"\r"):
        raw = newline.join((b"A: 1", b"B: 2", b"", b"text"))
        fields, body, _ = split_headers(raw)
        assert fields == [("a", b"1"), ("b", b"2")]
        assert raw[body:] == b"text"


def test_an_envelope_line_before_the_headers_is_left_out() -> None:
    fields, _, clean = split_headers(b"From x Mon Jan  5 10:00:00 2026\nA: 1\n\n")
    assert (fields, clean) == ([("a", b"1")], True)


def test_nested_parts_come_in_order() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative;"
        b" boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>two\n--b--\n--a\n\nthree\n"
        b"--a\nContent-Type: image/png; name=i.png\n\nxx\n--a--\nepilogue"
    )
    found = walk(raw)
    assert [text.strip() for text in found.plain] == ["one", "three"]
    assert [text.strip() for text in found.html] == ["<p>two"]
    assert [(item.name, item.media_type) for item in found.attachments] == [("i.png", "image/png")]
    assert not found.defects


def test_an_inner_boundary_that_starts_like_the_outer_one_is_not_confused() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed;"
        b" boundary=a-1\n\n--a-1\n\none\n--a-1--\n--a\n\ntwo\n--a--\n"
    )
    assert [text.strip() for text in walk(raw).plain] == ["one", "two"]


def test_winmail_is_named() -> None:
    found = walk(b"Content-Type: application/ms-tnef; name=winmail.dat\n\nxx")
    assert list(found.defects) == ["winmail.dat not opened"]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200), min_size=1
    ),
    st.sampled_from(["7bit", "base64", "quoted-printable"]),
)
def test_what_the_standard_library_writes_is_read_back(texts: list[str], encoding: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = "s"
    mail.make_mixed()
    for text in texts:
        part = EmailMessage()
        part.set_content(text, cte=encoding if text.isascii() else "base64")
        mail.attach(part)
    found = walk(mail.as_bytes())
    expected = [text.rstrip().splitlines() for text in texts]
    assert [text.rstrip().splitlines() for text in found.plain] == expected


def test_stray_lines_between_headers_lose_no_field_after_them() -> None:
    raw = b"To: a\n*** scanned ***\n: 77\nX-Gate\x07way 0x1F\nSubject: s\n\nbody"
    fields, body, clean = split_headers(raw)
    assert fields == [("to", b"a"), ("subject", b"s")]
    assert (raw[body:], clean) == (b"body", False)


def test_a_body_without_an_empty_line_before_it_is_not_taken_for_headers() -> None:
    raw = b"Subject: s\nHello there,\nmy order is lost.\nNote: twice!\n\nBye"
    fields, body, _ = split_headers(raw)
    assert fields == [("subject", b"s")]
    assert raw[body:].startswith(b"Hello there")
