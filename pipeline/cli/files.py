"""What the verbs share of reading policy files and saying what is wrong with them."""

from pathlib import Path
from typing import Any

import typer

from pipeline import policy_files
from policy.loading import Loaded, load
from policy.rules import Policy
from policy.syntax import Source

__all__ = ["json_of", "load_files", "policy_or_exit", "read_sources"]


def read_sources(paths: list[Path]) -> list[Source]:
    """The policy files named; a folder stands for all `*.policy` in it. Exits 2 when unreadable."""
    try:
        return policy_files.read_sources(paths)
    except policy_files.PolicyFileError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None


def load_files(paths: list[Path]) -> Loaded:
    """The policy of `paths` with all its diagnostics."""
    return load(*read_sources(paths))


def policy_or_exit(paths: list[Path]) -> Policy:
    """The policy of `paths`; with mistakes in it, shows them all and exits 2."""
    loaded = load_files(paths)
    if loaded.policy is None:
        typer.echo(loaded.rendered(), err=True)
        raise typer.Exit(2)
    return loaded.policy


def json_of(loaded: Loaded) -> list[dict[str, Any]]:
    """The diagnostics as JSON values."""
    return [
        {
            "code": one.code,
            "severity": one.severity.value,
            "message": one.message,
            "label": one.label,
            "mend": one.mend,
            "file": one.span.file,
            "line": one.span.line,
            "column": one.span.column,
            "end_line": one.span.end_line,
            "end_column": one.span.end_column,
        }
        for one in loaded.diagnostics
    ]
