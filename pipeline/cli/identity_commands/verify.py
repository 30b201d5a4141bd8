"""`gatepost identity verify`: who let a message leave, and whether it is still that message."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pipeline.mail.identity import Verified

_TIMEOUT = 10.0
_LARGEST_KEY_SET = 65_536


def verify(
    message: Annotated[Path, typer.Argument(help="The message as it came, an .eml file; - reads.")],
    keys: Annotated[
        Path | None, typer.Option(help="The sender's key set; else it is fetched over https.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write claims and problems.")] = False,
) -> None:
    """Check the Gatepost-Identity header of a message.

    Without --keys the keys are asked for at https://DOMAIN/.well-known/gatepost-keys, of the
    domain that the header names and that must be the sender's own. Exit code 0: the message is
    what its sender let leave. 1: it is not, or nothing says so. 2: the message or the keys cannot
    be read.
    """
    from dkim import MessageFormatError

    from pipeline.mail.identity import verify_identity

    try:
        raw = sys.stdin.buffer.read() if str(message) == "-" else message.read_bytes()
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # a file may have lost its CRLF
        found = verify_identity(raw, _keys(raw, keys), datetime.now(UTC))
    except OSError as error:
        typer.echo(f"gatepost: {error.filename} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    except (ValueError, MessageFormatError) as error:
        typer.echo(f"gatepost: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"verified": found.holds, "problems": found.problems,
                               "claims": found.claims}, indent=1))  # fmt: skip
    else:
        _show(found)
    raise typer.Exit(0 if found.holds else 1)


def _show(found: "Verified") -> None:
    for problem in found.problems:
        typer.echo(f"not verified: {_one_line(problem)}")
    if not found.holds:
        return
    claims = found.claims
    author = claims.get("author") or {}
    who = " ".join(str(author[name]) for name in ("kind", "name") if author.get(name))
    lines = {
        "domain": claims["iss"],
        "operator": claims.get("operator"),
        "written by": who,
        "mode": claims.get("mode"),
        "policy": claims.get("policy"),
        "certificate": claims.get("certificate") or "proved at the start of the service",
        "signed at": datetime.fromtimestamp(claims["iat"], UTC).isoformat(),
    }
    typer.echo("verified")
    for name, value in lines.items():
        typer.echo(f"  {name:<12} {_one_line(str(value))}")


def _one_line(text: str) -> str:
    """What a stranger wrote, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _keys(raw: bytes, path: Path | None) -> dict[str, Any]:
    """The key set; raises ValueError when it cannot be had."""
    found = json.loads(path.read_bytes() if path is not None else _fetched(raw))
    if not isinstance(found, dict):
        raise ValueError("the keys are no JSON Web Key Set")
    return found


def _fetched(raw: bytes) -> bytes:
    import httpx

    from pipeline.mail.identity import KEYS_PATH, claimed_domain

    domain = claimed_domain(raw)
    if domain is None:
        return b'{"keys": []}'  # nothing to ask for: the check itself says why
    url = f"https://{domain}{KEYS_PATH}"
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT, follow_redirects=False) as answer:
            if answer.status_code != 200:
                raise ValueError(f"{url} answers {answer.status_code}; give the keys with --keys")
            octets = b""
            for piece in answer.iter_bytes():
                octets += piece
                if len(octets) > _LARGEST_KEY_SET:
                    raise ValueError(f"what {url} sends is too long for a key set")
            return octets
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ValueError(f"{url} cannot be asked ({error}); give the keys with --keys") from None
