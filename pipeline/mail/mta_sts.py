"""What a domain promises of its mail servers by MTA-STS (RFC 8461): record, policy file, names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Promise", "PromiseError", "StsPolicy", "parse_policy", "policy_id"]

Promise = Literal["enforce", "testing", "none"]

_RECORD = re.compile(r"v=STSv1[ \t]*(?:;|$)")
_ID = re.compile(r"[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*")
_PATTERN = re.compile(r"(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*[a-z0-9_-]{1,63}")
_LONGEST_AGE = 31_557_600
_MOST_PATTERNS = 256


class PromiseError(ValueError):
    """A text is no policy; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy file (RFC 8461, 3.2): `max_age` in seconds, `mx` as patterns in lower case."""

    mode: Promise
    max_age: int
    mx: tuple[str, ...]

    def covers(self, host: str) -> bool:
        """Whether `host` is one of the servers that the policy names (4.1).

        A star stands for exactly one label, the leftmost.
        """
        name = host.rstrip(".").lower()
        _, _, parent = name.partition(".")
        return any(
            parent == pattern[2:] if pattern.startswith("*.") else name == pattern
            for pattern in self.mx
        )


def policy_id(texts: Sequence[str]) -> str | None:
    """The id that the TXT records of `_mta-sts.DOMAIN` give the policy (RFC 8461, 3.1).

    None when the domain has no policy, or more than one record.
    """
    records = [text for text in texts if _RECORD.match(text)]
    if len(records) != 1:
        return None
    found = [match[1] for field in records[0].split(";") if (match := _ID.fullmatch(field))]
    return found[0] if len(found) == 1 else None


def parse_policy(text: str) -> StsPolicy:
    """Read a policy file; raises PromiseError.

    Of a field that is there twice the first counts, and unknown ones are for later versions.
    """
    fields: dict[str, str] = {}
    patterns: list[str] = []
    for line in text.splitlines():
        key, colon, value = (part.strip(" \t") for part in line.partition(":"))
        if colon and key == "mx":
            patterns.append(value.rstrip(".").lower())
        elif colon:
            fields.setdefault(key, value)
    if fields.get("version") != "STSv1":
        raise PromiseError("it does not begin with version: STSv1")
    mode = next((one for one in get_args(Promise) if one == fields.get("mode")), None)
    if mode is None:
        raise PromiseError(f"its mode is {fields.get('mode', 'missing')[:40]!r}")
    age = fields.get("max_age", "")
    if not (age.isascii() and age.isdigit() and len(age) <= 10):
        raise PromiseError(f"its max_age is {age[:40]!r}")
    if mode != "none" and not patterns:
        raise PromiseError("it names no mail server")
    if len(patterns) > _MOST_PATTERNS:
        raise PromiseError(f"it names more than {_MOST_PATTERNS} mail servers")
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise PromiseError(f"{pattern[:80]!r} is no name of a mail server")
    return StsPolicy(mode, min(int(age), _LONGEST_AGE), tuple(patterns))
