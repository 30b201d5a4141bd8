"""The progress of the batch job on a terminal: bytes done, messages a second, errors, time left.

Bytes are the honest measure: how many messages there are is known only at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from pipeline.batch.watching import Watcher

if TYPE_CHECKING:
    from pipeline.batch.job import Part
    from pipeline.intake.plan import Plan

__all__ = ["watching"]


class _Bar(Watcher):
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._messages = self._errors = 0

    def planned(self, plan: Plan) -> None:
        self._progress.update(self._task, total=plan.size, description="classifying")
        self._progress.start_task(self._task)

    def done(self, part: Part) -> None:
        self._messages += part.messages
        self._errors += part.errors
        elapsed = self._progress.tasks[self._task].elapsed or 0.001
        self._progress.update(
            self._task,
            advance=part.size,
            counted=f"{self._messages:,} messages, {self._messages / elapsed:,.0f}/s, "
            f"{self._errors:,} errors",
        )


@contextmanager
def watching() -> Iterator[Watcher]:
    """A progress bar on standard error if that is a terminal, else silence."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Watcher()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[counted]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress, progress.add_task("starting", start=False, total=None, counted=""))
