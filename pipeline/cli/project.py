"""What lies in the project's own folder, for whoever runs a command from somewhere else."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["DEFAULT_MODEL", "ModelOption", "here_or_in_project"]

_PROJECT = Path(__file__).parents[2]
DEFAULT_MODEL = Path("build/model")


def here_or_in_project(path: Path) -> Path:
    """`path` where it is; a relative one that is not here, as the project's folder has it."""
    elsewhere = _PROJECT / path  # an absolute path stays what it is
    return elsewhere if not path.exists() and elsewhere.exists() else path


ModelOption = Annotated[
    Path,
    typer.Option(
        help="Folder of the classifier's model; looked for here, then in the project's folder.",
        envvar="GATEPOST_MODEL",
        callback=here_or_in_project,
    ),
]
