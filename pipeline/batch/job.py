"""What one run of the batch job is: its settings, its identity, its shards, its working folder."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.kernel import Kernel
from pipeline.intake.plan import Plan, Shard
from pipeline.intake.tickets import Columns

__all__ = ["Job", "Part", "fingerprint", "shard_key"]

_EDGE_BYTES = 65_536
_FORMAT = 1
"""Raised when the meaning of a part changes, so that no older part is taken for a new one."""


@dataclass(frozen=True, slots=True)
class Job:
    """The settings that a worker needs; sent to every process, so it holds no large thing.

    `kernel` builds the kernel, once per process; it must be importable where the workers run.
    `identity` names everything that may change a result (model, policy, settings). `strict` stops
    at the first message with an error; `limit` is how many messages of each shard are read.
    """

    kernel: Callable[[], Kernel]
    identity: str
    work: Path
    columns: str | Columns | None = None
    keep_card_data: bool = False
    strict: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A shard that is done: where its rows are and what was counted on the way.

    `messages` counts what was found in the input, `rows` what stands in the part at `path`.
    """

    path: str
    messages: int
    rows: int
    errors: int
    size: int
    seconds: float
    sha256: str

    def to_json(self) -> str:
        """The part as one line of JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, text: str) -> "Part":
        """The inverse of `to_json`; raises ValueError or TypeError for anything else."""
        return cls(**json.loads(text))


def fingerprint(plan: Plan) -> str:
    """A digest of the input: names, sizes, times, and the first and last 64 KiB of each file."""
    digest = hashlib.sha256()
    for path in dict.fromkeys(file.path for shard in plan.shards for file in shard.files):
        status = Path(path).stat()
        digest.update(
            f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0".encode("utf-8", "surrogateescape")
        )
        if status.st_size > 4 * _EDGE_BYTES:
            with Path(path).open("rb") as stream:
                digest.update(stream.read(_EDGE_BYTES))
                stream.seek(-_EDGE_BYTES, 2)
                digest.update(stream.read(_EDGE_BYTES))
    return digest.hexdigest()


def shard_key(job: Job, shard: Shard) -> str:
    """The name of a shard's part: equal only if its rows must be equal."""
    stated = repr((_FORMAT, job.identity, job.columns, job.keep_card_data, job.limit, shard))
    return hashlib.sha256(stated.encode()).hexdigest()[:24]
