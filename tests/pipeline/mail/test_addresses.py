import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.addresses import AddressError, Mailbox, address_key, parse_mailbox, person_key


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("a@b.example", Mailbox("a@b.example")),
        ("  Ann@B.Example ", Mailbox("Ann@b.example")),
        ("Ann <a@b.example>", Mailbox("a@b.example", "Ann")),
        ('"Doe, Ann" <a@b.example>', Mailbox("a@b.example", "Doe, Ann")),
        ("Käthe <a@bücher.example>", Mailbox("a@xn--bcher-kva.example", "Käthe")),
        ("käthe@b.example", Mailbox("käthe@b.example")),
        ("a+tag@b.example", Mailbox("a+tag@b.example")),
    ],
)
def test_one_address(text: str, mailbox: Mailbox) -> None:
    assert parse_mailbox(text) == mailbox


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b.example", "a@", "a@b.example, c@d.example", "a@b.example c@d.example",
     "group: a@b.example;", "a@b.example (comment)", '"quoted local"@b.example', "a@[127.0.0.1]",
     "a@b.example>\r\nRCPT TO:<evil@x.example", '"a@evil.example" <b@ok.example> tail',
     "alice@ok.example)bob@evil.example", "<a@b.example> <c@d.example>", "a@b.example\x00",
     "=?utf-8?q?x?= <a@b.example>", "a@b..example", "a@-b.example", "a" * 65 + "@b.example",
     "a@b.example\n", "a\u2028@b.example"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_with_a_mend(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_mailbox(text)
    assert refused.value.mend


@given(st.text(max_size=60))
def test_any_text_is_one_safe_address_or_refused(text: str) -> None:
    try:
        mailbox = parse_mailbox(text)
    except AddressError:
        return
    assert mailbox.address.count("@") == 1
    assert not set(mailbox.address) & set('\r\n\0<>"(), ;:\\')


def test_people_are_known_whatever_the_case() -> None:
    assert address_key(" Ann@Example.org") == address_key("ann@example.ORG")


@pytest.mark.parametrize(
    ("address", "person"),
    [
        ("Ann@Example.org", "ann@example.org"),
        ("ann+shop@example.org", "ann@example.org"),
        ("ann+shop+2026@example.org", "ann@example.org"),
        ("ann.lee@example.org", "ann.lee@example.org"),
        ("A.nn+Shop@GoogleMail.com", "ann@gmail.com"),
        ("+shop@example.org", "+shop@example.org"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_one_person_has_several_addresses(address: str, person: str) -> None:
    assert person_key(address) == person


@given(st.text(max_size=40))
def test_the_key_of_a_person_is_their_address_too(text: str) -> None:
    assert person_key(person_key(text)) == person_key(text) == person_key(address_key(text))
