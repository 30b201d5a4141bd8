"""How fast messages are decided: `python -m benchmarks.policy_engines [--sizes 20,200,2000]`.

For each size the same seeded rules go to our compiler, our frames, hand-written Python, Cedar,
Rego and CEL; first every answer (all rules that fire, and the mode) is compared on every message
that is compared, then each is timed in CPU seconds, one after the other. `ratio` is ours / theirs,
one at a time. Peers are installed into build/benchmark-policy from requirements-policy.txt; one
that cannot be had is skipped, and said so.

`first` is a message never met before, `again` one of 5,000 that come round, both with the facts
that all engines get; `whole` is the same message with every fact of the vocabulary, which is mostly
the memory they take. `batch` is a frame of distinct messages, the domain a categorical, one thread,
the best of five runs (others may be at work on the same processor).

Also printed: seconds to parse and check the policy, and the greatest memory of deciding a file of
`--rows` messages in the streaming engine.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import policy_workload as workload
from policy.compiler import Compiled
from policy.facts import Facts
from policy.loading import load
from policy.rules import Policy
from policy.syntax import Source
from policy.vocabulary import BUILT_IN

ROOT = Path(__file__).parents[1]
PEERS = ("Cedar (cedarpy)", "Rego (regopy)", "CEL (C++)")
HERE = Path(__file__).parent


def facts_of(message: workload.Message) -> Facts:
    """A message of the workload as facts, with the mailbox's mode, which every decision reads."""
    return Facts(
        BUILT_IN,
        {
            **message,
            "tags": frozenset(message["tags"]),
            "confidence": message["confidence"] * 100,
            "mailbox.mode": BUILT_IN["mailbox.mode"].ordinary,
        },
    )


def number_of(title: str) -> int:
    """The rule of the workload that has this title."""
    return int(title.removeprefix("rule "))


def peers_python() -> Path | None:
    """The Python of the peers' own environment, made now if need be; None when it cannot be."""
    folder = ROOT / "build" / "benchmark-policy"
    python = folder / "bin" / "python"
    if not python.exists():
        try:
            venv.create(folder, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"no environment for the peers: {error}")
            return None
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "-r", HERE / "requirements-policy.txt"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        print(f"not all peers could be installed: {last}")
    return python


def peer(python: Path, name: str, rules: int, compared: int, seconds: float) -> dict[str, Any]:
    """What policy_peers.py measured of one engine."""
    done = subprocess.run(
        [python, "-m", "benchmarks.policy_peers", name, str(rules), str(compared), str(seconds)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    if not lines:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"engine": name, "absent": reason}
    found: dict[str, Any] = json.loads(lines[0])
    return found


def rate(decide: Any, inputs: list[Any], seconds: float) -> float:
    """Decisions per CPU second, the inputs coming round."""
    done, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for one in inputs:
            decide(one)
        done += len(inputs)
    return done / (time.process_time() - start)


def ours(policy: Policy, messages: list[workload.Message], seconds: float) -> dict[str, Any]:
    """The compiler: fired rules and modes, and its rates."""
    start = time.process_time()
    compiled = Compiled(policy)
    loaded = time.process_time() - start
    mail = [facts_of(one) for one in messages]
    start = time.process_time()
    decisions = [compiled.decide(one) for one in mail]
    first = len(mail) / (time.process_time() - start)
    whole = [Facts(BUILT_IN, {**BUILT_IN.ordinary(), **one}) for one in mail]
    if [compiled.decide(one) for one in whole] != decisions:
        sys.exit("facts that no rule reads have changed a decision")
    return {
        "load": loaded,
        "first": first,
        "again": rate(compiled.decide, mail, seconds),
        "whole": rate(compiled.decide, whole, seconds),
        "fired": [[number_of(rule.title) for rule in one.fired] for one in decisions],
        "modes": [int(one.mode) for one in decisions],
        "mail": mail,
    }


def batch(policy: Policy, mail: list[Facts], rows: int) -> tuple[float, list[list[int]]]:
    """Rows per CPU second of a frame, and the rules that fired for `mail`."""
    from policy.frames import PolicyFrames, facts_frame

    frames = PolicyFrames(policy)
    small = frames.decide(facts_frame(mail, BUILT_IN).lazy()).collect()
    fired = [
        [number_of(rule.title) for rule in frames.fired(words)]
        for words in small["fired"].to_list()
    ]
    frame = _distinct(mail, rows)
    frames.decide(frame.head(1_000).lazy()).collect()
    seconds = []
    for _ in range(5):
        start = time.process_time()
        frames.decide(frame.lazy()).select("mode", "fired").collect(engine="streaming")
        seconds.append(time.process_time() - start)
    return rows / min(seconds), fired


def _distinct(mail: list[Facts], rows: int) -> Any:
    """A frame whose columns are drawn each for itself, so that few rows are the same."""
    import polars as pl

    from policy.frames import facts_frame

    base = facts_frame(mail, BUILT_IN)
    random = np.random.default_rng(5)
    return pl.DataFrame(
        [column.gather(random.integers(0, len(mail), rows)) for column in base.iter_columns()]
    ).with_columns(pl.col("recipient.domain").cast(pl.Categorical))


def memory(policy: Policy, mail: list[Facts], rows: int) -> None:
    """Decide a file of `rows` rows and count modes; print the greatest memory of the process."""
    import polars as pl

    from policy.frames import PolicyFrames

    path = ROOT / "build" / "benchmark-policy.parquet"
    part = _distinct(mail, min(rows, 500_000))
    frame = pl.concat([part.lazy()] * max(1, rows // part.height))
    path.parent.mkdir(exist_ok=True)
    frame.sink_parquet(path)
    start = time.process_time()
    counts = (
        PolicyFrames(policy).decide(pl.scan_parquet(path)).group_by("mode").len()
        .collect(engine="streaming")
    )  # fmt: skip
    took = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    total = int(counts["len"].sum())
    print(f"a file of {total:,} rows: {total / took:,.0f} rows/s, at most {peak:.2f} GiB")
    path.unlink()


def compare(size: int, messages: list[workload.Message], seconds: float, rows: int,
            python: Path | None) -> None:  # fmt: skip
    """All engines on one size: answers first, then the table."""
    rules = workload.rules(size)
    start = time.process_time()
    loaded = load(Source("benchmark", workload.as_policy(rules)))
    checked = time.process_time() - start
    if loaded.policy is None:
        sys.exit(loaded.rendered())
    found = ours(loaded.policy, messages, seconds)
    together, fired = batch(loaded.policy, found["mail"], rows)
    if fired != found["fired"]:
        sys.exit("the frames and the compiler disagree")
    space: dict[str, Any] = {}
    start = time.process_time()
    exec(workload.as_python(rules), space)
    python_load = time.process_time() - start
    by_hand = space["decide"]
    table = [("Python by hand", python_load, rate(by_hand, messages, seconds), None)]
    _agree("Python by hand", [by_hand(one) for one in messages], found, rules)
    compared = min(len(messages), 4_000_000 // (size * size) + 50)
    for name in PEERS if python is not None else ():
        assert python is not None, "the loop is empty without one"
        result = peer(python, name, size, compared, seconds)
        if "absent" in result:
            print(f"{name} is skipped: {result['absent']}")
            continue
        _agree(name, result["fired"], found, rules)
        table.append((name, result["load"], result["one"], result["batch"]))
    firing = sum(map(len, found["fired"])) / len(messages)
    print(f"\n{size} rules; parse and check {checked:.2f} s; rules firing a message: {firing:.1f}; "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"{'engine':<18}{'load ms':>10}{'one/s':>14}{'batch/s':>14}{'ratio':>9}")
    _row("Gatepost, first", found["load"], found["first"], None, None)
    _row("Gatepost, again", found["load"], found["again"], together, None)
    _row("Gatepost, whole", found["load"], found["whole"], None, None)
    for name, load_seconds, one, many in table:
        _row(name, load_seconds, one, many, found["again"] / one)


def _row(name: str, loaded: float, one: float, many: float | None, ratio: float | None) -> None:
    batch_rate = f"{many:,.0f}" if many else "-"
    times = f"{ratio:.1f}x" if ratio else ""
    print(f"{name:<18}{loaded * 1e3:>10.1f}{one:>14,.0f}{batch_rate:>14}{times:>9}")


def _agree(name: str, fired: list[list[int]], found: dict[str, Any], rules: list[Any]) -> None:
    """Stop when an engine fires other rules or comes to another mode than ours."""
    for at, theirs in enumerate(fired):
        mode = workload.mode_of([rules[number] for number in theirs])
        if (theirs, mode) != (found["fired"][at], found["modes"][at]):
            sys.exit(f"{name} disagrees on message {at}: {theirs} {found['fired'][at]}")


def main() -> None:
    """Compare at every size, then measure memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="20,200,2000")
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds for each rate")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the memory test")
    options = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = "1"  # rates are for one core; polars is imported later
    python = peers_python()
    messages = workload.messages(5_000)
    for size in map(int, options.sizes.split(",")):
        compare(size, messages, options.seconds, 1_000_000 if size < 1_000 else 300_000, python)
    policy = load(Source("benchmark", workload.as_policy(workload.rules(20)))).policy
    assert policy is not None, "it was loaded before"
    memory(policy, [facts_of(one) for one in messages[:500]], options.rows)


if __name__ == "__main__":
    main()
