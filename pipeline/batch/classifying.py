"""One run of the batch job from end to end: plan, do the shards, assemble, clean up."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pipeline.batch.assembling import Summary, assemble
from pipeline.batch.deciding import Decider
from pipeline.batch.job import Job, fingerprint
from pipeline.batch.kernel import Kernel, kernel_of
from pipeline.batch.local import run_here, run_processes
from pipeline.batch.shards import Run
from pipeline.batch.watching import Watcher
from pipeline.batch.writing import Sink, Tee, writer_to
from pipeline.facts import Ledger, Mailbox
from pipeline.intake.errors import IntakeError
from pipeline.intake.fetching import fetched
from pipeline.intake.plan import Format, Plan, Shard, plan
from pipeline.intake.tickets import Columns, check_columns
from policy.digest import digest
from policy.loading import load
from policy.syntax import Source

__all__ = ["Outcome", "Settings", "classify_archive"]

_SAMPLE_PER_SHARD = 50


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to do.

    `policy` are the files of one checked policy, empty for none. `workers` of 1 means this process.
    `engine` is `local` or `dask`, the latter at `address`. `sample` is about how many messages are
    read, spread over the input; None reads all.
    """

    source: str
    output: Path
    policy: tuple[Source, ...] = ()
    mailbox: Mailbox = field(default_factory=Mailbox)
    model: Path | None = None
    columns: str | Columns | None = None
    workers: int = 1
    engine: str = "local"
    address: str | None = None
    sample: int | None = None
    resume: bool = False
    restart: bool = False
    strict: bool = False
    probabilities: bool = False
    keep_card_data: str | None = None

    @property
    def work(self) -> Path:
        """The folder that holds what is done so far; removed once the result is whole."""
        return self.output.with_name(f".{self.output.name}.work")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found: its counts, and the files of the input that hold no message, with why.

    `model` is the digest of the model, `policy` the name of the policy, empty for none.
    """

    summary: Summary
    skipped: tuple[tuple[str, str], ...]
    model: str
    policy: str


def classify_archive(
    settings: Settings, watcher: Watcher, *extra: Sink, kernel: Callable[[], Kernel] | None = None
) -> Outcome:
    """Classifies every message at `settings.source` into `settings.output`.

    Each of `extra` (a report) is given the same tables as the output. `kernel` replaces the
    classifier and the policy, for tests. Raises IntakeError for what is wrong with the input or
    the settings, StrictError under `strict`; an unfinished run leaves `settings.work` behind.
    """
    writer = writer_to(settings.output)
    _prepare(settings)
    try:
        source = fetched(settings.source, settings.work)
        planned = plan(source, scratch=settings.work / "unpacked")
        _check_tickets(settings, planned)
        watcher.planned(planned)
        decider = _decider(settings)
        model = _model_digest(settings) if kernel is None else "test"
        job = _job(settings, planned, model, decider, kernel)
    except IntakeError:
        if not any(settings.work.glob("*.json")):
            shutil.rmtree(settings.work)  # nothing was done that a later run could use
        raise
    shards = planned.shards if settings.sample is None else _spread(planned, settings.sample)
    run = Run(job, shards, watcher.done)
    _engine(settings)(run)
    with writer:
        summary = assemble(run.parts, Tee(writer, *extra), decider)
    _record(settings, job, summary)
    shutil.rmtree(settings.work)
    return Outcome(summary, planned.skipped, model, decider.policy.name if decider else "")


def _prepare(settings: Settings) -> None:
    work = settings.work
    if settings.output.exists() and settings.output.resolve() == Path(settings.source).resolve():
        raise IntakeError(f"{settings.output}: the result would replace the inbox; name another")
    if work.exists() and any(work.glob("*.json")) and not (settings.resume or settings.restart):
        raise IntakeError(
            f"{settings.output}: an earlier run was not finished; "
            "go on with --resume, or begin again with --restart"
        )
    if settings.restart and work.exists():
        shutil.rmtree(work)
    work.mkdir(exist_ok=True)
    for stray in work.glob("*.tmp.*"):
        stray.unlink()


def _check_tickets(settings: Settings, planned: Plan) -> None:
    """A mistake in the columns is told before anything is read, not in a row for each shard."""
    tickets = (shard.files[0].path for shard in planned.shards if shard.format is Format.TICKETS)
    for path in dict.fromkeys(tickets):
        check_columns(path, settings.columns)


def _decider(settings: Settings) -> Decider | None:
    if not settings.policy:
        return None
    policy = load(*settings.policy).policy
    if policy is None:
        raise IntakeError("the policy has mistakes; gatepost policy check shows them")
    return Decider(policy, settings.mailbox, Ledger())


def _job(
    settings: Settings, planned: Plan, model: str, decider: Decider | None,
    kernel: Callable[[], Kernel] | None,
) -> Job:  # fmt: skip
    made = kernel or partial(
        kernel_of, settings.model, settings.policy, settings.mailbox, settings.probabilities
    )
    stated = (
        model,
        digest(decider.policy) if decider else "",
        [(one.name, one.text) for one in settings.policy],
        settings.mailbox,
        settings.probabilities,
        fingerprint(planned),
    )
    return Job(
        kernel=made,
        identity=hashlib.sha256(repr(stated).encode()).hexdigest(),
        work=settings.work.absolute(),
        columns=settings.columns,
        keep_card_data=settings.keep_card_data is not None,
        strict=settings.strict,
        limit=_limit(settings, planned),
    )


def _model_digest(settings: Settings) -> str:
    from classifier.artifact import STARTER_MODEL, ModelError, read_artifact

    try:
        return read_artifact(settings.model or STARTER_MODEL).digest
    except ModelError as error:
        raise IntakeError(str(error)) from error


def _limit(settings: Settings, planned: Plan) -> int | None:
    if settings.sample is None or not planned.shards:
        return None
    return -(-settings.sample // len(_spread(planned, settings.sample)))


def _spread(planned: Plan, sample: int) -> tuple[Shard, ...]:
    """Shards evenly spread over the input, enough to take about 50 messages from each."""
    count = min(len(planned.shards), -(-sample // _SAMPLE_PER_SHARD))
    return tuple(planned.shards[i * len(planned.shards) // count] for i in range(count))


def _engine(settings: Settings) -> Callable[[Run], None]:
    if settings.engine == "dask":
        from pipeline.batch.cluster import run_cluster

        return partial(run_cluster, address=settings.address, workers=settings.workers)
    if settings.workers == 1:
        return run_here
    return partial(_run_processes_if_worth_it, workers=settings.workers)


def _run_processes_if_worth_it(run: Run, workers: int) -> None:
    """One shard is done here: a pool takes longer to start than it could save."""
    if len(run.pending) == 1:
        run_here(run)
    else:
        run_processes(run, workers)


def _record(settings: Settings, job: Job, summary: Summary) -> None:
    """What was done, beside the result, whose bytes hold no time and no path."""
    record = {
        "source": settings.source,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "identity": job.identity,
        "messages": summary.messages,
        "rows": summary.rows,
        "errors": summary.errors,
        "keep_card_data": settings.keep_card_data,
    }
    path = settings.output.with_name(f"{settings.output.name}.run.json")
    path.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
