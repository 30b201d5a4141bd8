"""`gatepost demo`: the whole of Gatepost on the sample inbox."""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.files import policy_or_exit
from pipeline.cli.project import DEFAULT_MODEL, ModelOption, here_or_in_project

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.demonstration import Answered

_WIDTH_OF_A_FILE = 150
_COLOURS = {
    "autonomous": "green", "monitored": "green", "gated_send": "yellow", "gated_all": "yellow",
    "blocked": "red",
}  # fmt: skip


def demo(
    inbox: Annotated[
        Path, typer.Argument(help="A folder of .eml files.", callback=here_or_in_project)
    ] = Path("data/inbox"),
    policy: Annotated[
        list[Path] | None, typer.Option(help="Policy files or folders. [default: data/shop]")
    ] = None,
    model: ModelOption = DEFAULT_MODEL,
) -> None:
    """Prove the policy, read every message, answer each one, and show what became of it.

    A service and a mail server run on this machine for as long as the demonstration takes; what
    the policy lets go is really handed over, and nothing leaves the machine. Exit code 0: done.
    1: the policy is refuted. 2: a file is missing or has mistakes.
    """
    checked = policy_or_exit(policy or [here_or_in_project(Path("data/shop"))])
    messages = sorted(inbox.glob("*.eml"))
    if not messages:
        typer.echo(f"gatepost demo: {inbox} holds no .eml file", err=True)
        raise typer.Exit(2)

    from rich.console import Console

    from pipeline.cli.serve import classifier_or_exit
    from pipeline.demonstration import DemonstrationError, MailServer, demonstrate
    from proofs.reporting import verdict_lines
    from proofs.verification import verify

    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE)
    verdicts = verify(checked)
    for verdict in verdicts.refuted:
        typer.echo("\n".join(verdict_lines(verdict)), err=True)
    if not verdicts.proved:
        raise typer.Exit(1)
    classify = classifier_or_exit(model)
    server = MailServer()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="gatepost-demo-") as folder,
            console.status(f"answering {len(messages)} messages"),
        ):
            rows = list(demonstrate(messages, checked, classify, Path(folder), server))
    except DemonstrationError as error:
        typer.echo(f"gatepost demo: {error}", err=True)
        raise typer.Exit(2) from None
    _show(console, rows)
    counts = Counter(row.status for row in rows)
    console.print(
        f"\n{len(rows)} messages, each answered by an agent: {counts['sent']} answers sent "
        f"(the mail server took {len(server.received)}), {counts['held']} held for people, "
        f"{counts['blocked']} blocked."
    )
    console.print(
        f"{checked.name}: all {len(verdicts.items)} claims proved; fraud-tagged mail cannot leave "
        "without a person."
    )
    console.print(
        "Next: [bold]gatepost policy verify data/shop[/] shows every claim, [bold]gatepost explain "
        "data/inbox/003-*.eml[/] why a message is read as it is, [bold]gatepost serve --help[/] "
        "how to run the service."
    )


def _show(console: "Console", rows: Sequence["Answered"]) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading, settings in (
        ("message", {"overflow": "ellipsis", "no_wrap": True, "max_width": 28}),
        ("intent", {"no_wrap": True}),
        ("sure", {"justify": "right"}),
        ("tags", {"overflow": "fold", "max_width": 18}),
        ("mode", {"no_wrap": True}),
        ("rule that decided", {"overflow": "fold"}),
        ("became", {"no_wrap": True}),
    ):
        table.add_column(heading, **settings)
    for row in rows:
        colour = _COLOURS[row.mode]
        became = f"held: {row.waits_for}" if row.status == "held" and row.waits_for else row.status
        rule = f"{row.rule} [dim]{row.rule_at}[/]" if row.rule_at else row.rule
        table.add_row(
            row.name.removesuffix(".eml"), row.intent, f"{row.confidence:.2f}", " ".join(row.tags),
            f"[{colour}]{row.mode}[/]", rule, became,
        )  # fmt: skip
    console.print(table)
