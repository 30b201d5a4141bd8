"""The keys of the signed identity: usable, guarded, young, and published where they are sought."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from pipeline.doctor.finding import Finding, advice, failure, ok
from pipeline.mail.identity import KEYS_PATH
from pipeline.mail.identity_keys import IdentityFolder, published_keys
from pipeline.mail.signing import SigningKeyError

__all__ = ["check_identity_keys", "check_private_file", "fetched"]

_OLD = timedelta(days=90)
_OTHERS = 0o077

Fetch = Callable[[str], Awaitable[Any]]
"""The JSON at a URL; raises OSError or ValueError when there is none."""


async def check_identity_keys(
    folders: Mapping[str, Path], fetch: Fetch, now: datetime
) -> list[Finding]:
    """The folder of each domain, and what the domain publishes."""
    found: list[Finding] = []
    for domain, folder in folders.items():
        try:
            key = IdentityFolder(domain, folder).key()
            ours = published_keys(folder)["keys"]
        except SigningKeyError as error:
            found.append(failure("identity", str(folder), str(error),
                                 f"run `gatepost identity rotate {folder}`"))  # fmt: skip
            continue
        found += check_private_file("identity", folder / f"{key.kid}.pem")
        age = now - datetime.fromtimestamp(ours[0].get("nbf", 0), UTC)
        if age > _OLD:
            found.append(advice("identity", str(folder), f"its key is {age.days} days old",
                                f"run `gatepost identity rotate {folder}`"))  # fmt: skip
        found.append(await _published(domain, ours, fetch))
    return found


def check_private_file(check: str, path: Path) -> list[Finding]:
    """Whether nobody but its owner may read a private key."""
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        return [failure(check, str(path), f"it cannot be read: {error.strerror}",
                        "correct the path, or who may read it")]  # fmt: skip
    if mode & _OTHERS:
        return [failure(check, str(path), f"others may read the private key (mode {mode:o})",
                        f"chmod 600 {path}")]  # fmt: skip
    return []


async def fetched(url: str) -> Any:
    """The JSON at `url`; raises OSError or ValueError."""
    try:
        async with httpx.AsyncClient(timeout=10, follow_redirects=False) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(str(error) or type(error).__name__) from None
    if answer.status_code != 200:
        raise OSError(f"it answers {answer.status_code}")
    return answer.json()


async def _published(domain: str, ours: list[Mapping[str, Any]], fetch: Fetch) -> Finding:
    where = f"https://{domain}{KEYS_PATH}"
    mend = f"have the web server of {domain} pass {KEYS_PATH} on to this service"
    try:
        there = await fetch(where)
        listed = {one["kid"]: one for one in there["keys"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return failure("identity", where, f"nobody can verify our mail: {error}", mend)
    missing = [one["kid"] for one in ours if listed.get(one["kid"]) != one]
    if missing:
        return failure("identity", where, f"it lacks {len(missing)} of our keys, or has others",
                       mend)  # fmt: skip
    return ok("identity", where, "our keys are published")
