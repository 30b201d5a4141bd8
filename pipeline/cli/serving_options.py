"""The options of whatever works as `gatepost serve` does, and the settings that come of them."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # loads pydantic
    from pipeline.sender.settings import Settings

__all__ = [
    "PREFIX", "CertificateOption", "ServiceStore", "Smtp", "SmtpTls", "credential_files",
    "given_options", "settings_or_exit", "unread_variables",
]  # fmt: skip

PREFIX = "GATEPOST_"
"""What the name of every variable of Gatepost begins with."""
_MISSPELT = 0.8
_OF_OTHERS = (
    "API_KEY", "DEBUG", "IMAP_PASSWORD", "IMAP_TOKEN", "MAILBOX", "MODEL", "PASSWORD", "URL"
)  # fmt: skip
"""Variables that are no settings of the service."""

Smtp = Annotated[
    str | None,
    typer.Option(help="Mail server as host:port; sign-in by GATEPOST_SMTP_USERNAME, …_PASSWORD."),
]
SmtpTls = Annotated[
    str | None,
    typer.Option(
        help="required, opportunistic, implicit, or off (local only). [GATEPOST_SMTP_TLS]"
    ),
]
ServiceStore = Annotated[
    str | None,
    typer.Option(
        help="The store: an SQLite file, or postgresql://… [GATEPOST_STORE; default: gatepost.db]"
    ),
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the policy's certificate; without one it is proved anew."),
]


def settings_or_exit(smtp: str | None, smtp_tls: str | None, store: str | None) -> "Settings":
    """The settings, from options, variables and credentials; shows every mistake and exits 2.

    A variable that is nearly the name of a setting is a mistake, too: whoever misspells
    GATEPOST_CERTIFICATE_PUBLIC_KEY shall not run without.
    """
    from pydantic import ValidationError

    from pipeline.sender.settings import Settings

    mistakes = _misspelt(list(Settings.model_fields))
    try:
        settings = Settings(
            _secrets_dir=_credentials_folder(), **given_options(smtp, smtp_tls, store)
        )
    except ValidationError as error:
        mistakes += [
            f"{_name(one['loc'])}{one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        ]
    if mistakes:
        for mistake in mistakes:
            typer.echo(f"gatepost: {mistake}", err=True)
        raise typer.Exit(2)
    return settings


def given_options(smtp: str | None, smtp_tls: str | None, store: str | None) -> dict[str, Any]:
    """The settings that options give, by name; an option stands before a variable."""
    given: dict[str, Any] = {"store": store, "smtp_tls": smtp_tls}
    if smtp is not None:
        server, colon, number = smtp.rpartition(":")
        given |= {"smtp_host": server, "smtp_port": number} if colon else {"smtp_host": smtp}
    return {name: part for name, part in given.items() if part is not None}


def credential_files() -> dict[str, str]:
    """Names of settings that a file of the service manager gives, and the names of those files.

    The files lie in the folder $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=) and are
    named as the variables are, in letters of either kind, so a secret needs to stand in no
    environment. A variable stands before a file.
    """
    folder = _credentials_folder()
    names = sorted(path.name for path in folder.iterdir()) if folder else []
    return {
        name.upper().removeprefix(PREFIX).lower(): name
        for name in names
        if name.upper().startswith(PREFIX)
    }


def _credentials_folder() -> Path | None:
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named and Path(named).is_dir() else None


def unread_variables(fields: Iterable[str]) -> list[str]:
    """The variables GATEPOST_… of this environment that nothing reads; `fields` are settings."""
    known = {*_variables(fields)}
    return sorted(
        name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known
    )


def _name(place: tuple[int | str, ...]) -> str:
    """A setting as whoever gave it knows it; nothing for a mistake in several together."""
    if not place:
        return ""
    option = {"smtp_host": "--smtp or ", "smtp_port": "--smtp or ", "smtp_tls": "--smtp-tls or ",
              "store": "--store or "}.get(str(place[0]), "")  # fmt: skip
    return f"{option}{PREFIX}{'.'.join(map(str, place)).upper()}: "


def _misspelt(fields: list[str]) -> list[str]:
    found = []
    for name in unread_variables(fields):
        near = get_close_matches(name, _variables(fields), 1, _MISSPELT)
        if near:
            found.append(f"{name} is no setting; did you mean {near[0]}?")
    return found


def _variables(fields: Iterable[str]) -> list[str]:
    return [f"{PREFIX}{name.upper()}" for name in (*fields, *_OF_OTHERS)]
