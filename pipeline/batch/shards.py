"""The shards of a run and how they get done: what all engines share.

An engine does shards in any order, on any machine; this keeps their order, skips those that an
earlier run committed, and narrows a shard that kills its workers down to the one message.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.batch.job import Job, Part
from pipeline.batch.parts import finished
from pipeline.intake.items import items
from pipeline.intake.plan import Format, Shard

__all__ = ["Report", "Run", "halves", "places"]

Report = Callable[[Part], None]
"""Told of every part as it is committed, in the process that started the run."""


class Run:
    """The shards of one run in their order, and the parts that are done."""

    def __init__(self, job: Job, shards: Sequence[Shard], report: Report) -> None:
        self.job = job
        self._order = list(shards)
        self._parts: dict[Shard, Part] = {}
        self._report = report
        for shard in shards:
            if (part := finished(job, shard)) is not None:
                self.done(shard, part)

    @property
    def pending(self) -> list[Shard]:
        """The shards that are not done, in order."""
        return [shard for shard in self._order if shard not in self._parts]

    @property
    def parts(self) -> list[Part]:
        """Every part, in the order of the input; only once nothing is pending."""
        return [self._parts[shard] for shard in self._order]

    def done(self, shard: Shard, part: Part) -> None:
        """Takes note of a part."""
        self._parts[shard] = part
        self._report(part)

    def split(self, shard: Shard, parts: Sequence[Shard]) -> None:
        """Puts `parts` in the place of `shard`."""
        index = self._order.index(shard)
        self._order[index : index + 1] = parts


def places(shard: Shard, columns: object = None) -> list[int]:
    """Where each message of `shard` starts, in the shard's unit; parses nothing."""
    if shard.format is Format.FILES:
        return list(range(shard.start, shard.end))
    if shard.format is Format.TICKETS:
        return list(range(shard.start, shard.end))
    return [item.offset for item in items(shard)]


def halves(shard: Shard, starts: Sequence[int]) -> tuple[Shard, Shard] | None:
    """`shard` cut before its middle message, or None when it holds no more than one."""
    if len(starts) < 2:
        return None
    middle = starts[len(starts) // 2]
    share = shard.size * (len(starts) // 2) // len(starts)
    return (
        replace(shard, end=middle, size=share),
        replace(shard, start=middle, size=shard.size - share),
    )
