"""Installed from a wheel, with no checkout near it, the project has all that it ships."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_PROJECT = Path(__file__).parents[1]
_SHIPPED = ("policy", "proofs", "classifier", "pipeline", "data")


@pytest.fixture(scope="module")
def gatepost(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in a virtual environment where the wheel is installed.

    What the wheel depends on is lent by the environment of the tests.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source, environment = folder / "source", folder / "environment"
    for name in _SHIPPED:
        shutil.copytree(
            _PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(_PROJECT / name, source)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--quiet", "--no-deps", "--no-index")
    _run(folder, *pip, "wheel", *offline, "--no-build-isolation", "-w", str(folder), str(source))
    _run(folder, sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    (wheel,) = folder.glob("*.whl")
    _run(folder, *pip, "--python", str(python), "install", *offline, str(wheel))
    library = _run(
        folder, str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    )
    (Path(library.strip()) / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return environment / "bin" / "gatepost"


def test_a_policy_is_begun_and_proved_anywhere(gatepost: Path, tmp_path: Path) -> None:
    _run(tmp_path, str(gatepost), "policy", "init", "rules")
    told = _run(tmp_path, str(gatepost), "policy", "verify", "rules")
    assert "claims hold for every message" in told


def test_the_training_text_and_the_sample_shop_are_found_anywhere(
    gatepost: Path, tmp_path: Path
) -> None:
    where = _run(
        tmp_path,
        str(gatepost.parent / "python"),
        "-c",
        "from pathlib import Path\n"
        "from pipeline.cli.project import here_or_in_project as found\n"
        "print(*(found(Path('data', name)) for name in ('training', 'shop', 'inbox')), sep='\\n')",
    )
    for folder in map(Path, where.splitlines()):
        assert folder.is_relative_to(gatepost.parents[1])
        names = {path.name for path in (_PROJECT / "data" / folder.name).iterdir()}
        assert {path.name for path in folder.iterdir()} == names


def test_the_service_makes_its_store_anywhere(gatepost: Path, tmp_path: Path) -> None:
    secret = _run(tmp_path, str(gatepost), "key", "create", "first", "--scope", "send")
    assert secret.strip()
    assert (tmp_path / "gatepost.db").stat().st_size


def _run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
