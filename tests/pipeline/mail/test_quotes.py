from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.quotes import split_body

ATTRIBUTIONS = [
    "On Mon, Jan 5, 2026 at 10:00 AM Ann Lee <ann@shop.example> wrote:",
    "On Mon, Jan 5, 2026 at 10:00 AM Ann Lee\n<ann@shop.example> wrote:",
    "Le lun. 5 janv. 2026 à 10:00, Ann Lee <ann@shop.example> a écrit :",
    "Am 05.01.2026 um 10:00 schrieb Ann Lee <ann@shop.example>:",
    "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Ann <\nann@shop.example>:",
    "El lun, 5 ene 2026 a las 10:00, Ann Lee (<ann@shop.example>) escribió:",
    "Il giorno lun 5 gen 2026 alle ore 10:00 Ann <ann@shop.example> ha scritto:",
    "Em seg., 5 de jan. de 2026 às 10:00, Ann <ann@shop.example> escreveu:",
    "Op ma 5 jan. 2026 om 10:00 schreef Ann <ann@shop.example>:",
    "Den mån 5 jan. 2026 kl 10:00 skrev Ann <ann@shop.example>:",
    "ma 5. tammik. 2026 klo 10.00 Ann <ann@shop.example> kirjoitti:",
    "pon., 5 sty 2026 o 10:00 Ann <ann@shop.example> napisał(a):",
    "пн, 5 янв. 2026 г. в 10:00, Ann <ann@shop.example>:\nАнна написала:",
    "2026年1月5日(月) 10:00 Ann <ann@shop.example>のメール:",
    "5 Oca 2026 Pzt, 10:00 tarihinde Ann <ann@shop.example> şunu yazdı:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_attributions_in_many_languages_start_a_quote(attribution: str) -> None:
    body = split_body(f"My answer\n\n{attribution}\n\nold words\nmore old words")
    assert body.new == "My answer"
    assert body.quoted.endswith("more old words")


def test_text_below_and_between_marked_quotes_is_new() -> None:
    body = split_body("On 5 Jan 2026, Ann wrote:\n> Which size?\nSize 44.\n> Which colour?\nRed.")
    assert body.new == "Size 44.\nRed."
    assert body.quoted == "On 5 Jan 2026, Ann wrote:\n> Which size?\n> Which colour?"


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message original --------",
        "----- Mensaje original -----",
        "Begin forwarded message:",
        "##- Please type your reply above this line -##",
        "________________________________\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: Shoes",
        "From: Ann\nSent: Monday\nTo: Bob\nSubject: Shoes",
        "*From:* Ann\n*Sent:* Monday\n*To:* Bob\n*Subject:* Shoes",
        "Von: Ann\nGesendet: Montag\nAn: Bob\nBetreff: Schuhe",
        "De : Ann\nEnvoyé : lundi\nÀ : Bob\nObjet : chaussures",
        "Da: Ann\nInviato: lunedì\nA: Bob\nOggetto: scarpe",
        "Van: Ann\nVerzonden: maandag\nAan: Bob\nOnderwerp: schoenen",
    ],
)
def test_separators_and_copied_headers_start_a_quote(separator: str) -> None:
    body = split_body(f"New\n\n{separator}\n\nold")
    assert body.new == "New"
    assert body.quoted.startswith(separator.splitlines()[0])
    assert body.quoted.endswith("old")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I ordered shoes and they wrote: never came",
        "From: the very start I was unhappy",
        "Order 12 arrived.\n---\nBut the lamp is broken.",
        "To: whom it may concern\nSubject: my order 77",
        "I paid 20 dollars\nand wrote:\nnothing came back",
        "Please see the list:\n- one\n- two",
    ],
)
def test_prose_is_not_taken_for_a_quote(text: str) -> None:
    assert split_body(text).new == text


def test_signatures_end_at_a_quote_and_a_device_line_is_one_line() -> None:
    body = split_body("Hi\n-- \nAnn\n+1 555\n\nOn 5 Jan 2026, Bob wrote:\n> old")
    assert (body.new, body.signature) == ("Hi", "-- \nAnn\n+1 555")
    assert body.quoted.endswith("> old")
    body = split_body("Hi\n\nSent from my iPhone\nPS: order 77")
    assert (body.new, body.signature) == ("Hi\n\nPS: order 77", "Sent from my iPhone")


LINES = st.sampled_from(
    ["On 5 Jan 2026, Ann wrote:", "> old", "-- ", "", "new words", "From: a", "Sent: b", "To: c",
     "-----Original Message-----", "____________", "Sent from my phone", "Am 3. schrieb X:", "On"]
) | st.text(st.characters(exclude_characters="\r\n"), max_size=20)  # fmt: skip


@given(st.lists(LINES, max_size=40))
def test_every_line_is_in_exactly_one_part(lines: list[str]) -> None:
    body = split_body("\n".join(lines))
    parts = f"{body.new}\n{body.quoted}\n{body.signature}".split("\n")
    assert sorted(line for line in parts if line) == sorted(line for line in lines if line)


@pytest.mark.parametrize(
    "text",
    ["On " * 100_000, "On Mon,\n" * 50_000, "\n" * 200_000, "-" * 400_000, "From: x\n" * 20_000,
     ("_" * 12 + "\n\n\n") * 5_000, "--\nOn 3\n" * 20_000, "> " * 200_000],
)  # fmt: skip
def test_texts_that_hang_other_cutters_lose_nothing(text: str) -> None:
    body = split_body(text)
    kept = len(body.new) + len(body.quoted) + len(body.signature)
    assert kept >= len(text.strip("\n")) - 6


SCRAPS = st.sampled_from(
    [
        "On Mon, Ann",
        "wrote",
        "wrote:",
        "schrieb Ann:",
        "写道",
        "--",
        "-- ",
        "____________",
        "##",
        "*",
        "From: Ann",
        "*Sent:* Monday",
        "To: Bob",
        "Von：Ann",
        "Sent from my phone",
        "Original Message",
        "Begin forwarded message",
        "5",
        "<ann@x.example>",
        "text",
        " ",
        "\u200b",
        "\xa0",
        ">",
        "|>",
    ]
)


@given(st.lists(st.lists(SCRAPS, max_size=4).map(" ".join), max_size=12))
def test_a_quick_look_at_a_line_changes_nothing(lines: list[str]) -> None:
    text = "\n".join(lines)
    with patch("pipeline.mail.quotes._is_prose", lambda line: False):
        looked_at_in_full = split_body(text)
    assert split_body(text) == looked_at_in_full
