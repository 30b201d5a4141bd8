"""Whether a message reads as advertising, whatever it is called.

A message about an order that offers other goods is commercial where its subject line says so, or
where what the customer waits for does not stand at the beginning (16 CFR 316.3(a)(2)). One phrase
of an offer in the subject decides, or two different ones at the beginning of the text; one alone
may be an answer to a question about a discount.
"""

import re2

from pipeline.mail.subjects import answered_subject

__all__ = ["advertises"]

_BEGINNING = 400
"""How many characters a reader sees without scrolling on a telephone, about."""
_ENOUGH = 2
_PERCENT = r"\d{1,2}\s?(?:%|percent|prozent|pour cent|por ciento|per cento|procent)"
_KINDS = (
    _PERCENT + r"\s?(?:off|discount|rabatt|reduziert|g[uü]nstiger|de (?:r[eé]duction|remise"
    r"|descuento|rebaja)|di sconto|korting)|(?:save|spare|sparen sie|economisez|[eé]conomisez"
    r"|ahorra|risparmia|bespaar)(?: \w+){0,3} " + _PERCENT,
    r"\b(?:shop|buy|order) (?:now|today|the (?:sale|collection|look))\b|\bjetzt (?:kaufen|shoppen"
    r"|zugreifen|bestellen)\b|\b(?:achetez|commandez|profitez-en) (?:maintenant|vite|aujourd)"
    r"|\bcompra (?:ya|ahora)\b|\b(?:compra|acquista) (?:ora|subito)\b|\b(?:koop|shop|bestel) nu\b",
    r"\b(?:limited|exclusive|special|unbeatable|last[- ]minute)(?:[- ]time)? (?:offers?|deals?"
    r"|discounts?|prices?)\b|\bbegrenzte(?:s)? (?:zeit|angebot)|\bexklusive(?:s|r)? (?:angebote?"
    r"|rabatte?)\b|\boffres? (?:exclusives?|limit[eé]es?|sp[eé]ciales?)\b|\bofertas? (?:exclusivas?"
    r"|limitadas?|especial(?:es)?)\b|\boffert[ae] (?:esclusiv[ae]|limitat[ae]|special[ei])\b"
    r"|\b(?:exclusieve|tijdelijke) (?:aanbieding|korting)",
    r"\b(?:summer|winter|spring|autumn|holiday|flash|clearance|weekend|mid-?season|end of season)"
    r" sale\b|\bsale (?:ends|starts|now on|is on)\b|\bblack friday\b|\bcyber monday\b"
    r"|\b(?:sommer|winter|schluss)(?:schluss)?verkauf\b|\bsoldes\b|\brebajas\b|\bsaldi\b"
    r"|\buitverkoop\b",
    r"\b(?:don['’]?t|do not) miss (?:out|this|it|our)\b|\b(?:hurry|while stocks? lasts?|act (?:now"
    r"|fast)|ends (?:tonight|soon|at midnight))\b|\bnur (?:noch )?(?:heute|solange der vorrat)"
    r"|\bne (?:manquez|ratez) pas\b|\bno te (?:lo |la )?pierdas\b|\bnon perdere\b|\bmis (?:het|dit)"
    r" niet\b",
    r"\b(?:discover|check out|browse|explore) (?:our|the|all) (?:\w+ ){0,2}(?:new |latest )?"
    r"(?:arrivals?|collections?|deals?|range|styles?|bestsellers?)\b|\bnew arrivals\b"
    r"|\bentdecken sie (?:unsere|die) (?:\w+ )?(?:kollektion|neuheiten|angebote)"
    r"|\bd[eé]couvrez (?:notre|nos|la) (?:nouvelle )?(?:collections?|nouveaut[eé]s|offres)"
    r"|\bdescubre (?:nuestra|nuestras|la) (?:nueva )?(?:colecci[oó]n|ofertas|novedades)"
    r"|\bscopri (?:la|le|i) (?:nuova |nostre |nostri )?(?:collezione|offerte|novit[aà])"
    r"|\bontdek (?:onze|de) (?:nieuwe )?(?:collectie|aanbiedingen)",
    r"\b(?:use|enter|with) (?:the )?(?:promo(?:tion(?:al)?)?|discount|coupon|voucher)?[- ]?code"
    r" [A-Z0-9]{4,}\b|\bmit dem (?:gutschein|rabatt)?code\b|\bavec le code\b|\bcon el c[oó]digo\b"
    r"|\bcon il codice\b|\bmet (?:de )?(?:kortings)?code\b",
    r"\bfree (?:shipping|delivery|gift) (?:on|with) (?:all|every|orders|any|your next)\b"
    r"|\b(?:treat|reward) yourself\b|\bbuy (?:one|two|2|1),? get\b|\bup to " + _PERCENT,
)


def _made() -> re2.Set:
    options = re2.Options()
    options.case_sensitive = False
    made = re2.Set.SearchSet(options)
    for pattern in _KINDS:
        made.Add(pattern)
    made.Compile()
    return made


_OFFERS = _made()


def advertises(subject: str, text: str) -> bool:
    """Whether `subject` or the beginning of `text` (what a reader sees) makes an offer.

    The subject of an answer is the customer's own and says nothing of the shop.
    """
    if answered_subject(subject) is None and _offers(subject):
        return True
    return _offers(text[:_BEGINNING].strip()) >= _ENOUGH


def _offers(text: str) -> int:
    """How many different kinds of offer stand in `text`."""
    return len(_OFFERS.Match(text.encode("utf-8", "replace")) or ())
