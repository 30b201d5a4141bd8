"""`gatepost policy explain-code`: what a mistake means, by its code."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from policy.codes import codes
from policy.diagnostics import did_you_mean, nearest


def explain_code(
    code: Annotated[
        str | None, typer.Argument(help="A code such as GP0207; without one, all are listed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Explain a mistake by its code: its cause, an example that has it, and the example mended."""
    known = codes()
    if code is None:
        if as_json:
            typer.echo(json.dumps([asdict(one) for one in known.values()], indent=2))
            return
        for one in known.values():
            typer.echo(f"{one.code}  {one.title}")
        return
    found = known.get(code.upper())
    if found is None:
        near = nearest(code.upper(), known)
        mend = (
            did_you_mean(code.upper(), near, "code")
            if near
            else ("`gatepost policy explain-code` lists all")
        )
        typer.echo(f"gatepost: there is no code `{code}`; {mend}", err=True)
        raise typer.Exit(2)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
        return
    typer.echo(f"{found.code}: {found.title}\n\n{found.cause}\n")
    for label, text in (("wrong", found.wrong), ("right", found.right)):
        typer.echo(f"{label}{', in a pack' if found.in_pack else ''}:\n")
        typer.echo("".join(f"  {line}\n" for line in text.splitlines()))
