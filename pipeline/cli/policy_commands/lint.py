"""`gatepost policy lint`: rules that do nothing and other oddities, each proved."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit
from pipeline.cli.policy_commands.progress import steps


def lint(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    packs: Annotated[bool, typer.Option("--packs", help="Also show findings in packs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find rules that no message makes true, that change no decision, facts that no rule reads.

    Exit code 0: nothing found. 1: findings. 2: the policy has mistakes.
    """
    policy = policy_or_exit(paths)

    from proofs.analysis import analyse
    from proofs.reporting import facts_json

    with steps(len(policy.rules)) as begins:
        findings = [one for one in analyse(policy, begins) if packs or one.pack is None]
    if as_json:
        rows = [
            {
                "kind": one.kind.value,
                "subject": one.subject,
                "message": one.message,
                "place": None if one.span is None else str(one.span),
                "related": [{"place": str(span), "note": note} for span, note in one.related],
                "witness": None if one.witness is None else facts_json(one.witness),
            }
            for one in findings
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for one in findings:
            place = "" if one.span is None else f"{one.span}: "
            typer.echo(f"{place}{one.kind.value}: {one.message}")
            for span, note in one.related:
                typer.echo(f"    {span}: {note}")
        counted = f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
        typer.echo(f"{policy.name}: {counted if findings else 'nothing to remark'}")
    raise typer.Exit(1 if findings else 0)
