"""What a person sees of a run before and while it is done."""

import subprocess
import sys


def test_a_sign_of_life_needs_none_of_the_heavy_imports() -> None:
    script = """
import sys
from pipeline.cli.progress import watching
with watching():
    print(sorted({"polars", "pyarrow", "numpy", "spacy"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
