"""`gatepost policy check`: every mistake of a policy in one run."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import json_of, load_files
from policy.loading import Loaded
from policy.review import overdue


def check(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day against which review dates are held."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show every mistake of a policy, with its place and how to mend it.

    The files given are one policy. `gatepost policy explain-code GP0207` tells more of a mistake.

    Exit code 0: no error (warnings may be shown). 2: errors.
    """
    loaded = _with_overdue(load_files(paths), today or datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps({"errors": loaded.errors, "diagnostics": json_of(loaded)}, indent=2))
    elif loaded.diagnostics:
        typer.echo(loaded.rendered())
    elif loaded.policy is not None:
        policy = loaded.policy
        packs = f", with the packs {', '.join(policy.packs)}" if policy.packs else ""
        typer.echo(
            f"{policy.name}: no mistakes in {len(policy.rules)} rules, "
            f"{len(policy.invariants)} invariants and {len(policy.examples)} examples{packs}"
        )
    raise typer.Exit(2 if loaded.errors else 0)


def _with_overdue(loaded: Loaded, today: datetime) -> Loaded:
    if loaded.policy is None:
        return loaded
    late = overdue(loaded.policy, today.date())
    return replace(loaded, diagnostics=(*loaded.diagnostics, *late))
