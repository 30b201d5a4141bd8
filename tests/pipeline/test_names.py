import asyncio

import pytest

from pipeline.names import Names, NamesUnavailableError, NoSuchNameError, resolver_at
from tests.pipeline.name_server import name_server

RECORDS = {
    ("shop.example", "MX"): ["20 b.shop.example.", "10 A.shop.example."],
    ("null.example", "MX"): ["0 ."],
    ("shop.example", "TXT"): ["v=spf1 -all"],
    ("a.shop.example", "A"): ["192.0.2.1"],
    ("a.shop.example", "AAAA"): ["2001:db8::1"],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["a.shop.example."],
    ("broken.example", "MX"): ["SERVFAIL"],
}


def test_the_three_answers() -> None:
    async def ask(server: str) -> None:
        names = Names(resolver_at(server))
        assert await names.exchangers("shop.example") == [
            (10, "a.shop.example"),
            (20, "b.shop.example"),
        ]
        assert await names.exchangers("null.example") == [(0, "")]
        assert await names.exchangers("a.shop.example") == []
        assert await names.texts("shop.example") == ["v=spf1 -all"]
        assert await names.texts("nowhere.example") == []
        assert await names.addresses("a.shop.example") == ["192.0.2.1", "2001:db8::1"]
        assert await names.hosts_of("192.0.2.1") == ["a.shop.example"]
        with pytest.raises(NoSuchNameError):
            await names.exchangers("nowhere.example")
        with pytest.raises(NamesUnavailableError):
            await names.exchangers("broken.example")

    with name_server(RECORDS) as server:
        asyncio.run(ask(server))


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("9.9.9.9", "9.9.9.9", 53),
        ("127.0.0.1:5353", "127.0.0.1", 5353),
        ("2620:fe::fe", "2620:fe::fe", 53),
        ("[2620:fe::fe]:54", "2620:fe::fe", 54),
        ("[2620:fe::fe]", "2620:fe::fe", 53),
    ],
)
def test_a_server_is_written_as_an_address(text: str, address: str, port: int) -> None:
    resolver = resolver_at(text)
    assert (resolver.nameservers, resolver.port) == ([address], port)


@pytest.mark.parametrize("text", ["dns.example", "", "127.0.0.1:x", "1.2.3:53"])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="name server"):
        resolver_at(text)


@pytest.mark.parametrize(
    ("signed", "names"),
    [
        (["mx.shop.example", "host.example"], ["host.example", "mx.shop.example"]),
        (["mx.shop.example"], ["mx.shop.example"]),
        (["host.example"], []),
    ],
)
def test_an_alias_is_vouched_for_as_far_as_it_is_signed(
    signed: list[str], names: list[str]
) -> None:
    records = {
        ("mx.shop.example", "CNAME"): ["host.example."],
        ("host.example", "A"): ["192.0.2.1"],
    }
    with name_server(records, signed) as server:
        asked = Names(resolver_at(server), validated=True)
        assert asyncio.run(asked.validated_names("mx.shop.example")) == names
        assert asyncio.run(asked.validated_names("nowhere.example")) == []
