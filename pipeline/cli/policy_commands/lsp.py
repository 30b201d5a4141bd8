"""`gatepost policy lsp`: the language server."""

from typing import Annotated

import typer


def lsp(
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Speak over standard input and output (always so).")
    ] = True,
) -> None:
    """Serve an editor over the Language Server Protocol, on standard input and output.

    Mistakes while typing and the prover's verdict when idle; hover, completion, definition,
    references, rename, layout, and examples that run. docs/tutorial.md shows how to set it up.
    """
    from pipeline.language_server.server import build

    build().start_io()
