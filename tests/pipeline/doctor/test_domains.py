"""Each mistake in a domain's records is found, and a good set has nothing to mend."""

import asyncio
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from pipeline.doctor.domains import check_domain
from pipeline.doctor.finding import Finding, Verdict
from pipeline.mail.signing import DkimKey
from pipeline.names import Names, SilentServerError, resolver_at
from tests.pipeline.name_server import name_server

KEY = DkimKey("s", "shop.example", Ed25519PrivateKey.generate())
OTHER = DkimKey("s", "shop.example", Ed25519PrivateKey.generate())
SHORT = DkimKey("s", "shop.example", generate_private_key(65537, 1024))
GOOD = {
    ("shop.example", "MX"): ["10 mx.shop.example."],
    ("shop.example", "TXT"): ["v=spf1 include:relay.example -all", "another text"],
    ("relay.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
    ("s._domainkey.shop.example", "TXT"): [KEY.dns_record],
    ("_dmarc.shop.example", "TXT"): ["v=DMARC1; p=reject; rua=mailto:d@shop.example"],
    ("_mta-sts.shop.example", "TXT"): ["v=STSv1; id=20261124"],
}
MANY = {
    (f"{n}.many.example", "TXT"): [f"v=spf1 include:{n + 1}.many.example ~all"] for n in range(12)
} | {("12.many.example", "TXT"): ["v=spf1 -all"]}


def findings(
    change: Mapping[tuple[str, str], list[str]], keys: tuple[DkimKey, ...] = (KEY,),
    domain: str = "shop.example",
) -> list[Finding]:  # fmt: skip
    async def check(server: str) -> list[Finding]:
        return await check_domain(Names(resolver_at(server)), domain, keys)

    with name_server({**GOOD, **MANY, **change}) as server:
        return asyncio.run(check(server))


def test_a_good_domain_has_nothing_to_mend() -> None:
    found = findings({})
    assert [one.check for one in found] == ["mx", "spf", "dkim", "dmarc", "mta_sts"]
    assert {one.verdict for one in found} == {Verdict.OK}
    assert not any(one.mend for one in found)


@pytest.mark.parametrize(
    ("check", "record", "texts", "verdict", "what"),
    [
        ("mx", ("shop.example", "MX"), ["0 ."], "failure", "takes no mail"),
        ("mx", ("shop.example", "MX"), ["SERVFAIL"], "failure", "does not tell"),
        ("mx", ("shop.example", "MX"), [], "failure", "are lost"),
        ("spf", ("shop.example", "TXT"), ["v=spf10 -all"], "failure", "no SPF"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 -all", "v=spf1 ~all"], "failure", "2 SPF"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 +all"], "failure", "whole world"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 mx"], "advice", "says nothing"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 include:none.example -all"], "failure",
         "none.example"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 include:0.many.example -all"], "failure",
         "look-ups"),
        ("spf", ("shop.example", "TXT"), ["v=spf1 include:shop.example -all"], "ok", "include"),
        ("dkim", ("s._domainkey.shop.example", "TXT"), [], "failure", "not published"),
        ("dkim", ("s._domainkey.shop.example", "TXT"), [OTHER.dns_record], "failure",
         "another key"),
        ("dkim", ("s._domainkey.shop.example", "TXT"), ["v=DKIM1; k=ed25519; p="], "failure",
         "another key"),
        ("dkim", ("s._domainkey.shop.example", "TXT"), [KEY.dns_record + "; t=s:y"], "advice",
         "tested"),
        ("dkim", ("s._domainkey.shop.example", "TXT"), [KEY.dns_record] * 2 + ["x"], "failure",
         "several"),
        ("dmarc", ("_dmarc.shop.example", "TXT"), [], "failure", "no DMARC"),
        ("dmarc", ("_dmarc.shop.example", "TXT"), ["v=DMARC1; p=none"], "advice", "watched"),
        ("dmarc", ("_dmarc.shop.example", "TXT"), ["v=DMARC1; p=refuse"], "failure", "refuse"),
        ("dmarc", ("_dmarc.shop.example", "TXT"), ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
         "failure", "several"),
        ("mta_sts", ("_mta-sts.shop.example", "TXT"), [], "advice", "encrypt"),
        ("mta_sts", ("_mta-sts.shop.example", "TXT"), ["v=STSv1"], "failure", "id="),
    ],
)  # fmt: skip
def test_each_mistake_is_found_and_says_how_to_mend_it(
    check: str, record: tuple[str, str], texts: list[str], verdict: str, what: str
) -> None:
    (found,) = (one for one in findings({record: texts}) if one.check == check)
    assert (found.verdict, what in found.what) == (verdict, True), found
    assert bool(found.mend) is (verdict != "ok")


def test_a_domain_that_is_not_there_is_told_once() -> None:
    (found,) = findings({}, domain="nowhere.example")
    assert found.verdict is Verdict.FAILURE


def test_a_resolver_that_does_not_answer_is_told_once() -> None:
    class Silent(Names):
        async def exchangers(self, domain: str) -> list[tuple[int, str]]:
            raise SilentServerError("no answer from 192.0.2.53")

    (found,) = asyncio.run(check_domain(Silent(resolver_at("192.0.2.53")), "shop.example", [KEY]))
    assert (found.check, found.verdict) == ("dns", Verdict.FAILURE)
    assert "192.0.2.53" in found.what


def test_a_subdomain_is_under_the_policy_of_its_parent() -> None:
    change = {
        ("news.shop.example", "MX"): ["10 mx.shop.example."],
        ("_dmarc.shop.example", "TXT"): ["v=DMARC1; p=none; sp=reject"],
    }
    (found,) = (one for one in findings(change, domain="news.shop.example") if one.check == "dmarc")
    assert found.verdict is Verdict.OK
    assert "reject" in found.what


def test_a_short_key_is_told() -> None:
    change = {("s._domainkey.shop.example", "TXT"): [SHORT.dns_record]}
    (found,) = (one for one in findings(change, keys=(SHORT,)) if one.check == "dkim")
    assert found.verdict is Verdict.ADVICE
    assert "1024" in found.what
