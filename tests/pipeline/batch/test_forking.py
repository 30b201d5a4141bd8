"""What processes are forked from, and what they find; asked of a process that started no other."""

import os
import subprocess
import sys
from pathlib import Path

from pipeline.batch.forking import ONE_THREAD, PRELOADED

ROOT = Path(__file__).parents[3]


def answer(script: str) -> str:
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=environment, cwd=ROOT
    )
    return done.stdout.decode().strip()


def test_the_server_has_no_threads_that_a_fork_would_lose() -> None:
    script = f"import {', '.join(PRELOADED)}, os; print(len(os.listdir('/proc/self/task')))"
    assert answer(script) == "1"


SCRIPT = f"""
import os
from pipeline.batch.forking import pool
before = dict(os.environ)
with pool(1) as processes:
    loaded = processes.submit(eval, "set({PRELOADED}) <= set(__import__('sys').modules)")
    threads = processes.submit(os.getenv, "POLARS_MAX_THREADS")
    print(loaded.result(), threads.result(), end=" ")
print(before == dict(os.environ))
"""


def test_workers_have_the_modules_and_keep_to_one_thread() -> None:
    assert answer(SCRIPT) == "True 1 True"


def test_what_workers_judge_with_needs_no_polars() -> None:
    script = f"import {', '.join(PRELOADED)}, pipeline.batch.kernel, sys; print(*sys.modules)"
    modules = answer(script).split()
    assert "pipeline.batch.kernel" in modules
    assert "polars" not in modules
