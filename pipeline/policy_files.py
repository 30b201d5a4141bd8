"""Policy files as sources of the language."""

from collections.abc import Iterable
from pathlib import Path

from policy.syntax import Source

__all__ = ["POLICY_SUFFIX", "PolicyFileError", "read_sources"]

POLICY_SUFFIX = ".policy"


class PolicyFileError(Exception):
    """A policy file cannot be read; says which and why."""


def read_sources(paths: Iterable[Path]) -> list[Source]:
    """The policy files named; a folder stands for all `*.policy` in it. Raises PolicyFileError."""
    found: list[Source] = []
    for path in paths:
        files = sorted(path.rglob(f"*{POLICY_SUFFIX}")) if path.is_dir() else [path]
        if not files:
            raise PolicyFileError(f"{path} holds no file that ends in {POLICY_SUFFIX}")
        for file in files:
            try:
                found.append(Source(str(file), file.read_text("utf-8")))
            except UnicodeDecodeError as error:
                raise PolicyFileError(
                    f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8"
                ) from None
            except OSError as error:
                raise PolicyFileError(f"{file} cannot be read: {error.strerror}") from None
    return found
