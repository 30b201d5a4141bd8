import asyncio

import httpcore
import pytest

from pipeline.webhooks.target import TargetError, VettedNetwork, check_url, is_public


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fd00::1", "fe80::1%eth0",
     "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "2001::1", "ff02::1",
     "2001:db8::1"],
)  # fmt: skip
def test_what_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/h", "ftp://shop.example/h", "https:///h", "https://u:p@shop.example/h",
     "https://shop.example:25/h", "https://127.0.0.1/h", "https://[::1]/h", "https://x:99999/h",
     "https://shop.example/a b", "https://shop.example/\r\nX: y", "file:///etc/passwd",
     "shop.example"],
)  # fmt: skip
def test_urls_that_no_webhook_may_have(url: str) -> None:
    with pytest.raises(TargetError) as refused:
        check_url(url, local=False)
    assert refused.value.mend


def test_a_shop_may_allow_its_own_network() -> None:
    check_url("http://10.0.0.7:8080/hook", local=True)
    check_url("https://hooks.shop.example/a?b=c", local=False)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1"]
)
def test_whatever_a_name_resolves_to_is_vetted_when_it_is_connected_to(host: str) -> None:
    async def connect() -> None:
        await VettedNetwork(local=False).connect_tcp(host, 443, timeout=2)

    with pytest.raises(httpcore.ConnectError, match=r"public Internet|resolved"):
        asyncio.run(connect())


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def connect() -> None:
        loop = asyncio.get_running_loop()

        async def both(*_: object, **__: object) -> list[object]:
            return [(2, 1, 6, "", ("9.9.9.9", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

        monkeypatch.setattr(loop, "getaddrinfo", both)
        await VettedNetwork(local=False).connect_tcp("rebind.example", 443, timeout=2)

    with pytest.raises(httpcore.ConnectError, match="public Internet"):
        asyncio.run(connect())
