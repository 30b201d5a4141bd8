"""What domains promise by MTA-STS and DANE is kept, with a mail server that speaks TLS."""

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pipeline.names import Names, resolver_at
from pipeline.sender.delivery.connecting import Route, RouteDownError
from pipeline.sender.delivery.handing_over import Part, hand_over
from pipeline.sender.delivery.routing import Exchangers
from pipeline.sender.delivery.session import EndedError, Session
from pipeline.sender.delivery.sts_policies import CannotFetchError, StsPolicies
from pipeline.sender.delivery.transport_security import TransportSecurity
from pipeline.store.messages import Envelope
from tests.pipeline.name_server import name_server
from tests.pipeline.sender.delivery.test_session import claimed, marked

DOMAIN, HOST = "shop.example", "mx.shop.example"
ALL_SIGNED = (DOMAIN, HOST, f"_25._tcp.{HOST}")
STS = "version: STSv1\nmode: {}\nmx: {}\nmax_age: 86400\n"


@dataclass(frozen=True)
class Certificates:
    """An authority, one of ours that it vouches for, and the chain that a server shows."""

    authority: trustme.CA
    intermediate: trustme.CA
    context: ssl.SSLContext
    chain: tuple[bytes, ...]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """The certificates of `HOST`."""
    return issued(HOST)


def issued(name: str) -> Certificates:
    authority = trustme.CA()
    intermediate = authority.create_child_ca()
    leaf = intermediate.issue_cert(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    pems = [one.bytes() for one in leaf.cert_chain_pems]
    chain = [x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER) for pem in pems]
    return Certificates(authority, intermediate, context, tuple(chain))


class MailServer:
    """Speaks TLS where it has certificates; `got` says of each message if it came encrypted."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.context = context
        self.got: list[bool] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        encrypted = False
        try:
            writer.write(b"220 hello\r\n")
            while line := await reader.readline():
                verb = line[:4].strip().upper()
                if verb == b"STAR":
                    assert self.context is not None
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(self.context)
                    encrypted = True
                elif verb == b"EHLO" and self.context is not None and not encrypted:
                    writer.write(b"250-hello\r\n250 STARTTLS\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.got.append(encrypted)
                    writer.write(b"250 ok\r\n")
                else:
                    writer.write(b"250 ok\r\n")
        except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def sent(
    context: ssl.SSLContext | None,
    *,
    policy: str = "",
    tlsa: list[str] | None = None,
    signed: tuple[str, ...] = ALL_SIGNED,
    validated: bool = True,
    alias_of: str = "",
    under: str = HOST,
) -> str:
    """What becomes of a message to `DOMAIN`: encrypted, clear, or why it waits.

    The records `tlsa` stand under the name `under`; with `alias_of`, `HOST` is another name of it.
    """
    server = MailServer(context)

    async def fetch(domain: str) -> str:
        if policy:
            return policy
        raise CannotFetchError("none")

    async def run(port: int, dns: str) -> str:
        names = Names(resolver_at(dns), validated=validated)
        like = Route("", port, "opportunistic", timeout=2, checks_certificate=False)
        security = TransportSecurity(names, StsPolicies(names, fetch))
        exchangers = Exchangers(names, like, 4, lambda address: True, (), security)
        try:
            plan = await exchangers.plan(Envelope("o@s.example", (f"x@{DOMAIN}",)))
            session = Session(plan.legs[0].destination.routes)
            await session.open()
        except EndedError as ended:
            return f"{ended.result.event.value}: {ended.result.reply}"
        except RouteDownError as error:
            return f"defer: {error}"
        part = Part(session, (f"x@{DOMAIN}",))
        result = await hand_over(claimed(f"x@{DOMAIN}"), [part], marked)
        session.close()
        assert result.reply == "250 ok"
        return "encrypted" if server.got == [True] else "clear"

    async def serve() -> str:
        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        records: Mapping[tuple[str, str], list[str]] = {
            (DOMAIN, "MX"): [f"10 {HOST}."],
            (alias_of or HOST, "A"): ["127.0.0.1"],
            (HOST, "CNAME"): [f"{alias_of}."] if alias_of else [],
            (f"_mta-sts.{DOMAIN}", "TXT"): ["v=STSv1; id=1;"] if policy else [],
            (f"_{port}._tcp.{under}", "TLSA"): tlsa or [],
        }
        everywhere = [name.replace("_25.", f"_{port}.") for name in signed]
        with name_server(records, everywhere) as dns:
            try:
                return await run(port, dns)
            finally:
                listening.close()

    found = asyncio.run(serve())
    assert found.startswith("defer: ") or server.got  # what waits has not arrived
    return found


def trust(monkeypatch: pytest.MonkeyPatch, folder: Path, authority: trustme.CA) -> None:
    """Make it one of those that this machine trusts."""
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shown: Certificates) -> Certificates:
    trust(monkeypatch, tmp_path, shown.authority)
    return shown


def test_without_a_promise_whoever_answers_is_spoken_to(shown: Certificates) -> None:
    assert sent(shown.context) == "encrypted"
    assert sent(None) == "clear"


@pytest.mark.parametrize("mx", [HOST, "*.shop.example"])
def test_a_policy_that_is_enforced_and_met(trusted: Certificates, mx: str) -> None:
    assert sent(trusted.context, policy=STS.format("enforce", mx)) == "encrypted"


def test_a_policy_that_is_enforced_and_not_met(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trusted: Certificates
) -> None:
    enforce = STS.format("enforce", HOST)
    assert "4.7.5" in sent(trusted.context, policy=STS.format("enforce", "other.example"))
    assert "STARTTLS" in sent(None, policy=enforce)
    other = issued("other.shop.example")
    trust(monkeypatch, tmp_path, other.authority)
    assert "mismatch" in sent(other.context, policy=enforce)
    assert "self-signed certificate in" in sent(trusted.context, policy=enforce).replace(
        "unable to get local issuer certificate", "self-signed certificate in"
    )


@pytest.mark.parametrize("fault", ["certificate", "name", "clear"])
def test_a_policy_in_test_is_told_and_keeps_nothing_back(shown: Certificates, fault: str) -> None:
    policy = STS.format("testing", "other.example" if fault == "name" else HOST)
    with structlog.testing.capture_logs() as logs:
        found = sent(None if fault == "clear" else shown.context, policy=policy)
    assert found == ("clear" if fault == "clear" else "encrypted")
    (told,) = [one for one in logs if one["event"] == "mta_sts_not_met"]
    assert (told["domain"], told["host"]) == (DOMAIN, HOST)


def test_a_policy_in_test_that_is_met_is_not_told(trusted: Certificates) -> None:
    with structlog.testing.capture_logs() as logs:
        assert sent(trusted.context, policy=STS.format("testing", HOST)) == "encrypted"
    assert not logs


def test_a_policy_of_mode_none_and_one_that_cannot_be_read_promise_nothing(
    shown: Certificates,
) -> None:
    for policy in (STS.format("none", HOST), "no policy"):
        assert sent(shown.context, policy=policy) == "encrypted"
        assert sent(None, policy=policy) == "clear"


def record(usage: int, octets: bytes, selector: int = 1, matching: int = 1) -> str:
    if selector:
        key = x509.load_der_x509_certificate(octets).public_key()
        octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = {0: bytes, 1: lambda o: hashlib.sha256(o).digest(),
             2: lambda o: hashlib.sha512(o).digest()}[matching](octets)  # fmt: skip
    return f"{usage} {selector} {matching} {found.hex()}"


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize("usage", [2, 3])
def test_a_published_certificate_or_authority_is_believed(
    shown: Certificates, usage: int, selector: int, matching: int
) -> None:
    octets = shown.chain[0 if usage == 3 else 1]
    assert sent(shown.context, tlsa=[record(usage, octets, selector, matching)]) == "encrypted"


def test_one_of_several_is_enough_while_keys_are_changed(shown: Certificates) -> None:
    old = record(3, issued(HOST).chain[0])
    assert sent(shown.context, tlsa=[old, record(3, shown.chain[0])]) == "encrypted"


@pytest.mark.parametrize("usage", [2, 3])
def test_another_certificate_than_the_published_one_is_not(
    trusted: Certificates, usage: int
) -> None:
    other = issued(HOST).chain[0 if usage == 3 else 1]
    for policy in ("", STS.format("enforce", HOST)):  # which it would meet
        found = sent(trusted.context, tlsa=[record(usage, other)], policy=policy)
        assert "TLSA" in found


def test_what_is_published_for_an_authority_holds_for_no_server(shown: Certificates) -> None:
    assert "TLSA" in sent(shown.context, tlsa=[record(2, shown.chain[0])])
    assert "TLSA" in sent(shown.context, tlsa=[record(3, shown.chain[1])])


def test_an_authority_vouches_for_the_name_only() -> None:
    other = issued("other.shop.example")
    assert "mismatch" in sent(other.context, tlsa=[record(2, other.chain[1])])
    assert sent(other.context, tlsa=[record(3, other.chain[0])]) == "encrypted"  # RFC 7672, 3.1.1


def test_with_tlsa_records_nothing_goes_in_clear(shown: Certificates) -> None:
    assert "STARTTLS" in sent(None, tlsa=[record(3, shown.chain[0])])
    of_no_use = [record(1, shown.chain[0])]
    assert "STARTTLS" in sent(None, tlsa=of_no_use)
    assert sent(shown.context, tlsa=of_no_use) == "encrypted"


def test_a_server_that_may_have_records_waits_until_they_can_be_told(shown: Certificates) -> None:
    assert "4.7.5" in sent(shown.context, tlsa=["SERVFAIL"])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_not_validated_all_the_way_binds_nobody(shown: Certificates, place: int) -> None:
    signed = tuple(name for number, name in enumerate(ALL_SIGNED) if number != place)
    wrong = [record(3, issued(HOST).chain[0])]
    assert sent(shown.context, tlsa=wrong, signed=signed) == "encrypted"
    assert sent(shown.context, tlsa=wrong, validated=False) == "encrypted"


NAMED = "mail.provider.example"
ALIAS_SIGNED = (*ALL_SIGNED, NAMED, f"_25._tcp.{NAMED}")


def test_records_stand_where_an_alias_leads_and_name_that_server() -> None:
    server, of_alias = issued(NAMED), issued(HOST)
    there: dict[str, Any] = {"alias_of": NAMED, "under": NAMED, "signed": ALIAS_SIGNED}
    for usage in (2, 3):
        own = [record(usage, server.chain[0 if usage == 3 else 1])]
        assert sent(server.context, tlsa=own, **there) == "encrypted"
        assert "TLSA" in sent(of_alias.context, tlsa=own, **there)
    # Whom an authority vouches for is the server that its records stand under (RFC 7672, 3.2.2).
    assert "mismatch" in sent(of_alias.context, tlsa=[record(2, of_alias.chain[1])], **there)


@pytest.mark.parametrize("target_is_signed", [True, False])
def test_records_of_an_alias_itself_bind_where_there_are_no_others(
    shown: Certificates, target_is_signed: bool
) -> None:
    signed = ALIAS_SIGNED if target_is_signed else ALL_SIGNED
    for usage in (2, 3):
        own = [record(usage, shown.chain[0 if usage == 3 else 1])]
        assert sent(shown.context, tlsa=own, alias_of=NAMED, signed=signed) == "encrypted"
        assert "TLSA" in sent(issued(HOST).context, tlsa=own, alias_of=NAMED, signed=signed)


@pytest.mark.parametrize("unsigned", [HOST, NAMED])
def test_records_behind_an_alias_bind_nobody_unless_all_of_it_is_signed(
    shown: Certificates, unsigned: str
) -> None:
    wrong = [record(3, issued(HOST).chain[0])]
    signed = tuple(name for name in ALIAS_SIGNED if name != unsigned)
    found = sent(shown.context, tlsa=wrong, alias_of=NAMED, under=NAMED, signed=signed)
    assert found == "encrypted"


def test_an_alias_whose_records_cannot_be_told_waits(shown: Certificates) -> None:
    there: dict[str, Any] = {"alias_of": NAMED, "under": NAMED, "signed": ALIAS_SIGNED}
    assert "4.7.5" in sent(shown.context, tlsa=["SERVFAIL"], **there)
