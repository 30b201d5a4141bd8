"""`gatepost policy facts`: the vocabulary as a table."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit
from policy.facts import BoolType, EnumType, Fact, NumberType, SetType
from policy.literals import shown
from policy.vocabulary import BUILT_IN


def facts(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Add the facts that these policy files declare.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """List the facts that a rule may read: type, range, origin and meaning."""
    vocabulary = policy_or_exit(paths).vocabulary if paths else BUILT_IN
    rows = [
        {"name": fact.name, "type": _type(fact), "origin": fact.origin.value, "doc": fact.doc}
        for fact in vocabulary.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("fact", "type", "origin", "meaning"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(row["name"], row["type"], row["origin"], row["doc"])
    Console().print(table)


def _type(fact: Fact) -> str:
    match fact.type:
        case BoolType():
            return "true or false"
        case EnumType(values):
            return "one of " + ", ".join(values)
        case SetType(members):
            return "set of " + ", ".join(members)
        case NumberType() as kind:
            return f"{kind.unit.value}, {shown(kind, kind.low)} to {shown(kind, kind.high)}"
        case _:
            return "text"
