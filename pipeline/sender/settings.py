"""The settings of the service, from the command line and from `GATEPOST_…` variables."""

import os
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.access_token import AccessToken

__all__ = ["Settings", "host_and_port"]


class Settings(BaseSettings):
    """How this service runs; every field can be given as `GATEPOST_` and its name."""

    model_config = SettingsConfigDict(env_prefix="GATEPOST_", extra="forbid")

    store: Annotated[str, BeforeValidator(str)] = Field(
        "gatepost.db",
        description="an SQLite file, made when not there, or postgresql://USER:PASSWORD@HOST/NAME",
    )
    smtp_host: str = Field("localhost", description="the mail server that takes the mail")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_token_command: str | None = Field(
        None,
        description="prints the access token for each sign-in, instead of a password (XOAUTH2)",
    )
    smtp_token_file: Path | None = Field(
        None, description="a file that something keeps the access token in, likewise"
    )
    smtp_tls: Literal["required", "opportunistic", "implicit", "off"] = Field(
        "required", description="off sends in clear and is for a relay on this machine only"
    )
    smtp_connections: int = Field(20, ge=1, le=64, description="conversations held at once")
    smtp_route: Literal["relay", "mx"] = Field(
        "relay",
        description="relay hands everything to smtp_host; mx asks the DNS for each domain's own "
        "server (port 25), which most providers' networks do not let you",
    )
    smtp_domain_connections: int = Field(
        4, ge=1, le=20, description="conversations held at once with one domain (mx)"
    )
    smtp_only_encrypted: tuple[str, ...] = Field(
        (), description="domains to which mail waits rather than go without checked TLS (mx)"
    )
    smtp_mta_sts: bool = Field(
        True, description="keep what recipients' domains promise by MTA-STS, RFC 8461 (mx)"
    )
    smtp_dane_resolver: str | None = Field(
        None,
        description="IP address of a name server that validates DNSSEC, on a way that nobody else "
        "can write to, such as 127.0.0.1; with it, TLSA records bind (DANE, RFC 7672; mx)",
    )
    smtp_own_name: str | None = Field(
        None, description="the name this machine greets servers with; its own name when not given"
    )
    smtp_timeout: float = Field(60.0, gt=0, description="seconds to wait for an answer")
    smtp_dot_timeout: float = Field(
        600.0,
        gt=0,
        le=1500,  # the lease of a message whose dot was written is half an hour
        description="seconds to wait after the final dot (RFC 5321, 4.5.3.2.6)",
    )
    public_url: str | None = Field(
        None, description="where people reach this service, for unsubscribe links"
    )
    postal_address: str = Field("", description="the shop's postal address, for advertising")
    advertisement_label: str = "Advertisement"
    own_domains: tuple[str, ...] = Field(
        (), description="hosts to which links and answers may lead, besides that of the mailbox"
    )
    trusted_mail_servers: tuple[str, ...] = Field(
        (), description="names under which our own servers write Authentication-Results"
    )
    timezone: str = Field("UTC", description="IANA name of the shop's time zone")
    business_hours: str | None = Field(
        None, description="such as 9-17, Monday to Friday; not known when not given"
    )
    dkim_keys: dict[str, Path] = Field(
        {},
        description="PEM files of private keys by the names of their DNS records, such as "
        "mail._domainkey.shop.example; a message is signed with each key of its domain",
    )
    operator: str = Field(
        "", description="who runs this service, as the signed identity of its messages says it"
    )
    identity_keys: dict[str, Path] = Field(
        {},
        description="folders that `gatepost identity rotate` made, by the domain they speak for; "
        "what leaves from such a domain says who let it leave, signed",
    )
    certificate_public_key: Path | None = Field(
        None,
        description="PEM file of an Ed25519 public key; when given, a policy is served only with a "
        "certificate that this key signed",
    )
    escalation_team: str = Field(
        "escalation", description="who gets what was held longer than `then escalate` allows"
    )
    composing_processes: int = Field(
        max(1, (os.cpu_count() or 1) - 1), ge=1, le=64, description="that compose and sign messages"
    )
    when_unknown: dict[
        Literal["transactional", "marketing", "reply"], Literal["hold", "retry_once", "assume_sent"]
    ] = Field(
        {},
        description="what becomes of a message that may or may not have arrived, by its kind; hold "
        "leaves it to a person, and so does any kind that is not given",
    )
    keep_trying_hours: int = Field(48, ge=1, description="how long a message may wait for a server")
    receive_lmtp: str | None = Field(
        None, description="host:port on which mail is taken in over LMTP, such as 127.0.0.1:8024"
    )
    receive_smtp: str | None = Field(None, description="the same over SMTP")
    tracing: bool = Field(
        False, description="send traces by OpenTelemetry, as the variables OTEL_… say"
    )
    metrics_token: SecretStr | None = Field(
        None, description="what a Prometheus server sends to read /metrics; else an admin key"
    )
    webhooks_local: bool = Field(
        False, description="let webhooks go to private networks and over plain http"
    )
    keep_content_days: int | None = Field(
        None, ge=1, description="what messages say goes so long after they ended; None keeps it"
    )
    requests_per_minute: int = Field(
        6000, ge=0, description="of one API key, to all processes of a store; 0 for no limit"
    )
    largest_request: int = Field(26_214_400, description="bytes of a request body")
    stop_grace: float = Field(20.0, gt=0, description="seconds for running hand-overs on SIGTERM")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"{name!r} is not a time zone; write one such as Europe/Vienna"
            ) from None
        return name

    @model_validator(mode="after")
    def _one_way_to_sign_in(self) -> Self:
        ways = (self.smtp_password, self.smtp_token_command, self.smtp_token_file)
        if sum(way is not None for way in ways) > 1:
            raise ValueError(
                "give one of GATEPOST_SMTP_PASSWORD, GATEPOST_SMTP_TOKEN_COMMAND and "
                "GATEPOST_SMTP_TOKEN_FILE, not several"
            )
        if self.smtp_token is not None and self.smtp_username is None:
            raise ValueError("an access token is somebody's; give GATEPOST_SMTP_USERNAME, too")
        return self

    @field_validator("smtp_dane_resolver")
    @classmethod
    def _name_server(cls, text: str | None) -> str | None:
        if text is not None:
            from pipeline.names import resolver_at  # who has no such setting needs no DNS library

            resolver_at(text)
        return text

    @field_validator("receive_lmtp", "receive_smtp")
    @classmethod
    def _host_and_port(cls, text: str | None) -> str | None:
        if text is not None:
            host_and_port(text)
        return text

    @field_validator("public_url")
    @classmethod
    def _https(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith("https://"):
            raise ValueError("an unsubscribe link must be https (RFC 8058, 3.1)")
        return url.rstrip("/") if url else url

    @field_validator("business_hours")
    @classmethod
    def _two_hours(cls, text: str | None) -> str | None:
        if text is None:
            return None
        first, dash, last = text.partition("-")
        if not (dash and first.isdigit() and last.isdigit() and int(first) < int(last) <= 24):
            raise ValueError(f"{text!r} are no hours; write them as 9-17")
        return text

    def listening_places(self) -> dict[Literal["lmtp", "smtp"], tuple[str, int]]:
        """Host and port for each protocol over which mail is taken in."""
        given: dict[Literal["lmtp", "smtp"], str | None] = {
            "lmtp": self.receive_lmtp, "smtp": self.receive_smtp,
        }  # fmt: skip
        return {name: host_and_port(place) for name, place in given.items() if place}

    @property
    def smtp_token(self) -> AccessToken | None:
        """The access token for the relay, if it is signed in to with one."""
        if self.smtp_token_command is None and self.smtp_token_file is None:
            return None
        return AccessToken(file=self.smtp_token_file, command=self.smtp_token_command or "")

    @property
    def zone(self) -> tzinfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)


def host_and_port(text: str) -> tuple[str, int]:
    """`host:port` in its two parts; raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65_535):
        raise ValueError(f"{text!r} is no place to listen on; write it as 127.0.0.1:8024")
    return host.strip("[]"), int(port)
