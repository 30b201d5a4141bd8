"""`gatepost lifecycle verify`: no path of accept, tag, approve, edit, retry leads past the gate."""

import json
from typing import Annotated

import typer


def verify(
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Also drop each guard and see which claim falls.")
    ] = False,
    explore: Annotated[
        bool, typer.Option("--explore", help="Also search the table without a solver.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Prove the claims about the life of a message, for any number of steps, by induction.

    Exit code 0: all proved. 1: refuted; a shortest story is shown if one is found.
    3: no answer (a defect of Gatepost).
    """
    from proofs.lifecycle.exploration import explore as search
    from proofs.lifecycle.induction import verify_lifecycle
    from proofs.lifecycle.mutation import mutants as all_mutants
    from proofs.lifecycle.stories import story_lines, verdict_json, verdict_line
    from proofs.solver import SolverGaveUpError

    try:
        verdicts = verify_lifecycle()
        changed = list(all_mutants()) if mutants else []
    except SolverGaveUpError as error:
        typer.echo(f"gatepost: no verdict, the solver gave up ({error})", err=True)
        raise typer.Exit(3) from None
    refuted = [verdict for verdict in verdicts if not verdict.proved]
    names = frozenset(verdict.claim.name for verdict in refuted)
    searches = [search(claims=frozenset({name})) for name in names]
    if explore:
        searches.append(search())
    stories = [found.story for found in searches if found.story is not None]
    proved = not refuted and not stories
    if as_json:
        result = {
            "proved": proved,
            "verdicts": [verdict_json(verdict) for verdict in verdicts],
            "stories": [list(story_lines(story)) for story in stories],
            "mutants": [
                {"row": one.row.name, "guard": one.guard.name, "fallen": list(one.fallen)}
                for one in changed
            ],
        }
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
        raise typer.Exit(0 if proved else 1)
    for verdict in verdicts:
        typer.echo(verdict_line(verdict))
    for story in stories:
        typer.echo("\n" + "\n".join(story_lines(story)))
    if explore:
        last = searches[-1]
        seen = "all of" if last.complete else "the first"
        typer.echo(f"\nwithout a solver: {seen} {last.moments} moments looked at")
    if mutants:
        typer.echo(f"\n{len(changed)} guards dropped, one at a time:")
        for one in changed:
            fallen = ", ".join(one.fallen) or "redundant: something else sees to it already"
            typer.echo(f"  {one.row.name} without {one.guard.name}: {fallen}")
    typer.echo(
        f"\nall {len(verdicts)} claims hold, for any number of steps"
        if proved
        else f"\n{len(refuted)} of {len(verdicts)} claims are refuted"
    )
    raise typer.Exit(0 if proved else 1)
