"""OAuth 2 access tokens that mail servers ask for instead of a password (XOAUTH2).

A token lasts an hour or so. Getting the next one is the business of the provider's own tools, so a
token is read anew for each log-in: from a file that such a tool keeps fresh, or from what a command
prints.
"""

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["AccessToken", "TokenError"]

_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_LONGEST = 16_384
_SECONDS = 30.0


class TokenError(Exception):
    """No token can be had; says why, and never what was read instead of one."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Where the token is: one of `given`, a `file`, or a `command` with its arguments.

    The command runs without a shell, and has half a minute.
    """

    given: str = field(default="", repr=False)
    file: Path | None = None
    command: str = ""

    def read(self) -> str:
        """The token as it is now (RFC 6750, 2.1). Blocks; raises TokenError."""
        if self.command.strip():
            text, where = self._printed(), f"the command {self._name}"
        elif self.file is not None:
            text, where = _content(self.file), str(self.file)
        else:
            text, where = self.given, "what was given"
        token = text.strip()
        if len(token) > _LONGEST or not _TOKEN.fullmatch(token):
            raise TokenError(f"{where} is no access token: one word of letters, digits and -._~+/=")
        return token

    @property
    def _name(self) -> str:
        return self.command.split(maxsplit=1)[0]  # its arguments may be secrets

    def _printed(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603  # what whoever runs the service has set
                shlex.split(self.command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, timeout=_SECONDS, check=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise TokenError(f"{self._name} took longer than {_SECONDS:.0f} seconds") from None
        except subprocess.CalledProcessError as error:
            raise TokenError(f"{self._name} ended with exit code {error.returncode}") from None
        except (OSError, ValueError) as error:
            raise TokenError(f"{self._name} cannot be run: {error}") from None
        return done.stdout.decode("utf-8", "replace")


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError as error:
        raise TokenError(f"{file} cannot be read: {error.strerror}") from None
