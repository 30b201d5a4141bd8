"""`gatepost person list`: who may sign in to the console."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def list_people(
    store: StoreOption = DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show everybody who may or might sign in; the service may be running.

    Exit code 2: there is no such store.
    """
    from pipeline.store import people
    from pipeline.store.database import CannotOpenError, read_store

    try:
        rows = read_store(store, people.list_people)
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    for row in rows:
        if as_json:
            typer.echo(json.dumps(dict(row), ensure_ascii=False))
            continue
        roles = ", ".join(row["roles"]) or "no team"
        since = row["disabled_at"]
        state = f"disabled since {_day(since)}" if since else "may sign in"
        typer.echo(f"{row['name']:<30} {roles:<30} {state}")
    if not rows and not as_json:
        typer.echo("Nobody may sign in yet: gatepost person create NAME --role TEAM", err=True)


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d}"
