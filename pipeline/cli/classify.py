"""`gatepost classify`: an inbox export of any size to a table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.project import DEFAULT_MODEL, ModelOption

if TYPE_CHECKING:
    from pipeline.batch.classifying import Outcome, Settings
    from pipeline.batch.comparing import Comparison
    from pipeline.batch.watching import Watcher
    from pipeline.intake.tickets import Columns
    from policy.syntax import Source

_INPUT = "Input"
_POLICY = "Preview of a policy"
_RUN = "How it runs"

_LARGE = 2_000_000
"""Bytes of a file from which on further processes are started at once."""


def classify(
    inbox: Annotated[
        str,
        typer.Argument(
            help="mbox, .eml, Maildir, a folder, zip, tar or gz of these; a ticket export (.csv, "
            ".jsonl, .parquet); an address such as s3://bucket/inbox.mbox; or - for an mbox on "
            "standard input."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The table: .parquet, .csv, .jsonl or .sqlite; an earlier one is replaced.",
        ),
    ],
    policy: Annotated[
        list[Path] | None,
        typer.Option(help="Policy files or folders: say what it would do with each reply.",
                     rich_help_panel=_POLICY),
    ] = None,
    mailbox_mode: Annotated[
        str,
        typer.Option(help="The oversight mode of the mailbox that would answer.",
                     rich_help_panel=_POLICY),
    ] = "autonomous",
    report: Annotated[
        Path | None, typer.Option(help="Also write a report: one .html file that needs no network.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(help="An earlier .parquet result: show what this run changes."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(
            help="For tickets: zendesk, gorgias, freshdesk, gmail, or your own as "
            "text=COLUMN,subject=COLUMN,… (guessed when not given).",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Read only about so many messages, spread over the input.",
                     rich_help_panel=_INPUT),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Stop at the first message that cannot be read whole.",
                     rich_help_panel=_INPUT),
    ] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Add the probability of every intent.")
    ] = False,
    keep_card_data: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Do not mask card numbers; the reason is recorded."),
    ] = None,
    model: ModelOption = DEFAULT_MODEL,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; all cores when not given.", rich_help_panel=_RUN),
    ] = None,
    engine: Annotated[
        str, typer.Option(help="local, or dask (the extra of that name).", rich_help_panel=_RUN)
    ] = "local",
    address: Annotated[
        str | None, typer.Option(help="The Dask scheduler's address.", rich_help_panel=_RUN)
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a run that was interrupted.",
                     rich_help_panel=_RUN),
    ] = False,
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Begin an interrupted run again.", rich_help_panel=_RUN),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:  # fmt: skip
    """Classify every message of an inbox export; every message becomes a row.

    Malformed messages are read as far as they can be, and their rows say what is wrong. Card
    numbers are masked. A run that was interrupted goes on with --resume.

    Exit code 0: done. 1: --strict stopped at a message. 2: bad input or settings. 130: interrupted.
    """
    from policy.modes import MAILBOX_MODES

    if mailbox_mode not in MAILBOX_MODES:
        raise _refused(f"--mailbox-mode: one of {', '.join(MAILBOX_MODES)}, not {mailbox_mode!r}")
    if engine not in ("local", "dask"):
        raise _refused(f"--engine: local or dask, not {engine!r}")
    if report is not None and not report.parent.is_dir():
        raise _refused(f"--report: there is no folder {report.parent}")
    if report is not None and report.suffix.lower() not in (".html", ".htm"):
        raise _refused(f"--report: {report} must end in .html")
    if keep_card_data is not None and len(keep_card_data.strip()) < 5:
        raise _refused("--keep-card-data: say why; the reason is recorded")
    count = workers or len(os.sched_getaffinity(0))
    if engine == "local" and count > 1 and _is_large(inbox):
        from pipeline.batch.forking import start_server

        start_server(model)  # it makes ready what the workers need while we do the same
    sources = _policy(policy)
    from pipeline.cli.progress import watching

    with _telling(output), watching() as watcher:
        from pipeline.batch.classifying import Settings
        from pipeline.facts import Mailbox

        settings = Settings(
            source=inbox,
            output=output,
            policy=sources,
            mailbox=Mailbox(mode=mailbox_mode),
            model=model,
            columns=_columns(columns),
            workers=count,
            engine=engine,
            address=address,
            sample=sample,
            resume=resume,
            restart=restart,
            strict=strict,
            probabilities=probabilities,
            keep_card_data=keep_card_data,
        )
        outcome, comparison = _run(settings, watcher, report, compare)
    from pipeline.cli.classified import as_json_text, show

    if as_json:
        typer.echo(as_json_text(outcome, comparison))
    else:
        show(outcome, settings, report, comparison)


def _is_large(inbox: str) -> bool:
    """Whether there is likely work for several processes; a folder may hold anything."""
    path = Path(inbox)
    return not path.is_file() or path.stat().st_size > _LARGE


def _policy(paths: list[Path] | None) -> tuple[Source, ...]:
    from pipeline.cli.files import policy_or_exit, read_sources

    if not paths:
        return ()
    policy_or_exit(paths)
    return tuple(read_sources(paths))


def _columns(text: str | None) -> str | Columns | None:
    if text is None or "=" not in text:
        return text
    pairs = [piece.partition("=") for piece in text.split(",") if piece.strip()]
    return {field.strip(): column.strip() for field, _, column in pairs}


def _run(
    settings: Settings, watcher: Watcher, report: Path | None, compare: Path | None
) -> tuple[Outcome, Comparison | None]:
    """Do the job and write the report."""
    from pipeline.batch.classifying import classify_archive
    from pipeline.batch.comparing import Comparison
    from pipeline.batch.statistics import Statistics

    comparison = Comparison(compare) if compare else None
    statistics = Statistics() if report else None
    extra = [sink for sink in (statistics, comparison) if sink is not None]
    outcome = classify_archive(settings, watcher, *extra)
    if report and statistics:
        from pipeline.batch.report import Facts, render, write_report

        facts = Facts(
            source=Path(settings.source).name or settings.source,
            output=settings.output.name,
            policy=outcome.policy,
            model=outcome.model,
            sampled=settings.sample is not None,
            skipped=outcome.skipped,
        )
        write_report(report, render(facts, outcome.summary, statistics, comparison))
    return outcome, comparison


@contextmanager
def _telling(output: Path) -> Iterator[None]:
    """What goes wrong with a run, as words and an exit code."""
    from pipeline.batch.errors import StrictError
    from pipeline.intake.errors import IntakeError

    try:
        yield
    except IntakeError as error:
        raise _refused(str(error)) from None
    except OSError as error:
        raise _refused(
            f"{error.filename or output}: {error.strerror}; "
            "what is done is kept, go on with --resume"
        ) from None
    except StrictError as error:
        typer.echo(f"gatepost classify: stopped by --strict: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo(
            f"\ngatepost classify: interrupted; what is done is kept beside {output}. "
            "Go on with the same command and --resume.",
            err=True,
        )
        raise typer.Exit(130) from None


def _refused(message: str) -> typer.Exit:
    typer.echo(f"gatepost classify: {message}", err=True)
    return typer.Exit(2)
