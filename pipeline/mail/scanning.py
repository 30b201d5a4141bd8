"""What the content of an outbound message says of itself: the `content.*` facts.

Pure text work: no network, no clock, no model. Where a check is a matter of judgement it errs to
the side that holds the message.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import re2
from selectolax.lexbor import LexborHTMLParser

from pipeline.mail.advertising import advertises
from pipeline.mail.attachment_kinds import attachment_kind
from pipeline.mail.attachment_text import texts_of
from pipeline.mail.card_numbers import contains_card_number
from pipeline.mail.html_text import html_text

__all__ = ["Content", "ContentFacts", "scan"]

_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(
    r"unsubscribe|opt[- ]?out|manage (?:your )?(?:e-?mail )?preferences|abmelden|abbestellen"
    r"|d[eé]sabonn|d[eé]sinscri|darse de baja|cancelar (?:la )?suscripci[oó]n|disiscri|afmelden",
    re.IGNORECASE,
)
_ADVERTISEMENT = re.compile(
    r"\b(?:this (?:e-?mail|message) is an? (?:ad\b|advert|commercial)|advertisement|\[ad\]|anzeige"
    r"|werbung|publicit[eé]|publicidad|pubblicit[aà]|advertentie)",
    re.IGNORECASE,
)
_PAYS = (
    r"refund|reimburse|compensat|credit(?! card)|money back|voucher|gift card|goodwill|chargeback"
    r"|erstatt|r[uü]ckerstatt|gutschrift|gutschein|rembours|avoir|reembols|rimbors|terugbetal"
)
_PROMISE = re.compile(
    r"\b(?:we(?:'ll| will|'ve| have| are|'re| can)?|i(?:'ll| will|'ve| have| am|'m| can)?|you(?:'ll"
    r"| will)(?: receive| get)?|has been|have been|will be|is being|wir|ich|sie erhalten|nous"
    r"|je|le|lo|hemos|abbiamo|we hebben|wij)\b[^.!?\n]{0,80}(?:" + _PAYS + r")"
    r"|(?:" + _PAYS + r")[^.!?\n]{0,60}\b(?:has been|have been|will be|was|is on its way|issued"
    r"|processed|approved|sent|wird|wurde|sera|a [eé]t[eé]|ser[aá])\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF)\b)\s?(?P<after>\d[\d.,'’ \u00a0]*)"
    r"|(?P<before>\d[\d.,'’ \u00a0]*)\s?(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?)\b)",
    re.IGNORECASE,
)
_CART = r"(?:carts?|baskets?|shopping bag|warenkorb|panier|carrito|cesta|carrello|winkelwagen)"
_CART_REMINDER = re2.compile(
    r"(?i:"
    r"(?:left|forg[eo]t|still|waiting|reserved|saved|abandoned|vergessen|wartet|attend|oubli|espera"
    r"|olvid|aspetta|dimentica|wacht|vergeten)[^.!?]{0,60}\b" + _CART + r"\b"
    r"|\b" + _CART + r"\b[^.!?]{0,40}(?:waiting|waits|miss(?:es|ing) you|about to expire|expires"
    r"|still there|wartet|attend|espera|aspetta|wacht)"
    r"|(?:complete|finish|resume) your (?:purchase|checkout)"
    r")"
)
_RETURN_NUMBER = re2.compile(
    r"(?i:"
    r"\brma\b[^.!?\n]{0,30}\d|\brma-?\d"
    r"|\breturns? (?:merchandise )?(?:authori[sz]ation|number|code)\b[^.!?\n]{0,30}\d"
    r"|\breturns? (?:shipping )?(?:label|slip)"
    r"|(?:retouren|r[uü]cksende|r[uü]cksendungs)-?(?:nummer|etikett|schein|label|aufkleber)"
    r"|(?:num[eé]ro|[eé]tiquette|bon|bordereau) (?:de|pour le) retour"
    r"|(?:n[uú]mero|etiqueta|c[oó]digo) de devoluci[oó]n"
    r"|(?:etichetta|numero|codice) (?:di|per il) reso|retour(?:label|nummer|etiket)"
    r")"
)
_LINKING_ATTRIBUTES = ("href", "src", "action", "background")
_LINKING = ",".join(f"[{name}]" for name in _LINKING_ATTRIBUTES)
_DIGIT = re.compile(r"\d")
# Each hint is found wherever its pattern could be: RE2 passes once over a text that has none.
_UNSUBSCRIBE_HINT = re2.compile(f"(?i:{_UNSUBSCRIBE.pattern})")
_ADVERTISEMENT_HINT = re2.compile(f"(?i:{_ADVERTISEMENT.pattern.removeprefix(chr(92) + 'b')})")
_PAYS_HINT = re2.compile(f"(?i:{_PAYS.replace('(?! card)', '')})")
_AMOUNT_HINT = re2.compile(r"(?i:[€$£¥]|EUR|USD|GBP|CHF|dollar|pound)")
_LINKING_HINT = re2.compile(f"(?i:{'|'.join(_LINKING_ATTRIBUTES)})")
_HIDING = re.compile(
    "[\u202a\u202b\u202d\u202e\u2066-\u2068\U000e0000-\U000e007f]|[\u200b\u2060\ufeff]{2}"
)
_TAGS_OPENED = str.maketrans("<>", "||")
_WORD = re.compile(r"\w+")
_LARGEST_AMOUNT = 100_000_000
_AGREEMENT = 0.7


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a message that are looked at; `attachments` are (file name, bytes) pairs.

    `answers_to` are the addresses of its Reply-To.
    """

    subject: str
    text: str = ""
    html: str = ""
    headers: Mapping[str, str] | None = None
    attachments: tuple[tuple[str, bytes], ...] = ()
    display_names: tuple[str, ...] = ()
    answers_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """What `scan` found; `amount` is in minor units, `text` is what a reader sees."""

    text: str
    card_number: bool
    unsubscribe_link: bool
    postal_address: bool
    advertisement_label: bool
    advertising: bool
    unknown_links: bool
    answered_elsewhere: bool
    attachments: frozenset[str]
    hidden_text: bool
    hidden: str
    html_text_mismatch: bool
    promises_money: bool
    cart_reminder: bool
    return_number: bool
    amount: int

    def as_facts(self) -> dict[str, object]:
        """The facts by their names in the policy's vocabulary."""
        names = (
            "text", "card_number", "unsubscribe_link", "postal_address", "advertisement_label",
            "advertising", "unknown_links", "answered_elsewhere", "attachments", "hidden_text",
            "html_text_mismatch", "promises_money", "cart_reminder", "return_number", "amount",
        )  # fmt: skip
        return {f"content.{name}": getattr(self, name) for name in names}


def scan(
    content: Content, own_domains: Iterable[str] = (), postal_address: str = ""
) -> ContentFacts:
    """The facts of `content`, for a shop that owns `own_domains` and lives at `postal_address`."""
    shown = html_text(content.html) if content.html else None
    seen = "\n".join(filter(None, (shown.visible, shown.quoted))) if shown else ""
    readable = "\n".join(filter(None, (content.text, seen)))
    headers = {name.lower() for name in content.headers or ()}
    links = _links(content)
    everything = "\n".join((content.subject, readable))
    return ContentFacts(
        text=content.text or seen,
        card_number=_has_card_number(content, shown.hidden if shown else ""),
        unsubscribe_link="list-unsubscribe" in headers
        or bool(links and _says_unsubscribe(readable + "\n" + "\n".join(links))),
        postal_address=bool(postal_address) and _squeezed(postal_address) in _squeezed(readable),
        advertisement_label=_says_advertisement(everything),
        advertising=advertises(content.subject, content.text or seen),
        unknown_links=any(not _is_own(link, own_domains) for link in links),
        answered_elsewhere=any(
            not _is_own(address.rpartition("@")[2], own_domains) for address in content.answers_to
        ),
        attachments=frozenset(attachment_kind(name, data) for name, data in content.attachments),
        hidden_text=bool(shown and shown.hidden.strip()) or _hides_with_characters(everything),
        hidden=shown.hidden if shown else "",
        html_text_mismatch=bool(content.text and shown) and not _agree(content.text, seen),
        promises_money=_promises_money(everything),
        cart_reminder=_says(_CART_REMINDER, everything),
        return_number=_says(_RETURN_NUMBER, everything),
        amount=_largest_amount(everything),
    )


def _has_card_number(content: Content, hidden: str) -> bool:
    texts = (
        content.subject, content.text, content.html, hidden,
        content.html.translate(_TAGS_OPENED),  # attributes are read, too
        *content.display_names,
        *(content.headers or {}).values(), *(name for name, _ in content.attachments),
    )  # fmt: skip
    files = chain.from_iterable(texts_of(data) for _, data in content.attachments)
    return any(contains_card_number(text) for text in chain(texts, files) if text)


def _links(content: Content) -> list[str]:
    found = [match.group() for match in _URL.finditer(content.text)]
    if _says(_LINKING_HINT, content.html):
        for node in LexborHTMLParser(content.html).css(_LINKING):
            for name in _LINKING_ATTRIBUTES:
                value = node.attributes.get(name)
                if value and not value.lower().lstrip().startswith(
                    ("mailto:", "tel:", "cid:", "#")
                ):
                    found.append(value.strip())
    return found


def _is_own(link: str, own_domains: Iterable[str]) -> bool:
    try:
        host = urlsplit(link if "://" in link else f"//{link.removeprefix('//')}").hostname or ""
    except ValueError:
        return False
    host = host.rstrip(".").lower()
    return any(host == domain or host.endswith(f".{domain}") for domain in own_domains)


def _squeezed(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _hides_with_characters(text: str) -> bool:
    """Direction overrides, tag characters and runs of zero-width characters hide what is said."""
    return not text.isascii() and _HIDING.search(text) is not None


def _promises_money(text: str) -> bool:
    """Whether somebody is said to get money; the costly search only where a word for it stands."""
    return _says(_PAYS_HINT, text) and _PROMISE.search(text) is not None


def _says_unsubscribe(text: str) -> bool:
    return _says(_UNSUBSCRIBE_HINT, text) and _UNSUBSCRIBE.search(text) is not None


def _says_advertisement(text: str) -> bool:
    return _says(_ADVERTISEMENT_HINT, text) and _ADVERTISEMENT.search(text) is not None


def _says(pattern: Any, text: str) -> bool:  # re2 has no types to offer
    """Whether `pattern` stands in `text`, in any case.

    RE2 knows no lone surrogates and no Turkish i: Python's `re` takes both Turkish letters for an
    `i` when case does not count.
    """
    plain = text.replace("\u0130", "i").replace("\u0131", "i")
    return pattern.search(plain.encode("utf-8", "replace")) is not None


def _agree(text: str, shown: str) -> bool:
    """Whether most words of each version stand in the other one, too."""
    if text.split() == shown.split():
        return True
    one, other = set(_WORD.findall(text.casefold())), set(_WORD.findall(shown.casefold()))
    if not one or not other:
        return not one and not other
    common = len(one & other)
    return common >= _AGREEMENT * len(one) and common >= _AGREEMENT * len(other)


def _largest_amount(text: str) -> int:
    if not _DIGIT.search(text) or not _says(_AMOUNT_HINT, text):
        return 0
    amounts = (_minor_units(found["after"] or found["before"]) for found in _AMOUNT.finditer(text))
    return min(max(amounts, default=0), _LARGEST_AMOUNT)


def _minor_units(digits: str) -> int:
    """`1,234.50`, `1.234,50`, `1'234.5` and `1 234` in minor units.

    The last point or comma is a decimal sign when one or two digits follow it, else it groups.
    """
    digits = re.sub(r"[ '’\u00a0]", "", digits).rstrip(".,")
    whole, sign, rest = digits.rpartition(max(".", ",", key=digits.rfind))
    if not sign or len(rest) > 2:
        whole, rest = digits, ""
    try:
        return int(Decimal(f"{re.sub('[.,]', '', whole) or 0}.{rest or 0}") * 100)
    except InvalidOperation:
        return _LARGEST_AMOUNT
