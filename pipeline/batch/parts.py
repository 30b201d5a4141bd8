"""The work on one shard, wherever it runs: read, judge, write a part, commit it.

A part is written under a temporary name and renamed; its manifest follows the same way. The
manifest is the commit: a worker that dies at any moment leaves nothing that counts, and a shard
done twice gives the same bytes.
"""

import gc
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from multiprocessing import parent_process
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batch.columns import CARRIED, RESULTS
from pipeline.batch.errors import StrictError
from pipeline.batch.job import Job, Part, shard_key
from pipeline.batch.kernel import Kernel
from pipeline.batch.masking import masked
from pipeline.facts import HEADERS_READ
from pipeline.intake.errors import IntakeError
from pipeline.intake.items import Item, items, read
from pipeline.intake.plan import Shard
from pipeline.intake.schema import Entry, batch_of
from pipeline.mail.message import Message

__all__ = ["finished", "work"]

BATCH_ROWS = 1_024
_COMPRESSION = {"compression": "zstd", "compression_level": 3}


_kernels: dict[str, Kernel] = {}


def _kernel(job: Job) -> Kernel:
    """The kernel of this process: a model is loaded once, not once a shard."""
    if job.identity not in _kernels:
        _kernels.clear()
        _kernels[job.identity] = job.kernel()
        if parent_process() is not None:
            # The model lives as long as this worker; a twentieth of the time went into looking
            # for garbage in it. In the process of who called us nothing is changed.
            gc.collect()
            gc.freeze()
    return _kernels[job.identity]


def finished(job: Job, shard: Shard) -> Part | None:
    """The part of `shard` if an earlier run has committed it."""
    manifest = job.work / f"{shard_key(job, shard)}.json"
    try:
        part = Part.from_json(manifest.read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return None
    return part if Path(part.path).is_file() else None


def work(job: Job, shard: Shard, *, poisoned: bool = False) -> Part:
    """Does one shard and commits it; does nothing if that has been done.

    `poisoned` shards hold one message that killed every process that read it: it becomes a row
    with an error, unread.
    """
    if (done := finished(job, shard)) is not None:
        return done
    started = time.monotonic()
    path = job.work / f"{shard_key(job, shard)}.parquet"
    messages = rows = errors = 0
    kernel = _kernel(job)
    with _Replacing(path) as partial, pq.ParquetWriter(partial, _SCHEMA, **_COMPRESSION) as writer:
        for read in _batches(job, shard, poisoned=poisoned):
            messages += len(read)
            if job.strict:
                _refuse_errors(read)
            results = kernel(batch_of(read, CARRIED, HEADERS_READ))
            if not job.keep_card_data:
                results = masked(results)
            keys = pa.array(map(_duplicate_key, read), pa.uint64())
            columns = [*results.columns, keys]
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=_SCHEMA))
            rows += results.num_rows
            errors += results.num_rows - results.column("error").null_count
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    part = Part(str(path), messages, rows, errors, shard.size, time.monotonic() - started, sha256)
    with _Replacing(path.with_suffix(".json")) as partial:
        partial.write_text(part.to_json(), "utf-8")
    return part


_SCHEMA = RESULTS.append(pa.field("duplicate_key", pa.uint64()))


class _Replacing:
    """A temporary file that takes the place of `path` only when everything went well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f"{path.name}.tmp.{os.getpid()}")

    def __enter__(self) -> Path:
        return self._partial

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._partial.unlink(missing_ok=True)
            return
        with self._partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        self._partial.replace(self._path)


def _batches(job: Job, shard: Shard, *, poisoned: bool) -> Iterator[list[Entry]]:
    """The messages of `shard`, up to `BATCH_ROWS` at once; a file that breaks off ends in a row."""
    if poisoned:
        yield [_poisoned(shard)]
        return
    stream = islice(items(shard, job.columns), job.limit)
    while read := list(_entries(stream, shard)):
        yield read


def _entries(stream: Iterator[Item], shard: Shard) -> Iterator[Entry]:
    try:
        for item in islice(stream, BATCH_ROWS):
            yield read(item)
    except IntakeError as error:
        message = Message(defects=("not read",), error=str(error))
        yield Entry(shard.files[0].name, shard.end, message)


def _refuse_errors(read: Sequence[Entry]) -> None:
    for entry in read:
        if entry.message.error is not None:
            raise StrictError(f"{entry.source}, at {entry.offset}: {entry.message.error}")


def _poisoned(shard: Shard) -> Entry:
    error = (
        "every process that read this message died; it was left unread "
        f"({shard.format} {shard.start} to {shard.end})"
    )
    index = shard.start if shard.format == "files" else 0
    return Entry(shard.files[index].name, shard.start, Message(defects=("not read",), error=error))


def _duplicate_key(entry: Entry) -> int:
    """What is equal for two copies of a message: a hash of its id, else of what it says.

    Ids of tickets are not asked: an export has a row for each comment of a ticket.
    """
    one = entry.message
    if one.message_id and one.size:
        stated = f"id\0{one.message_id}"
    else:
        said = (one.from_address, str(one.date), one.subject, one.text, one.quoted)
        stated = "\0".join(("text", *said))
    digest = hashlib.blake2b(stated.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
