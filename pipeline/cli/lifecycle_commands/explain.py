"""`gatepost lifecycle explain`: what the table says of a state, an event or a row."""

from typing import Annotated

import typer


def explain(
    word: Annotated[str, typer.Argument(help="A state, an event or a row of the table.")],
) -> None:
    """Show who may do what to a message, under which conditions, and where it leads.

    Exit code 2: the table knows no such word.
    """
    from policy.diagnostics import did_you_mean
    from policy.lifecycle import TABLE, LifecycleEvent, State
    from proofs.lifecycle.stories import explained

    lines = explained(word)
    if not lines:
        known = sorted({*State, *LifecycleEvent, *(row.name for row in TABLE)})
        typer.echo(
            f"gatepost: the life cycle knows no `{word}`; {did_you_mean(word, known, 'word')}",
            err=True,
        )
        raise typer.Exit(2)
    typer.echo("\n".join(lines))
