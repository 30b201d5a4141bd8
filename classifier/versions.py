"""Versions of a model in one folder: which is live, and how to go back.

`FOLDER/versions.json` names the live version and keeps what was live before; each version is a
model folder of its own beside it, `FOLDER/1`, `FOLDER/2`, and so on. Going from one to another
replaces that one small file, so a reader sees the one or the other, never a mixture.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "Release", "VersionError", "adopt", "live_folder", "names", "new_version", "prune", "release",
    "releases", "roll_back",
]  # fmt: skip

_FORMAT: Final = 1
_POINTER: Final = "versions.json"
_FILES: Final = ("manifest.json", "arrays.npz")


class VersionError(ValueError):
    """A version that is not there, or nothing to go back to; the message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version that became live at a time (RFC 3339), and why."""

    version: str
    at: str
    why: str
    rolled_back: bool = False


def live_folder(folder: Path) -> Path:
    """The model folder that is live in `folder`; `folder` itself when it keeps no versions.

    Raises `VersionError` when `versions.json` is damaged.
    """
    history = releases(folder)
    return folder / history[-1].version if history else folder


def releases(folder: Path) -> tuple[Release, ...]:
    """What was made live in `folder`, oldest first; the last is live. Raises `VersionError`."""
    try:
        found = json.loads((folder / _POINTER).read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise VersionError(f"{folder / _POINTER} cannot be read: {error}") from error
    try:
        history = tuple(Release(**one) for one in found["releases"])
        if found["format"] != _FORMAT or not all(one.version.isdecimal() for one in history):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise VersionError(
            f"{folder / _POINTER} was altered or is of another program: restore it from a backup,"
            " or remove it and choose a version with `gatepost model use`"
        ) from None
    return history


def names(folder: Path) -> list[str]:
    """The versions that stand in `folder`, oldest first."""
    if not folder.is_dir():
        return []
    found = [one.name for one in folder.iterdir() if one.name.isdecimal() and one.is_dir()]
    return sorted(found, key=int)


def new_version(folder: Path) -> tuple[str, Path]:
    """The next free name and its empty folder, which is nobody else's."""
    folder.mkdir(parents=True, exist_ok=True)
    number = int((names(folder) or ["0"])[-1])
    while True:
        number += 1
        try:
            (folder / str(number)).mkdir()
        except FileExistsError:  # another training took the name meanwhile
            continue
        return str(number), folder / str(number)


def release(folder: Path, version: str, *, at: str, why: str) -> None:
    """Make `version` live, from this moment and for whoever loads `folder`.

    Raises `VersionError` when there is no such version.
    """
    if version not in names(folder):
        known = ", ".join(names(folder)) or "none"
        raise VersionError(f"{folder} has no version {version!r}; it has: {known}")
    _write(folder, [*releases(folder), Release(version, at, why)])


def roll_back(folder: Path, *, at: str) -> Release:
    """Make live again what was live before; returns it. Twice in a row goes further back.

    Raises `VersionError` when nothing was, or when it no longer stands in the folder.
    """
    history = releases(folder)
    live = _live_ones(history)
    if len(live) < 2:
        raise VersionError(f"nothing was live in {folder} before what is live now")
    if live[-2] not in names(folder):
        raise VersionError(f"version {live[-2]}, live before, no longer stands in {folder}")
    earlier = Release(live[-2], at, f"rolled back from {live[-1]}", rolled_back=True)
    _write(folder, [*history, earlier])
    return earlier


def adopt(folder: Path, *, at: str) -> None:
    """Make a model that stands in `folder` itself its first version; does nothing otherwise."""
    if releases(folder) or not (folder / _FILES[0]).is_file():
        return
    name, place = new_version(folder)
    for file in _FILES:
        (place / file).write_bytes((folder / file).read_bytes())
    release(folder, name, at=at, why="found here")
    for file in _FILES:
        (folder / file).unlink()


def prune(folder: Path, keep: int) -> list[str]:
    """Remove old versions; returns their names, oldest first.

    Kept are the `keep` newest (at least one, so that no name is given twice), the one that is live
    and the one that `roll_back` would go to. Raises `VersionError`.
    """
    if keep < 1:
        raise VersionError("at least the newest version is kept")
    needed = {*names(folder)[-keep:], *_live_ones(releases(folder))[-2:]}
    removed = [name for name in names(folder) if name not in needed]
    for name in removed:
        shutil.rmtree(folder / name)
    return removed


def _live_ones(history: Sequence[Release]) -> list[str]:
    """The versions that were live and not rolled back, oldest first; the last is live."""
    found: list[str] = []
    for one in history:
        if one.rolled_back:
            found.pop()
        else:
            found.append(one.version)
    return found


def _write(folder: Path, history: Sequence[Release]) -> None:
    content = {"format": _FORMAT, "releases": [asdict(one) for one in history]}
    partial = folder / f".{os.getpid()}.{_POINTER}"
    partial.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    partial.replace(folder / _POINTER)
