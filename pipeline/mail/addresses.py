"""One mailbox address, checked once, so that policy, envelope and header all mean the same.

An address is written either as `local@domain` or as `Name <local@domain>`; nothing else is one.
Groups, comments, quoted local parts, literals and several addresses in one text are refused, since
two parsers may read them differently (CVE-2023-27043 is such a case).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

__all__ = [
    "AddressError", "Mailbox", "address_key", "parse_mailbox", "person_key", "unsafe_character",
]  # fmt: skip

_NAMED = re.compile(r'(?P<name>[^<>"]*|"[^<>"\\]*")\s*<(?P<address>[^<>\s]+)>')
_UNSAFE = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_WITHOUT_DOTS = {"gmail.com", "googlemail.com"}
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")


class AddressError(ValueError):
    """A text that is not one mailbox address; says how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name (may be empty) and an address whose domain is in lower case."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part after the @, in lower case and as Unicode."""
        return self.address.rpartition("@")[2]

    @property
    def is_ascii(self) -> bool:
        """Whether a server without SMTPUTF8 (RFC 6531) can take the address."""
        return self.address.isascii()


def unsafe_character(text: str) -> str | None:
    """What makes `text` unfit for a header line, named for a person; None when nothing does.

    Line ends, control characters, unpaired surrogates and ready-made encoded words (RFC 2047) are
    unfit: a header is encoded by us, from plain text, and nobody else.
    """
    if found := _UNSAFE.search(text):
        return f"the character U+{ord(found.group()):04X}"
    if found := _ENCODED_WORD.search(text):
        return f"the encoded word {found.group()!r}"
    return None


@lru_cache(maxsize=8192)
def parse_mailbox(text: str) -> Mailbox:
    """The mailbox that `text` writes; raises AddressError for anything else."""
    if problem := unsafe_character(text):
        raise AddressError(f"{problem} stands in the address", "write one plain address")
    text = text.strip()
    name = ""
    if named := _NAMED.fullmatch(text):
        name = named["name"].strip().removeprefix('"').removesuffix('"').strip()
        text = named["address"]
    try:
        # test_environment: reserved names such as `.example` and `.test` are valid syntax here.
        valid = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise AddressError(
            f"{text!r} is not one address: {error}",
            "write `name@example.org` or `Name <name@example.org>`; several go into a list",
        ) from None
    address = valid.ascii_email or valid.normalized
    return Mailbox(address, name)


def address_key(address: str) -> str:
    """The form in which two addresses are compared: case folded.

    The local part is case sensitive on paper (RFC 5321, 2.4) and nowhere else.
    """
    return address.strip().casefold()


def person_key(address: str) -> str:
    """The form under which the ledger knows the person behind an address.

    Without letter case and without the detail after a plus sign (RFC 5233): who ordered as
    `Ann+shop@` and reports a fraud or unsubscribes as `ann@` is one person. Google's mailboxes are
    one with dots and without. Where a server keeps `ann+shop` apart from `ann`, two people count as
    one, and what holds for either of them holds for both.
    """
    key = address_key(address)
    local, at, domain = key.rpartition("@")
    whose = local.split("+", 1)[0] or local
    if domain in _WITHOUT_DOTS:
        whose, domain = whose.replace(".", ""), "gmail.com"
    return f"{whose}{at}{domain}"
