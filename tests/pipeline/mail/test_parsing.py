from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.mail import parsing
from pipeline.mail.parsing import parse

LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\ufffd")
WORDS = st.text(LETTERS, min_size=1).map(lambda word: f"a {word} z")


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, st.booleans(), st.booleans())
def test_both_parsers_deliver_the_same(subject: str, text: str, html: bool, attached: bool) -> None:
    mail = EmailMessage()
    mail["From"] = "Ann Lee <ann@x.example>"
    mail["To"] = "b@x.example, Carl <c@x.example>"
    mail["Subject"] = subject
    mail["Date"] = "Tue, 24 Nov 2026 10:00:00 +0100"
    mail.set_content(text)
    if html:
        mail.add_alternative(f"<p>{text}</p>", subtype="html")
    if attached:
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    raw = mail.as_bytes()
    fast, careful = parsing._fast(raw), parsing._careful(raw)
    assert fast is not None
    for name in ("sender", "to", "date", "attachments", "defects"):
        assert getattr(fast, name) == getattr(careful, name)
    for name in ("plain", "html"):
        assert [part.strip() for part in getattr(fast, name)] == [
            part.strip() for part in getattr(careful, name)
        ]
    assert " ".join(fast.headers["subject"][0].split()) == " ".join(
        careful.headers["subject"][0].split()
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@x\nstray\nSubject: s\n\nx",
        b"From: a@x\nSubject: \xe9\n\nx",
        b"From: a@x\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nx",
        b"From x Mon Jan  5 10:00:00 2026\nFrom: a@x\n\nx",
    ],
)
def test_what_the_fast_parser_would_garble_goes_to_the_walker(raw: bytes) -> None:
    assert parsing._fast(raw) is None
    assert parse(raw).plain == ["x"]
