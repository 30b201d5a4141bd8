"""`gatepost lifecycle diagram`: the table as a picture."""

import typer


def diagram() -> None:
    """Draw the life of a message as a Mermaid state diagram, from the table that runs."""
    from proofs.lifecycle.stories import diagram as drawn

    typer.echo(drawn())
