"""The way out as the settings describe it."""

import ssl

from pipeline.names import Names, resolver_at
from pipeline.sender.delivery.connecting import Route
from pipeline.sender.delivery.routing import Exchangers, Relay, Routing
from pipeline.sender.delivery.sts_policies import StsPolicies, fetch_policy
from pipeline.sender.delivery.transport_security import TransportSecurity
from pipeline.sender.settings import Settings
from pipeline.store.database import Store
from pipeline.webhooks.target import is_public

__all__ = ["route_of", "routing_of"]

_MX_PORT = 25


def route_of(settings: Settings, tls_context: ssl.SSLContext | None = None) -> Route:
    """The relay; `tls_context` replaces the system's trust in certificates."""
    password = settings.smtp_password
    return Route(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        username=settings.smtp_username,
        password=password.get_secret_value() if password else None,
        token=settings.smtp_token,
        timeout=settings.smtp_timeout,
        dot_timeout=settings.smtp_dot_timeout,
        tls_context=tls_context,
        own_name=settings.smtp_own_name,
    )


def routing_of(
    settings: Settings, store: Store, tls_context: ssl.SSLContext | None = None
) -> Routing:
    """The relay, or each domain's own exchangers, whose promises are kept in `store`."""
    if settings.smtp_route == "relay":
        return Relay(route_of(settings, tls_context), settings.smtp_connections)
    like = Route(
        host="",
        port=_MX_PORT,
        tls=settings.smtp_tls,
        timeout=settings.smtp_timeout,
        dot_timeout=settings.smtp_dot_timeout,
        tls_context=tls_context,
        own_name=settings.smtp_own_name,
        # A certificate that nobody promised says nothing; `required` promises one.
        checks_certificate=settings.smtp_tls == "required",
    )
    names = Names()
    if settings.smtp_dane_resolver is not None:
        names = Names(resolver_at(settings.smtp_dane_resolver), validated=True)
    policies = StsPolicies(names, fetch_policy, store) if settings.smtp_mta_sts else None
    return Exchangers(
        names, like, settings.smtp_domain_connections, is_public, settings.smtp_only_encrypted,
        TransportSecurity(names, policies),
    )  # fmt: skip
