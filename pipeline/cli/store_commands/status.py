"""`gatepost store status`: what stands in a store, at a glance."""

import json
from typing import Annotated, Any

import typer

from pipeline.cli.store_option import DEFAULT_STORE, StoreOption


def status(
    store: StoreOption = DEFAULT_STORE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show schema, policy in force, audit log and messages by state; the service may be running.

    Exit code 0: a store of this version. 2: no store, or one that must be upgraded.
    """
    from pipeline.store.database import CannotOpenError, read_store
    from pipeline.store.status import status_of

    try:
        found = read_store(store, status_of)
    except CannotOpenError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(found))
        return
    for line in _lines(found):
        typer.echo(line)


def _lines(found: dict[str, Any]) -> list[str]:
    policy, audit = found["policy"], found["audit"]
    sending = "paused" if found["paused"] else "on"
    lines = [
        f"schema    {found['schema']}, up to date",
        f"sending   {sending}",
        f"policy    version {policy['version']}, digest {policy['digest'][:16] or 'none yet'}",
        f"audit     {audit['rows']} rows, last hash {audit['hash'][:16]}",
    ]
    lines += [f"{count:>9} {state}" for state, count in found["messages"].items()]
    return lines if found["messages"] else [*lines, "no messages yet"]
