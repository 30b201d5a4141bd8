"""`gatepost policy diff`: what a change of the policy does, before it is live."""

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.files import policy_or_exit
from policy.modes import Mode

if TYPE_CHECKING:  # the proof modules are imported only when the verb runs
    from proofs.difference import Change


class FailOn(StrEnum):
    """What makes the exit code 1."""

    NOTHING = "nothing"
    FREER = "freer"
    ANY = "any"


def diff(
    old: Annotated[Path, typer.Argument(help="The policy as it is: a file or a folder.")],
    new: Annotated[Path, typer.Argument(help="The policy as it will be.")],
    fail_on: Annotated[
        FailOn, typer.Option(help="Which changes make the exit code 1.")
    ] = FailOn.NOTHING,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show every kind of message that is decided otherwise, with one message for each.

    Without a change both policies are proved to decide alike. Exit code 0: shown. 1: a change
    that --fail-on names. 2: a policy has mistakes. 3: no answer (a defect of Gatepost).
    """
    before, after = policy_or_exit([old]), policy_or_exit([new])

    from proofs.difference import IncomparableError, difference
    from proofs.witness import DoesNotReplayError

    try:
        found = difference(before, after)
    except IncomparableError as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    except DoesNotReplayError as error:
        typer.echo(f"gatepost: no answer: {error}\nThis is a defect of Gatepost.", err=True)
        raise typer.Exit(3) from None
    if as_json:
        rows = [_json(change) for change in found.changes]
        result = {"equivalent": found.equivalent, "complete": found.complete, "changes": rows}
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
    elif found.equivalent:
        typer.echo("no message is decided otherwise")
    else:
        for change in found.changes:
            typer.echo("\n".join(_lines(change)) + "\n")
        stricter = sum(change.direction.value == "stricter" for change in found.changes)
        others = len(found.changes) - len(found.freer) - stricter
        typer.echo(
            f"{len(found.freer)} kinds of messages become freer, {stricter} stricter, "
            f"{others} with other obligations" + ("" if found.complete else "; and more")
        )
    failed = found.freer if fail_on is FailOn.FREER else found.changes
    raise typer.Exit(1 if fail_on is not FailOn.NOTHING and failed else 0)


def _lines(change: "Change") -> Iterator[str]:
    from proofs.reporting import rule_words
    from proofs.witness import remarkable

    before, after = _modes(change.modes_before), _modes(change.modes_after)
    moved = before if before == after else f"{before} → {after}"
    yield f"{change.direction.value}: {moved}" + (
        "" if change.event.value == "send" else f" on {change.event.value}"
    )
    yield f"    where    {', '.join(change.region) or 'nothing else holds the message'}"
    yield f"    such as  {', '.join(remarkable(change.facts)) or 'an ordinary message'}"
    for when, rules in (("before", change.rules_before), ("after", change.rules_after)):
        for rule in rules:
            yield f"    {when:8} {rule_words(rule)}"


def _modes(modes: tuple[Mode, ...]) -> str:
    return " or ".join(mode.label for mode in modes)


def _json(change: "Change") -> dict[str, Any]:
    from proofs.reporting import facts_json
    from proofs.witness import remarkable

    def rules(chosen: Any) -> list[dict[str, str]]:
        return [{"title": rule.title, "place": str(rule.span)} for rule in chosen]

    return {
        "event": change.event.value,
        "direction": change.direction.value,
        "before": change.before.mode.label,
        "after": change.after.mode.label,
        "modes_before": [mode.label for mode in change.modes_before],
        "modes_after": [mode.label for mode in change.modes_after],
        "region": list(change.region),
        "remarkable": list(remarkable(change.facts)),
        "facts": facts_json(change.facts),
        "rules_before": rules(change.rules_before),
        "rules_after": rules(change.rules_after),
    }
