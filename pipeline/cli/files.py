"""What the verbs share of reading policy files and saying what is wrong with them."""

from pathlib import Path
from typing import Any

import typer

from policy.loading import Loaded, load
from policy.rules import Policy
from policy.syntax import Source

__all__ = ["POLICY_SUFFIX", "json_of", "load_files", "policy_or_exit", "read_sources"]

POLICY_SUFFIX = ".policy"


def read_sources(paths: list[Path]) -> list[Source]:
    """The policy files named; a folder stands for all `*.policy` in it. Exits 2 when unreadable."""
    found: list[Source] = []
    for path in paths:
        files = sorted(path.rglob(f"*{POLICY_SUFFIX}")) if path.is_dir() else [path]
        if not files:
            raise _unreadable(f"{path} holds no file that ends in {POLICY_SUFFIX}")
        for file in files:
            try:
                found.append(Source(str(file), file.read_text("utf-8")))
            except UnicodeDecodeError as error:
                raise _unreadable(
                    f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8"
                ) from None
            except OSError as error:
                raise _unreadable(f"{file} cannot be read: {error.strerror}") from None
    return found


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


def _unreadable(message: str) -> typer.Exit:
    typer.echo(f"gatepost: {message}", err=True)
    return typer.Exit(2)
