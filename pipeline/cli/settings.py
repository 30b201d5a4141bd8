"""`gatepost settings`: what is in force, and where it comes from."""

import json
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.serving_options import (
    PREFIX,
    ServiceStore,
    Smtp,
    SmtpTls,
    credential_files,
    given_options,
    settings_or_exit,
    unread_variables,
)

if TYPE_CHECKING:  # loads pydantic
    from pipeline.sender.settings import Settings

_OPTIONS = {"smtp_host": "--smtp", "smtp_port": "--smtp", "smtp_tls": "--smtp-tls",
            "store": "--store"}  # fmt: skip


def settings(
    smtp: Smtp = None,
    smtp_tls: SmtpTls = None,
    store: ServiceStore = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only those that are not as by default.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show every setting that `serve` and `doctor` would run with here, given the same options.

    Each stands with its value and where that comes from: an option, a variable GATEPOST_… of this
    environment, a credential of the service manager, or the default; the first of these that is
    given is in force. Secrets are masked. Nothing is
    opened, reached or changed. Exit code 0: all can be used. 2: one cannot.
    """
    found = settings_or_exit(smtp, smtp_tls, store)
    rows = list(_rows(found, set(given_options(smtp, smtp_tls, store))))
    shown = [row for row in rows if row["from"] != "default"] if changed else rows
    if as_json:
        for row in shown:
            typer.echo(json.dumps(row, ensure_ascii=False))
    else:
        for row in shown:
            typer.echo(f"{row['name']:<24} {_text(row['value']):<30} {row['from']}")
    if changed and not shown:
        typer.echo("Every setting is as by default.", err=True)
    for name in unread_variables(row["name"] for row in rows):
        typer.echo(f"gatepost: {name} is no setting", err=True)


def _rows(settings: "Settings", options: set[str]) -> Iterator[dict[str, Any]]:
    variables = {name.upper() for name in os.environ}
    credentials = credential_files()
    values = settings.model_dump(mode="json")  # masks what is secret
    for name, field in type(settings).model_fields.items():
        variable = f"{PREFIX}{name.upper()}"
        if name in options:
            source = _OPTIONS[name]
        elif variable in variables:
            source = variable
        else:
            source = f"credential {credentials[name]}" if name in credentials else "default"
        value = values[name]
        if value and name in _SHOWN:
            value = _SHOWN[name](value)
        yield {"name": name, "value": value, "from": source, "variable": variable,
               "description": field.description or ""}  # fmt: skip


def _without_password(store: str) -> str:
    """The store's name; a database's without what lets anybody in."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if "://" not in store:
        return store
    try:
        url = make_url(store)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        return f"{store.partition('://')[0]}://***"
    masked = {name: "***" for name in url.query if "pass" in name.lower()}
    return url.update_query_dict(masked).render_as_string(hide_password=True)


def _without_arguments(command: str) -> str:
    """The program that is run; what it is given may be a secret."""
    program, *arguments = command.split(maxsplit=1) or [""]
    return f"{program} ***" if arguments else program


_SHOWN = {"store": _without_password, "smtp_token_command": _without_arguments}


def _text(value: object) -> str:
    if value is None or value in ([], {}, ""):
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
