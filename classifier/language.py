"""Which language a text is in, from its script and its function words."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNKNOWN: Final = "und"
SUPPORTED: Final[frozenset[str]] = frozenset({"en"})
"""Languages whose intents the model has learnt; signals also read German, French and Spanish."""

_FUNCTION_WORDS: Final[dict[str, str]] = {
    "en": (
        "the and you is my to of i it have for this that in was not are with on be your me we "
        "from but do can please what when has will at an or if how been would did any there "
        "get where why hello hi thanks thank dear order"
    ),
    "de": (
        "der die das und ich nicht ist ein eine zu mit den von sie wir auf für habe dass es "
        "bitte mein meine ihr ihre im dem auch noch aber wie wann wird wurde bei oder guten "
        "tag hallo danke sehr geehrte bestellung"
    ),
    "fr": (
        "le la les et je ne pas est un une de des du vous nous que qui dans pour avec sur ma "
        "mon mes votre vos ce cette il elle au aux par mais ai été bonjour merci quand où "
        "commande"
    ),
    "es": (
        "el la los las y no es un una de del que en por para con mi mis su sus se lo le me yo "
        "ha he está pero como cuando hola gracias buenos días pedido al este esta dónde"
    ),
    "it": (
        "il lo la gli le e non è un una di del della che in per con mio mia su si ho ha sono "
        "ma come quando buongiorno grazie ordine al questo questa vorrei dove"
    ),
    "pt": (
        "o a os as e não é um uma de do da dos das que em por para com meu minha seu sua se "
        "eu foi está mas como quando olá obrigado obrigada pedido ao este esta onde"
    ),
    "nl": (
        "de het een en ik niet is van te dat die in op voor met mijn uw je we zijn er maar "
        "hoe wanneer aan heb heeft graag hallo bedankt bestelling naar bij ook nog"
    ),
    "pl": (
        "i w nie na się z do to jest że mam mi moje moja jak kiedy proszę dzień dobry "
        "dziękuję zamówienie od za po czy ale"
    ),
    "sv": (
        "och jag inte är en ett att det som på för med min mitt ni vi har hej tack av till om "
        "men när var från den beställning"
    ),
    "da": (
        "og jeg ikke er en et at det som på for med min mit i vi har hej tak af til om men "
        "når hvor fra den bestilling"
    ),
}
_LANGUAGES: Final = tuple(_FUNCTION_WORDS)
_LISTED: Final = {
    word: place
    for place, word in enumerate(sorted(set(" ".join(_FUNCTION_WORDS.values()).split())))
}
LISTED_WIDTH: Final = -(-len(_LISTED) // 64)
"""Numbers of 64 bits that have a bit for each function word."""
_NONE_LISTED: Final = np.zeros(LISTED_WIDTH, dtype=np.uint64)
_VOTES: Final = np.zeros((64 * LISTED_WIDTH, len(_LANGUAGES)), dtype=np.float32)
"""For each function word, the languages it speaks for."""
for _language, _listed in enumerate(_FUNCTION_WORDS.values()):
    _VOTES[[_LISTED[_word] for _word in _listed.split()], _language] = 1
_SCRIPTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)
_ANY_SCRIPT: Final = re.compile("|".join(script.pattern for _, script in _SCRIPTS))
_SPACES: Final = dict.fromkeys(map(ord, ".,;:!?()[]\"'\u2019\u00bf\u00a1<>/&-"), " ")
READ: Final = 500
"""Characters of a text that are read."""


def recognise_language(text: str) -> str:
    """The ISO 639-1 code of the language most of `text` is in, or `und` when it cannot be told.

    `text` is as written, not its normal form: accents are evidence. Short texts with no function
    word at all are `und`.
    """
    text = text[:READ]
    return language_of_script(text) or languages_of_words(listed_words(text)[None])[0]


def language_of_script(text: str) -> str | None:
    """The language that most of the letters of `text` are written in, where its script tells."""
    if text.isascii() or not _ANY_SCRIPT.search(text):
        return None
    letters = sum(map(len, text.translate(_SPACES).split()))
    found = ((language, len(script.findall(text)) * 2) for language, script in _SCRIPTS)
    return next((language for language, twice in found if twice > letters > 0), None)


def listed_words(text: str) -> NDArray[np.uint64]:
    """The function words in `text`, as `LISTED_WIDTH` numbers with a bit for each."""
    words = _LISTED.keys() & text.lower().translate(_SPACES).split()
    if not words:
        return _NONE_LISTED
    found = 0
    for word in words:
        found |= 1 << _LISTED[word]
    return np.frombuffer(found.to_bytes(8 * LISTED_WIDTH, "little"), dtype="<u8")


def languages_of_words(listed: NDArray[np.uint64]) -> list[str]:
    """The language that most function words of each text speak for; of equals, English first.

    `listed` is of shape (texts, `LISTED_WIDTH`). A text without a function word is `und`.
    """
    bits = np.unpackbits(listed.view(np.uint8), axis=1, bitorder="little")
    votes = bits.astype(np.float32) @ _VOTES
    chosen = np.where(votes.any(axis=1), votes.argmax(axis=1), len(_LANGUAGES))
    return [(*_LANGUAGES, UNKNOWN)[place] for place in chosen.tolist()]
