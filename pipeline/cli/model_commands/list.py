"""`gatepost model list`: the versions of a model, and which is live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption


def list_versions(
    model: ModelOption = DEFAULT_MODEL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every version, how it did when it was trained, and since when it has been live.

    Exit code 2: the folder holds no versions, or they cannot be read.
    """
    import json

    from classifier.versions import VersionError, names, releases

    try:
        history = releases(model)
        found = [_version(model / name) for name in names(model)]
    except (VersionError, OSError) as error:
        typer.echo(f"gatepost model list: {error}", err=True)
        raise typer.Exit(2) from None
    if not found:
        typer.echo(
            f"gatepost model list: {model} keeps no versions; `gatepost train` makes one", err=True
        )
        raise typer.Exit(2)
    live = history[-1].version if history else None
    for one in found:
        one["live"] = one["version"] == live
        one["released"] = [
            {"at": each.at, "why": each.why} for each in history if each.version == one["version"]
        ]
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    typer.echo(f"{'':2}{'version':<9}{'digest':<14}{'intents':>8}  {'yours':>6}  released")
    for one in found:
        last = one["released"][-1] if one["released"] else None
        typer.echo(
            f"{'*' if one['live'] else ' ':2}{one['version']:<9}{one['digest'][:12]:<14}"
            f"{_share(one['intents_held_out']):>8}  {one['learned']:>6}  "
            + (f"{last['at']}  {last['why']}" if last else "never")
        )
    typer.echo("* live. intents: right on templates held out. yours: labels of your own learned.")


def _version(folder: Path) -> dict[str, Any]:
    """What a manifest says, without loading the arrays; empty fields where it cannot be read."""
    import json

    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        card = manifest["card"]
        return {
            "version": folder.name,
            "digest": manifest["digest"],
            "intents_held_out": card["held_out"]["intent_accuracy"],
            "learned": card.get("own", {}).get("learned", 0),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {"version": folder.name, "digest": "", "intents_held_out": None, "learned": 0}


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.1%}"
