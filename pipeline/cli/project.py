"""What the project ships besides its code, for whoever runs a command from somewhere else."""

import sysconfig
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_MODEL", "ModelOption", "here_or_in_project"]

_PROJECT = Path(__file__).parents[2]
_INSTALLED = Path(sysconfig.get_path("data"), "share", "gatepost")
DEFAULT_MODEL = Path("build/model")


def here_or_in_project(path: Path) -> Path:
    """`path` where it is; a relative one that is not here, where the project has it."""
    if path.exists():
        return path
    # An absolute path stays what it is in either folder.
    return next((there / path for there in (_PROJECT, _INSTALLED) if (there / path).exists()), path)


ModelOption = Annotated[
    Path,
    typer.Option(
        help="Folder of the classifier's model; looked for here, then in the project's folder.",
        envvar="GATEPOST_MODEL",
        callback=here_or_in_project,
    ),
]
