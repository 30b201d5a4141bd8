"""How fast an inbox is sorted: `python -m benchmarks.batch [--messages N] [--memory GB]`.

A seeded mbox (`batch_archive.py`) goes through each stage alone, in one process, then through what
people write themselves: the standard library's `mailbox` and `email`, fast-mail-parser bare, and a
loop over `mailbox` with our own model; then through the whole job with one and two processes.
Stages are timed in CPU seconds (a busy machine then does little harm), whole jobs by the clock too;
the ratios at the end are the figures to look at. The job is held against classifying alone, its
slowest stage, on as many processes and with messages that they have not met (`batch_alone.py`).
Where the processor time of a job goes is printed by stage (`batch_costs.py`, one process) and by
process (two). `--memory` runs the job on a file of that size instead
and prints the greatest memory of its processes, beside that for a tenth of the size.
"""

import argparse
import gc
import json
import mailbox
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from typing import TypeVar

import fast_mail_parser
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.batch_alone import classify_alone
from benchmarks.batch_archive import LARGEST_ATTACHMENT, Truth, grown, messages, write_mbox
from benchmarks.batch_processes import SHOP, Run, classify
from classifier.model import Classifier
from classifier.prediction import MessageText
from pipeline.batch.deciding import Decider
from pipeline.batch.kernel import text_of
from pipeline.intake.items import items
from pipeline.intake.plan import plan
from pipeline.intake.schema import Entry, batch_of
from pipeline.mail.parsing import parse
from pipeline.mail.reading import assemble, read_message
from policy.loading import load
from policy.syntax import Source

_Value = TypeVar("_Value")
SLOW = 10
"""The slow peers get one message in so many; their rate is what counts."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=10_000)
    options.add_argument("--memory", type=float, metavar="GB")
    options.add_argument(
        "--attachment", type=int, default=LARGEST_ATTACHMENT, metavar="BYTES",
        help="for --memory: the largest attachment, as real archives are mostly attachments",
    )  # fmt: skip
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatepost-batch-") as folder:
        if chosen.memory:
            memory(Path(folder), chosen.memory, chosen.attachment)
        else:
            speed(Path(folder), chosen.messages)


class Stopwatch:
    """CPU seconds of this process and wall seconds of a piece of work."""

    def __enter__(self) -> "Stopwatch":
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu = time.process_time() - self._cpu
        self.wall = time.perf_counter() - self._wall


class Table:
    """Prints stages by their rates in one process."""

    def __init__(self, size: int, count: int) -> None:
        self._size, self._count = size / 1e6, count
        self.cpu: dict[str, float] = {}
        print(f"{'one process':<44}{'CPU s':>8}{'MB/s':>9}{'messages/s':>12}")

    def row(self, name: str, seconds: float, share: int = 1) -> None:
        """A stage that took `seconds` for one in `share` of the messages."""
        whole = seconds * share
        self.cpu[name] = whole
        print(f"{name:<44}{whole:>8.2f}{self._size / whole:>9.1f}{self._count / whole:>12,.0f}")


def speed(folder: Path, count: int) -> None:
    path = folder / "inbox.mbox"
    truths = write_mbox(path, count)
    raws = [raw for raw, _ in messages(count)]
    size = path.stat().st_size
    print(f"{count:,} messages, {size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}\n")
    table = Table(size, count)
    texts = stages(path, table, folder)
    peers(path, raws, table)
    print()
    fidelity(raws, truths)
    print()
    jobs(path, count, size, table, folder, texts)
    print(f"(load at the end {os.getloadavg()[0]:.1f})")


def stages(path: Path, table: Table, folder: Path) -> list[list[MessageText]]:
    """Each stage alone, on the output of the one before; the texts to classify, by shard."""
    with Stopwatch() as watch:
        cut = [list(items(shard)) for shard in plan(path).shards]
    table.row("split", watch.cpu)
    found = [item for shard in cut for item in shard]
    contents = [item.content for item in found if isinstance(item.content, bytes)]
    with Stopwatch() as watch:
        for content in contents:
            parse(content)
    table.row("parse", watch.cpu)
    materials = [parse(content) for content in contents]
    with Stopwatch() as watch:
        for material in materials:
            assemble(material, 0)
    table.row("normalise (HTML to text, quotes off)", watch.cpu)
    del materials
    parsed = [read_message(content) for content in contents]
    with Stopwatch() as watch:
        frames = [
            batch_of([Entry(item.source, item.offset, message) for item, message in part])
            for part in _batches(list(zip(found, parsed, strict=True)))
        ]
    table.row("to columns", watch.cpu)
    classifier = Classifier.load()
    texts = [text_of(message) for message in parsed]
    gc.collect()
    gc.freeze()  # as the workers do: what was made before is no garbage to look for
    with Stopwatch() as watch:
        predictions = [one for part in _batches(texts) for one in classifier.classify_many(part)]
    table.row("classify", watch.cpu)
    decider = _decider()
    with Stopwatch() as watch:
        for message, prediction in zip(parsed, predictions, strict=True):
            decider.decide(message, prediction)
    table.row("facts and policy", watch.cpu)
    with Stopwatch() as watch:
        whole = pa.Table.from_batches(frames)
        pq.write_table(whole, folder / "stage.parquet", compression="zstd")
    table.row("write Parquet", watch.cpu)
    rest = iter(texts)
    return [list(islice(rest, len(shard))) for shard in cut]


def _batches(values: Sequence[_Value], size: int = 512) -> list[Sequence[_Value]]:
    return [values[at : at + size] for at in range(0, len(values), size)]


def _decider() -> Decider:
    checked = load(Source(str(SHOP), SHOP.read_text("utf-8"))).policy
    assert checked is not None, "the sample policy is checked by the tests"
    return Decider(checked)


def peers(path: Path, raws: list[bytes], table: Table) -> None:
    """What the same work costs by other means."""
    with Stopwatch() as watch:
        for raw in raws:
            message_from_bytes(raw, policy=policy.compat32).items()
    table.row("peer: email, compat32, nothing decoded", watch.cpu)
    few = raws[::SLOW]
    with Stopwatch() as watch:
        for raw in few:
            try:
                _by_email(raw)
            except Exception:  # it raises on some broken mail; what it took until then counts
                continue
    table.row("peer: email, policy.default", watch.cpu, SLOW)
    with Stopwatch() as watch:
        for raw in raws:
            try:
                _by_fast_parser(raw)
            except fast_mail_parser.ParseError:
                continue
    table.row("peer: fast-mail-parser bare", watch.cpu)
    with Stopwatch() as watch:
        for message in mailbox.mbox(path, create=False):
            message.get_payload()
    table.row("peer: mailbox.mbox, nothing decoded", watch.cpu)
    naive = path.with_name("few.mbox")
    naive.write_bytes(_slice(path, len(raws) // SLOW))
    classifier, decider = Classifier.load(), _decider()
    with Stopwatch() as watch, path.with_name("naive.jsonl").open("w") as out:
        for message in mailbox.mbox(naive, create=False):
            read = read_message(bytes(message))
            prediction = classifier.classify(text_of(read))
            preview = decider.decide(read, prediction)
            row = {"subject": read.subject, "intent": prediction.intent,
                   "tags": sorted(prediction.tags), "mode": preview.mode}  # fmt: skip
            out.write(json.dumps(row) + "\n")
    table.row("peer: loop over mailbox, our reader and model", watch.cpu, SLOW)


def _slice(path: Path, count: int) -> bytes:
    content = path.read_bytes()
    end = 0
    for _ in range(count):
        end = content.find(b"\nFrom MAILER-DAEMON ", end + 1)
    return content[: end + 1]


def _by_email(raw: bytes) -> tuple[str, str, str, str, int]:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain", "html"))
    return (
        message["message-id"] or "",
        message["from"].addresses[0].addr_spec if message["from"] else "",
        message["subject"] or "",
        body.get_content() if body else "",
        sum(1 for _ in message.iter_attachments()) if message.is_multipart() else 0,
    )


def _by_fast_parser(raw: bytes) -> tuple[str, str, str, str, int]:
    mail = fast_mail_parser.parse_email(raw, mode="lazy")
    return (
        mail.headers.get("Message-ID", [""])[0],
        mail.from_.address if mail.from_ else "",
        mail.subject,
        "\n".join(mail.text_plain or mail.text_html),
        len(mail.attachments),
    )


def _by_us(raw: bytes) -> tuple[str, str, str, str, int]:
    message = read_message(raw)
    text = "\n".join((message.text, message.signature, message.quoted))
    found = len(message.attachments)
    return message.message_id, message.from_address, message.subject, text, found


def fidelity(raws: list[bytes], truths: list[Truth]) -> None:
    """How often each reader finds what was written; a reader that raises has found nothing."""
    readers: tuple[tuple[str, Callable[[bytes], tuple[str, str, str, str, int]]], ...] = (
        ("ours", _by_us),
        ("email, policy.default", _by_email),
        ("fast-mail-parser", _by_fast_parser),
    )
    pairs = list(zip(raws, truths, strict=True))
    pairs = [pair for at, pair in enumerate(pairs) if pair[1].broken or at % SLOW == 0]
    broken = sum(1 for _, truth in pairs if truth.broken)
    print(f"found right, of {len(pairs):,} messages of which {broken} are broken (%)")
    print(f"{'':<26}{'id':>8}{'from':>8}{'subject':>9}{'text':>8}{'attached':>10}{'raised':>8}")
    for name, reader in readers:
        right: Counter[str] = Counter()
        for raw, truth in pairs:
            try:
                identity, sender, subject, text, attached = reader(raw)
            except Exception:
                right["raised"] += 1
                continue
            right["id"] += identity.strip("<> ") == truth.message_id
            right["from"] += sender == truth.sender
            right["subject"] += subject == truth.subject
            right["text"] += _words(truth.text) in _words(text)
            right["attached"] += attached == truth.attachments
        shares = [100 * right[key] / len(pairs) for key in ("id", "from", "subject", "text",
                                                            "attached")]  # fmt: skip
        print(
            f"{name:<26}{shares[0]:>8.1f}{shares[1]:>8.1f}{shares[2]:>9.1f}{shares[3]:>8.1f}"
            f"{shares[4]:>10.1f}{right['raised']:>8}"
        )


def _words(text: str) -> str:
    """The text without blanks, tags and entities: HTML counts as right when its words are."""
    import html
    import re

    return "".join(html.unescape(re.sub(r"<[a-z/!][^>]*>", "", text)).split())


def jobs(
    path: Path, count: int, size: int, table: Table, folder: Path, texts: list[list[MessageText]]
) -> None:
    """The whole job as the command runs it, start-up included, with one and two processes."""
    runs: dict[int, Run] = {}
    print(f"{'whole job':<44}{'wall s':>8}{'CPU s':>8}{'MB/s':>9}{'messages/s':>12}")
    for workers in (1, 2):
        output = folder / f"{workers}.parquet"
        runs[workers] = run = classify(path, output, workers)
        assert pl.scan_parquet(output).select(pl.len()).collect().item() == count
        print(
            f"{f'{workers} process' + 'es' * (workers > 1):<44}{run.wall:>8.2f}{run.cpu:>8.2f}"
            f"{size / 1e6 / run.wall:>9.1f}{count / run.wall:>12,.0f}"
        )
    same = (folder / "1.parquet").read_bytes() == (folder / "2.parquet").read_bytes()
    cpu = table.cpu
    one, two = runs[1], runs[2]
    slowest = max((name for name in cpu if not name.startswith("peer")), key=lambda name: cpu[name])
    assert slowest == "classify", "what is held against the job is its slowest stage"
    alone = classify_alone(texts, 2, folder)
    print(f"{'classify alone, 2 processes':<44}{alone.wall:>8.2f}{alone.cpu:>8.2f}"
          f"{size / 1e6 / alone.wall:>9.1f}{count / alone.wall:>12,.0f}")  # fmt: skip
    print(f"(before that, once in each process: {alone.ready:.2f} CPU s)")
    costs(path, folder, two)
    naive = cpu["peer: loop over mailbox, our reader and model"]
    ratios = (
        ("parse / email with policy.default", cpu["peer: email, policy.default"] / cpu["parse"]),
        ("job on 2 / classify alone on 2, by the clock", alone.wall / two.wall),
        ("job on 2 / classify alone on 2, by CPU", alone.cpu / two.cpu),
        ("job on 2 / job on 1, by the clock", one.wall / two.wall),
        ("job on 2 / job on 1, by CPU", 2 * one.cpu / two.cpu),
        ("job on 1 / naive loop, by CPU", naive / one.cpu),
    )
    print()
    for name, ratio in ratios:
        print(f"{name:<52}{ratio:>6.2f}")
    print(f"{'seconds from start-up to the first part':<52}{min(one.first, two.first):>6.2f}")
    print(f"one and two processes: {'the same bytes' if same else 'DIFFERENT BYTES'}")


def costs(path: Path, folder: Path, two: Run) -> None:
    """Where the processor time of a job goes: by stage in one process, by process in two."""
    command = [sys.executable, "-m", "benchmarks.batch_costs", str(path), str(folder / "c.parquet")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    seconds: dict[str, float] = json.loads(done.stdout)
    whole = sum(seconds.values())
    print(f"\n{'where the CPU of a job goes, one process':<44}{'CPU s':>8}{'share %':>9}")
    for stage, took in seconds.items():
        print(f"{stage:<44}{took:>8.2f}{100 * took / whole:>9.1f}")
    print(f"\n{'by process, two workers':<44}{'CPU s':>8}{'share %':>9}")
    for name in ("command", "server", "workers"):
        took = getattr(two, name)
        print(f"{name:<44}{took:>8.2f}{100 * took / two.cpu:>9.1f}")


def memory(folder: Path, gigabytes: float, largest: int) -> None:
    """The greatest memory of the command and its workers, on a tenth of the size and on all."""
    small = folder / "small.mbox"
    write_mbox(small, 1_000, largest=largest)
    for share in (0.1, 1.0):
        path = folder / "large.mbox"
        copies = grown(path, small, int(gigabytes * share * 1e9))
        output = folder / "large.parquet"
        run = classify(path, output, 2, report=True)
        rows = pl.scan_parquet(output).select(pl.len()).collect().item()
        assert rows == 1_000 * copies, "count in is count out"
        print(
            f"{path.stat().st_size / 1e9:.2f} GB, {rows:,} messages in {run.wall:.0f} s "
            f"({run.cpu:.0f} CPU s, load {os.getloadavg()[0]:.1f}): at most "
            f"{run.greatest / 1e6:.0f} MB in one process, {run.together / 1e6:.0f} MB in all (PSS)",
            flush=True,
        )


if __name__ == "__main__":
    main()
