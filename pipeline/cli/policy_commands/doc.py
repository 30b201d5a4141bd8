"""`gatepost policy doc`: a policy as a page for an auditor."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit
from policy.page import blocks, to_html, to_markdown
from policy.rules import Policy


def doc(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    as_html: Annotated[
        bool, typer.Option("--html", help="Write HTML instead of Markdown.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="The file to write, else the terminal.")] = None,
    prove: Annotated[
        bool, typer.Option("--prove/--no-proof", help="Say of each claim whether it is proved.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a policy as a page: each rule as a sentence with its source, each claim's verdict."""
    policy = policy_or_exit(paths)
    page = list(blocks(policy, _verdicts(policy) if prove else {}))
    if as_json:
        text = json.dumps([asdict(block) for block in page], indent=2) + "\n"
    else:
        text = to_html(page, policy.name) if as_html else to_markdown(page)
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        typer.echo(f"gatepost: {out} cannot be written: {error.strerror}", err=True)
        raise typer.Exit(2) from None


def _verdicts(policy: Policy) -> dict[str, str]:
    from proofs.verification import verify

    return {
        verdict.claim.sentence: "Proved for all messages."
        if verdict.outcome.value == "proved"
        else "REFUTED: there is a message that breaks it."
        for verdict in verify(policy)
    }
