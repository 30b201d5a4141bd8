"""`gatepost policy fmt`: lay out policy files."""

import difflib
import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import read_sources
from policy.diagnostics import render_all
from policy.formatter import format_document
from policy.parser import parse
from policy.syntax import Source


def fmt(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file is not laid out.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what would change.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Lay out policy files in the one canonical way, keeping every word and comment.

    A file with a mistake of grammar is left as it is.

    Exit code 0: laid out. 1: with --check or --diff, a file would change. 2: a mistake of grammar.
    """
    broken = 0
    changed: list[str] = []
    for source in read_sources(paths):
        parsed = parse(source)
        if parsed.diagnostics:
            broken += 1
            typer.echo(render_all(parsed.diagnostics, {source.name: source.text}), err=True)
            continue
        laid = format_document(parsed.document)
        if laid == source.text:
            continue
        changed.append(source.name)
        if diff:
            typer.echo(_difference(source, laid), nl=False)
        if not (check or diff):
            # Written beside and renamed, so that a crash never leaves half a policy.
            beside = Path(f"{source.name}.new")
            beside.write_text(laid, "utf-8")
            beside.replace(source.name)
    if as_json:
        typer.echo(json.dumps({"changed": changed, "broken": broken}, indent=2))
    elif not diff:
        for name in changed:
            typer.echo(f"{name}: {'not laid out' if check else 'laid out'}")
    if broken:
        raise typer.Exit(2)
    raise typer.Exit(1 if changed and (check or diff) else 0)


def _difference(source: Source, laid: str) -> str:
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True),
        laid.splitlines(keepends=True),
        source.name,
        f"{source.name} (laid out)",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
