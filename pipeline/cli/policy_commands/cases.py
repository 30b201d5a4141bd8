"""`gatepost policy cases`: the regression suite writes itself."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.files import policy_or_exit


def cases(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    rule: Annotated[str | None, typer.Option(help="Only the rule with this title.")] = None,
    packs: Annotated[bool, typer.Option("--packs", help="Also the rules of packs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write an example for every rule, and for both sides of every threshold.

    The output is policy text: append it to a policy file. Exit code 2: the policy has mistakes,
    or no rule has the title given.
    """
    policy = policy_or_exit(paths)
    if rule is not None and all(one.title != rule for one in policy.rules):
        from policy.diagnostics import did_you_mean

        mend = did_you_mean(rule, [one.title for one in policy.rules], "rule")
        typer.echo(f"gatepost: no rule is called `{rule}`; {mend}", err=True)
        raise typer.Exit(2)

    from proofs.cases import cases as written
    from proofs.cases import spelled_case
    from proofs.reporting import facts_json

    found = written(
        policy, lambda one: one.title == rule if rule is not None else packs or one.pack is None
    )
    if as_json:
        rows = [
            {
                "title": case.title,
                "rule": case.rule.title,
                "event": case.rule.event.value,
                "mode": case.decision.mode.label,
                "by": [one.title for one in case.decision.deciding],
                "facts": facts_json(case.facts),
            }
            for case in found
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for case in found:
            typer.echo(spelled_case(case))
