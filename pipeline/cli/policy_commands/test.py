"""`gatepost policy test`: a policy's examples, and what they leave untested."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.files import load_files
from policy.coverage import Coverage, Outcome, Untested, run_examples
from policy.diagnostics import Diagnostic, Severity, render

if TYPE_CHECKING:  # the solver is loaded only for --mutants
    from policy.rules import Policy
    from proofs.policy_mutation import PolicyMutant


def examples(
    paths: Annotated[list[Path], typer.Argument(help="Policy files, or folders of them.")],
    min_coverage: Annotated[
        float, typer.Option(min=0, max=100, help="Fail when less than this percentage is covered.")
    ] = 0.0,
    with_packs: Annotated[
        bool, typer.Option("--packs", help="Ask for the rules of the packs to be covered too.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Show what failed, not what is untested.")
    ] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Also say which slips of a rule no example catches.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run the examples of a policy and its packs, and show what they leave untested.

    Covered is a rule that fired in some example, and each side of each test in its condition: once
    true, once false. A slip is one token otherwise: a mode freer, a threshold off by one, a rule or
    a `not` gone; one that decides every message as before is left out.

    Exit code 0: all came out. 1: an example failed, or too little is covered. 2: mistakes in files.
    """
    loaded = load_files(paths)
    if loaded.policy is None:
        typer.echo(loaded.rendered(), err=True)
        raise typer.Exit(2)
    coverage = run_examples(loaded.policy, with_packs=with_packs)
    failed = [one for one in coverage.outcomes if not one.passed]
    slips = _slips(loaded.policy, with_packs=with_packs) if mutants and not failed else None
    if as_json:
        result = _json(coverage)
        if slips is not None:
            result["mutants"] = [_slip_json(one) for one in slips]
        typer.echo(json.dumps(result, indent=2))
    else:
        texts = {source.name: source.text for source in loaded.sources}
        for one in failed:
            typer.echo(_failure(one) + "\n")
        for gap in () if quiet else _gaps(coverage):
            typer.echo(render(gap, texts) + "\n")
        if slips is not None:
            for slip in slips:
                if not slip.caught:
                    where = f"{slip.span}: not caught"
                    typer.echo(f"{where}: {slip.slip}, in “{slip.rule.title}”")
            caught = sum(one.caught for one in slips)
            typer.echo(f"{caught} of {len(slips)} slips are caught by an example")
        passed = len(coverage.outcomes) - len(failed)
        typer.echo(
            f"{passed} of {len(coverage.outcomes)} examples came out; "
            f"{coverage.percent:.0f}% covered ({coverage.rules - len(coverage.never_fired)} of "
            f"{coverage.rules} rules fired, {coverage.sides - len(coverage.untested)} of "
            f"{coverage.sides} sides of tests seen)"
        )
    raise typer.Exit(1 if failed or coverage.percent < min_coverage else 0)


def _slips(policy: "Policy", *, with_packs: bool) -> "list[PolicyMutant]":
    from proofs.policy_mutation import policy_mutants

    return list(policy_mutants(policy, with_packs=with_packs))


def _slip_json(one: "PolicyMutant") -> dict[str, Any]:
    return {
        "rule": one.rule.title,
        "slip": one.slip,
        "caught": one.caught,
        "file": one.span.file,
        "line": one.span.line,
        "column": one.span.column,
    }


def _failure(outcome: Outcome) -> str:
    example, decision = outcome.example, outcome.decision
    lines = [f"failed: {example.title}  ({example.span})"]
    if decision.mode is not example.mode:
        lines.append(f"  expected {example.mode.label}, got {decision.mode.label}")
    lines.extend(f"  this rule did not decide: {title}" for title in outcome.missing)
    lines.extend(f"  decided: {rule.title}  ({rule.span})" for rule in decision.deciding)
    if not decision.deciding:
        lines.append("  no rule decided")
    return "\n".join(lines)


def _gaps(coverage: Coverage) -> list[Diagnostic]:
    """What is untested, in the order of the files."""
    found = [
        Diagnostic(
            "untested",
            f"no example makes this rule fire: {rule.title}",
            rule.span,
            severity=Severity.WARNING,
        )
        for rule in coverage.never_fired
    ]
    found.extend(_gap(one) for one in coverage.untested)
    return sorted(found, key=lambda one: one.span)


def _gap(one: Untested) -> Diagnostic:
    side = "true" if one.never else "false"
    return Diagnostic(
        "untested", f"in no example is this {side}", one.place, "", severity=Severity.WARNING
    )


def _json(coverage: Coverage) -> dict[str, Any]:
    return {
        "examples": [
            {
                "title": one.example.title,
                "passed": one.passed,
                "expected": one.example.mode.label,
                "got": one.decision.mode.label,
                "missing_rules": list(one.missing),
                "file": one.example.span.file,
                "line": one.example.span.line,
            }
            for one in coverage.outcomes
        ],
        "percent": round(coverage.percent, 1),
        "rules_never_fired": [
            {"title": rule.title, "file": rule.span.file, "line": rule.span.line}
            for rule in coverage.never_fired
        ],
        "sides_never_seen": [
            {
                "rule": one.rule.title,
                "side": one.never,
                "file": one.place.file,
                "line": one.place.line,
                "column": one.place.column,
            }
            for one in coverage.untested
        ],
    }
