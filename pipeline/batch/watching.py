"""Who is told how a run goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # so that a command can show a sign of life before it imports the rest
    from pipeline.batch.job import Part
    from pipeline.intake.plan import Plan

__all__ = ["Watcher"]


class Watcher:
    """Told how a run goes; does nothing by itself."""

    def planned(self, plan: Plan) -> None:
        """The input was cut; nothing was read so far."""

    def done(self, part: Part) -> None:
        """A part was committed, now or by an earlier run."""
