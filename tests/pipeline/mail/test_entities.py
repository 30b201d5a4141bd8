from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.mail.entities import file_entity, multipart_entity, text_entity


def read(entity: bytes) -> EmailMessage:
    message = message_from_bytes(entity, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


TEXTS = st.text(st.characters(codec="utf-8"), max_size=400)


@given(text=TEXTS, subtype=st.sampled_from(["plain", "html"]))
@example(text="x" * 3000, subtype="plain")
@example(text="\x00 trailing \t\n.\nFrom here\n--=_\n", subtype="plain")
@example(text="日本語" * 200, subtype="html")
def test_any_text_is_read_back_by_the_standard_library(text: str, subtype: str) -> None:
    entity = text_entity(text, subtype)
    assert entity.isascii()
    assert b"\r" not in entity.replace(b"\r\n", b"")
    assert b"\n" not in entity.replace(b"\r\n", b"")
    assert max(map(len, entity.split(b"\r\n"))) <= 78
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    message = read(entity)
    assert message.get_content_type() == f"text/{subtype}"
    assert message.get_content().replace("\r\n", "\n") == lines


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("short\n", "7bit"), ("é" + "a" * 100, "quoted-printable"), ("日本語" * 20, "base64")],
)
def test_the_shortest_safe_encoding_is_taken(text: str, encoding: str) -> None:
    assert read(text_entity(text, "plain"))["content-transfer-encoding"] == encoding


@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
@example(texts=["short\n--=_mixed\nwhat follows is no part\n", "--=_mixed--"])
def test_parts_are_divided_where_they_were_joined(texts: list[str]) -> None:
    parts = [text_entity(text, "plain") for text in texts]
    message = read(multipart_entity("mixed", parts))
    assert [part.as_bytes() for part in message.iter_parts()] == [
        read(part).as_bytes() for part in parts
    ]


def test_the_same_parts_give_the_same_bytes() -> None:
    parts = [text_entity("one", "plain"), file_entity("a.bin", "image/png", b"\x00\xff" * 99)]
    assert multipart_entity("mixed", parts) == multipart_entity("mixed", parts)
    assert multipart_entity("mixed", parts) != multipart_entity("mixed", parts[::-1])


def test_a_file_keeps_its_name_and_its_bytes() -> None:
    message = read(file_entity("Rechnung – März.pdf", "application/pdf", bytes(range(256))))
    assert message.get_filename() == "Rechnung – März.pdf"
    assert message.get_content() == bytes(range(256))
