"""Inputs that are not at a local path: standard input and addresses such as `s3://…`."""

import re
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

from pipeline.intake.errors import IntakeError

__all__ = ["fetched"]

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]{1,20})://")


def fetched(source: str, scratch: Path, stdin: BinaryIO | None = None) -> Path:
    """The local path of `source`; what is elsewhere is copied into `scratch` first.

    `-` is standard input. Raises IntakeError when an address cannot be read.
    """
    if source == "-":
        target = scratch / "stdin.mbox"
        with target.open("wb") as out:
            shutil.copyfileobj(stdin or sys.stdin.buffer, out, 1 << 20)
        return target
    address = _ADDRESS.match(source)
    if address is None:
        return Path(source)
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(source)
        target = scratch / "fetched" / Path(path.rstrip("/")).name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            partial = target.with_name(f".{target.name}.part")
            shutil.rmtree(partial, ignore_errors=True)
            filesystem.get(path, str(partial), recursive=filesystem.isdir(path))
            partial.replace(target)
    except ImportError as error:
        raise IntakeError(f"{source}: {error}") from error
    except (OSError, ValueError) as error:
        raise IntakeError(f"{source}: it cannot be fetched: {error}") from error
    return target
