"""`gatepost classify` run as a user runs it, and what its processes took together (Linux)."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SHOP = Path(__file__).parents[1] / "data" / "shop" / "shop.policy"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Run:
    """Seconds by the clock, and until the first part was committed; seconds of processor of the
    command, of what it started (the server that forks) and of the workers; bytes of memory that
    is no file's: of the greatest process, and of all at one moment, a page that several share
    counted once."""

    wall: float = 0.0
    command: float = 0.0
    server: float = 0.0
    workers: float = 0.0
    first: float = 0.0
    greatest: int = 0
    together: int = 0

    @property
    def cpu(self) -> float:
        """Seconds of all processors."""
        return self.command + self.server + self.workers


def classify(path: Path, output: Path, workers: int, *, report: bool = False) -> Run:
    """Runs the command and watches it; raises CalledProcessError when it fails."""
    command = [str(Path(sys.executable).with_name("gatepost")), "classify", str(path), "-o",
               str(output), "--policy", str(SHOP), "--workers", str(workers)]  # fmt: skip
    if report:
        command += ["--report", str(output.with_suffix(".html"))]
    work = output.with_name(f".{output.name}.work")
    found = Run()
    seconds: dict[int, float] = {}
    started_by_command: set[int] = set()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        if not found.first and any(work.glob("*.json")):
            found.first = time.perf_counter() - started
        family = _family(process.pid)
        started_by_command.update(_children(process.pid))
        seconds.update((pid, took) for pid in family if (took := _processor(pid)))
        sizes = [_memory(pid) for pid in family]
        found.greatest = max(found.greatest, *sizes, 0)
        found.together = max(found.together, sum(sizes))
        time.sleep(0.02)
    found.wall = time.perf_counter() - started
    found.command = seconds.pop(process.pid)
    found.server = sum(seconds.pop(pid, 0.0) for pid in started_by_command)
    found.workers = sum(seconds.values())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return found


def _family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for one in found:
        found += _children(one)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # it may end while it is looked at
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _processor(pid: int) -> float:
    """Processor seconds of a process so far, user and system (proc(5), fields 14 and 15)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> int:
    """Bytes of memory of a process, not pages of files; its part of those that it shares with
    what was forked from it (proc(5), Pss_Anon)."""
    try:
        status = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    line = next((line for line in status.splitlines() if line.startswith("Pss_Anon")), "x 0 kB")
    return int(line.split()[1]) * 1024
