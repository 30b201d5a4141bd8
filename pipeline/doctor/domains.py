"""The DNS records of a domain that mail is sent from, held against the keys that sign for it."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from pipeline.doctor.finding import Finding, advice, failure, ok
from pipeline.mail.signing import DkimKey
from pipeline.names import Names, NamesUnavailableError, NoSuchNameError, SilentServerError

__all__ = ["check_domain"]

_MOST_LOOKUPS = 10
_LOOKUP = re.compile(r"[+?~-]?(?:include|exists):(?P<name>\S+)|[+?~-]?(?:a|mx|ptr)(?:[:/]\S*)?")
_REDIRECT = re.compile(r"redirect=(?P<name>\S+)")
_SHORT_RSA = 2048
_ASK_ANOTHER = "try again, or ask another resolver"


async def check_domain(names: Names, domain: str, keys: Sequence[DkimKey]) -> list[Finding]:
    """SPF, DKIM, DMARC, MX and MTA-STS of `domain`; `keys` are all that this service has."""
    own = [key for key in keys if key.signs_for(f"@{domain}")]
    checks: list[tuple[str, Callable[[], Awaitable[list[Finding]]]]] = [
        ("mx", lambda: _mx(names, domain)),
        ("spf", lambda: _spf(names, domain)),
        ("dkim", lambda: _dkim(names, domain, own)),
        ("dmarc", lambda: _dmarc(names, domain)),
        ("mta_sts", lambda: _mta_sts(names, domain)),
    ]
    found: list[Finding] = []
    try:
        await names.exchangers(domain)
    except NoSuchNameError:
        what = "the domain does not exist"
        return [failure("mx", domain, what, "register it, or correct it")]
    except SilentServerError as error:
        return [failure("dns", domain, str(error), _ASK_ANOTHER)]
    except NamesUnavailableError:
        pass  # each check says so for itself
    for name, check in checks:
        try:
            found += await check()
        except NamesUnavailableError as error:
            found.append(failure(name, domain, str(error), _ASK_ANOTHER))
    return found


async def _mx(names: Names, domain: str) -> list[Finding]:
    exchangers = await names.exchangers(domain)
    if any(not host for _, host in exchangers):
        return [
            failure("mx", domain, "a null MX says that the domain takes no mail (RFC 7505)",
                    "publish an MX record: servers refuse senders that cannot be answered")
        ]  # fmt: skip
    if exchangers:
        return [ok("mx", domain, "replies and bounces reach " + exchangers[0][1])]
    if await names.addresses(domain):
        return [advice("mx", domain, "no MX record: mail goes to the domain's own address",
                       "publish an MX record for replies and bounces")]  # fmt: skip
    return [failure("mx", domain, "no MX record and no address: replies and bounces are lost",
                    "publish an MX record")]  # fmt: skip


async def _spf(names: Names, domain: str) -> list[Finding]:
    records = _records(await names.texts(domain), "v=spf1")
    if not records:
        return [failure("spf", domain, "there is no SPF record (RFC 7208)",
                        "publish TXT `v=spf1 include:… -all` with what your mail server's "
                        "operator names")]  # fmt: skip
    if len(records) > 1:
        return [failure("spf", domain, f"there are {len(records)} SPF records, so none counts",
                        "join them into one (RFC 7208, 4.5)")]  # fmt: skip
    terms = records[0].split()[1:]
    found = []
    count, missing = await _lookups(names, records[0], {domain})
    if missing:
        found.append(failure("spf", domain, f"it includes {missing}, which has no SPF record",
                             "take that include out, or correct it"))  # fmt: skip
    if count > _MOST_LOOKUPS:
        found.append(failure("spf", domain, f"it takes {count} DNS look-ups, more than "
                             f"{_MOST_LOOKUPS}, so receivers give up", "take includes out that "
                             "nobody needs (RFC 7208, 4.6.4)"))  # fmt: skip
    last = next((term for term in terms if term.lower().endswith("all")), None)
    if last in ("+all", "all"):
        found.append(failure("spf", domain, "it lets the whole world send as this domain",
                             "end it with -all"))  # fmt: skip
    elif last not in ("-all", "~all") and not _REDIRECT.search(records[0]):
        found.append(advice("spf", domain, "it says nothing of servers it does not name",
                            "end it with -all or ~all"))  # fmt: skip
    return found or [ok("spf", domain, records[0])]


async def _lookups(names: Names, record: str, seen: set[str]) -> tuple[int, str]:
    """How many look-ups a record costs, and a name that it includes in vain."""
    count, missing = 0, ""
    for term in record.split()[1:]:
        matched = _LOOKUP.fullmatch(term) or _REDIRECT.fullmatch(term)
        if matched is None:
            continue
        count += 1
        name = matched.groupdict().get("name")
        if name is None or "exists:" in term or "%" in name or name in seen:
            continue
        if count > _MOST_LOOKUPS or len(seen) > 3 * _MOST_LOOKUPS:
            break
        seen.add(name)
        below = _records(await names.texts(name), "v=spf1")
        if not below:
            missing = missing or name
            continue
        more, lost = await _lookups(names, below[0], seen)
        count, missing = count + more, missing or lost
    return count, missing


async def _dkim(names: Names, domain: str, keys: Iterable[DkimKey]) -> list[Finding]:
    found: list[Finding] = []
    for key in keys:
        where, wanted = key.record_name, _tags(key.dns_record)
        publish = f"publish TXT {where} with: {key.dns_record}"
        records = await names.texts(where)
        tags = [_tags(record) for record in records]
        if not records:
            found.append(failure("dkim", where, "its public key is not published", publish))
        elif len(records) > 1:
            found.append(failure("dkim", where, "there are several records, so none counts",
                                 f"leave one: {publish}"))  # fmt: skip
        elif tags[0].get("p") != wanted["p"] or tags[0].get("k", "rsa") != wanted["k"]:
            found.append(failure("dkim", where, "another key is published than the one that signs",
                                 publish))  # fmt: skip
        elif "y" in tags[0].get("t", "").split(":"):
            found.append(advice("dkim", where, "t=y says that signing is only being tested",
                                publish))  # fmt: skip
        elif wanted["k"] == "rsa" and _bits(key) < _SHORT_RSA:
            found.append(advice("dkim", where, f"the key has only {_bits(key)} bits",
                                "make one of 2,048 bits (RFC 8301, 3.2)"))  # fmt: skip
        else:
            found.append(ok("dkim", where, "the published key is the one that signs"))
    return found or [
        advice("dkim", domain, "no key of ours signs for the domain",
               "give one with GATEPOST_DKIM_KEYS, unless your mail server signs")
    ]  # fmt: skip


async def _dmarc(names: Names, domain: str) -> list[Finding]:
    labels = domain.split(".")
    for first in range(len(labels) - 1):
        where = "_dmarc." + ".".join(labels[first:])
        records = _records(await names.texts(where), "v=DMARC1")
        if len(records) > 1:
            return [failure("dmarc", where, "there are several DMARC records, so none counts",
                            "leave one")]  # fmt: skip
        if not records:
            continue
        tags = _tags(records[0])
        policy = tags.get("sp", tags.get("p", "")) if first else tags.get("p", "")
        if policy in ("quarantine", "reject"):
            return [ok("dmarc", where, f"forged mail is to be treated with {policy}")]
        if policy == "none":
            return [advice("dmarc", where, "forged mail is only watched (p=none)",
                           "once reports show that your own mail passes, set p=quarantine, then "
                           "p=reject")]  # fmt: skip
        return [failure("dmarc", where, f"its policy {policy!r} is none of RFC 7489",
                        "set p=none, p=quarantine or p=reject")]  # fmt: skip
    return [failure("dmarc", f"_dmarc.{domain}", "there is no DMARC record, which large "
                    "receivers ask for", f"publish TXT _dmarc.{domain} with: v=DMARC1; p=none; "
                    f"rua=mailto:dmarc@{domain}")]  # fmt: skip


async def _mta_sts(names: Names, domain: str) -> list[Finding]:
    where = f"_mta-sts.{domain}"
    records = _records(await names.texts(where), "v=STSv1")
    if len(records) == 1 and _tags(records[0]).get("id"):
        return [ok("mta_sts", where, "mail to this domain comes encrypted (RFC 8461)")]
    if records:
        return [failure("mta_sts", where, "the record counts for nothing: it must be one, with id=",
                        "publish one TXT record `v=STSv1; id=…`")]  # fmt: skip
    return [advice("mta_sts", where, "nobody is told to encrypt mail to this domain",
                   "publish an MTA-STS policy (RFC 8461), if your mail host can")]  # fmt: skip


def _records(texts: Iterable[str], version: str) -> list[str]:
    """The records of that version; RFC 7208, 4.5: the version must stand alone."""
    return [
        text for text in texts
        if text.lower() == version.lower()
        or text.lower().startswith((version.lower() + " ", version.lower() + ";"))
    ]  # fmt: skip


def _tags(record: str) -> Mapping[str, str]:
    """The tags of a `name=value; …` record, without the white space in values."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {
        name.strip().lower(): "".join(value.split()) for name, _, value in pairs if name.strip()
    }


def _bits(key: DkimKey) -> int:
    return getattr(key.private, "key_size", 256)
