"""The root of the command line, run as a user runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.cli.lazy import Verb

GATEPOST = Path(sys.executable).with_name("gatepost")
SHOP = Path(__file__).parents[3] / "data" / "shop" / "shop.policy"
HEAVY = ("spacy", "sklearn", "z3", "polars", "fastapi", "pyarrow", "scipy", "numpy")


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GATEPOST, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def _targets(verbs: Mapping[str, Verb]) -> Iterator[str]:
    for verb in verbs.values():
        if verb.verbs is not None:
            yield from _targets(verb.verbs)
        else:
            yield verb.target


@pytest.mark.parametrize("target", list(_targets(main._VERBS)))
def test_every_verb_of_the_help_exists(target: str) -> None:
    module, _, function = target.partition(":")
    assert callable(getattr(import_module(module), function))


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['gatepost', '--help']\n"
        "from pipeline.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert shown.stdout.strip().endswith("[]")
    assert "policy" in shown.stdout


def test_a_misspelt_verb_is_refused() -> None:
    shown = run("polcy")
    assert shown.returncode == 2
    assert "polcy" in shown.stderr


def test_check_of_a_good_policy() -> None:
    shown = run("policy", "check", SHOP)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Corner Shop: no mistakes in" in shown.stdout


def test_check_shows_every_mistake(tmp_path: Path) -> None:
    path = tmp_path / "bad.policy"
    path.write_text('policy "x"\nblock "a" when kin is reply\nblock "b" when tags has frued_risk\n')
    shown = run("policy", "check", path)
    assert shown.returncode == 2
    assert "did you mean `kind`?" in shown.stdout
    assert f"{path}:3:25" in shown.stdout
    found = json.loads(run("policy", "check", path, "--json").stdout)
    assert [(one["code"], one["line"]) for one in found["diagnostics"]] == [
        ("GP0308", 2),
        ("GP0208", 3),
    ]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_an_unreadable_file_is_said_to_be(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.policy"
    if content is not None:
        path.write_bytes(content)
    shown = run("policy", "check", path)
    assert shown.returncode == 2
    assert str(path) in shown.stderr
    assert "Traceback" not in shown.stderr


def test_facts_can_be_read_by_a_program() -> None:
    rows = {row["name"]: row for row in json.loads(run("policy", "facts", "--json").stdout)}
    assert rows["confidence"]["origin"] == "classifier"
    assert rows["order.value"]["type"] == "money, 0.00 to 1_000_000.00"
