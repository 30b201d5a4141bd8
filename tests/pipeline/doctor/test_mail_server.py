"""The mail server as the doctor meets it: absent, in clear, with a bad certificate, well."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pipeline.doctor.finding import Finding
from pipeline.doctor.mail_server import check_mail_server, check_own_name
from pipeline.names import Names, resolver_at
from pipeline.sender.delivery.connecting import Route
from tests.pipeline.name_server import name_server


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(certificate: trustme.LeafCert | None = None, limit: int = 2**25) -> Iterator[int]:
    def authenticate(*arguments: Any) -> AuthResult:
        data = arguments[-1]
        good = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=good, handled=False)

    more: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        more = {"tls_context": context, "authenticator": authenticate}
    controller = _AnyPort(object(), hostname="127.0.0.1", port=0, data_size_limit=limit, **more)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def findings(route: Route) -> dict[str, Finding]:
    with name_server({}) as server:
        found = asyncio.run(check_mail_server(route, Names(resolver_at(server))))
    return {one.check: one for one in found}


def test_a_good_server(authority: trustme.CA, trust: ssl.SSLContext) -> None:
    with mail_server(authority.issue_cert("localhost")) as port:
        route = Route("localhost", port, "required", "me", "right", tls_context=trust)
        found = findings(route)
    assert {name: one.verdict for name, one in found.items()} == {
        "smtp": "ok", "smtp_tls": "ok", "smtp_sign_in": "ok",
    }  # fmt: skip
    assert "TLS" in found["smtp_tls"].what


def test_wrong_credentials(authority: trustme.CA, trust: ssl.SSLContext) -> None:
    with mail_server(authority.issue_cert("localhost")) as port:
        route = Route("localhost", port, "required", "me", "wrong", tls_context=trust)
        assert findings(route)["smtp_sign_in"].verdict == "failure"


def test_a_sign_in_that_nobody_gave(authority: trustme.CA, trust: ssl.SSLContext) -> None:
    with mail_server(authority.issue_cert("localhost")) as port:
        found = findings(Route("localhost", port, "required", tls_context=trust))
        assert found["smtp_sign_in"].verdict == "advice"


def test_a_certificate_that_ends_soon(authority: trustme.CA, trust: ssl.SSLContext) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    with mail_server(authority.issue_cert("localhost", not_after=soon)) as port:
        found = findings(Route("localhost", port, "required", tls_context=trust))
        assert (found["smtp_tls"].verdict, "ends on" in found["smtp_tls"].what) == ("advice", True)


@pytest.mark.parametrize("name", ["another.example", None])
def test_a_certificate_that_does_not_hold(
    authority: trustme.CA, trust: ssl.SSLContext, name: str | None
) -> None:
    issuer = authority if name else trustme.CA()  # another name, or nobody we trust
    with mail_server(issuer.issue_cert(name or "localhost")) as port:
        found = findings(Route("localhost", port, "required", tls_context=trust))
    assert found["smtp_tls"].verdict == "failure", found
    assert "certificate" in found["smtp_tls"].what


def test_no_encryption_where_it_is_required() -> None:
    with mail_server() as port:
        assert findings(Route("localhost", port, "required"))["smtp_tls"].verdict == "failure"


def test_a_server_nobody_answers_at() -> None:
    assert findings(Route("127.0.0.1", 1, "off"))["smtp"].verdict == "failure"


def test_a_small_limit_is_told() -> None:
    with mail_server(limit=1_000_000) as port:
        found = findings(Route("127.0.0.1", port, "off"))
    assert found["smtp_size"].verdict == "advice"
    assert found["smtp_tls"].verdict == "ok"  # in clear, and no further than this machine


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("out.shop.example", "ok"),
        ("other.shop.example", "failure"),
        ("none.example", "failure"),
        (None, "failure"),
    ],
)
def test_the_name_we_greet_with(name: str | None, verdict: str) -> None:
    records = {
        ("out.shop.example", "A"): ["192.0.2.1"],
        ("other.shop.example", "A"): ["192.0.2.1"],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["out.shop.example."],
    }
    with name_server(records) as server:
        (found,) = asyncio.run(check_own_name(name, Names(resolver_at(server))))
    assert found.verdict == verdict
