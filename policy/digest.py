"""A name for what a policy means: the same for two files that differ only in layout or order."""

import hashlib
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache

from policy.facts import Facts, Vocabulary
from policy.rules import Policy, Span

__all__ = ["canonical", "digest", "vocabulary_digest"]


def digest(policy: Policy) -> str:
    """SHA-256 (hex) of the canonical form of everything the policy states, packs included."""
    return _sha256(canonical(policy))


def vocabulary_digest(vocabulary: Vocabulary) -> str:
    """SHA-256 (hex) of the declared facts with their types, ranges and origins."""
    return _sha256(_plain(vocabulary))


def canonical(policy: Policy) -> object:
    """The policy as plain JSON values, without places in files, in an order of its own."""
    return {
        "name": policy.name,
        "vocabulary": _plain(policy.vocabulary),
        **{
            part: sorted((_plain(item) for item in getattr(policy, part)), key=_dumps)
            for part in ("rules", "invariants", "promises", "examples", "packs")
        },
    }


def _plain(value: object) -> object:
    if type(value) in _SCALARS:
        return value
    match value:
        case Vocabulary():
            return {name: _plain(fact) for name, fact in sorted(value.items())}
        case Facts():
            return {name: _plain(known) for name, known in sorted(value.items())}
        case Enum():
            return value.value
        case frozenset():
            return sorted(_plain(item) for item in value)  # type: ignore[type-var]  # all are names
        case tuple():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            kind = type(value)
            parts = {name: getattr(value, name) for name in _names(kind)}
            return {
                "node": kind.__name__,
                **{n: _plain(part) for n, part in parts.items() if type(part) is not Span},
            }
    return value


_SCALARS = frozenset({str, int, bool, type(None)})


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(part.name for part in fields(kind))


_dumps = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode


def _sha256(value: object) -> str:
    return hashlib.sha256(_dumps(value).encode()).hexdigest()
