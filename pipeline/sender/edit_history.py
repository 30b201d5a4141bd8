"""How a message came to say what it says: each edit with who, when, and what it changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping

from pipeline.sender.word_difference import Piece, word_difference

__all__ = ["Edit", "EditHistory", "FieldChange", "edit_history"]

_FIELDS = ("subject", "text", "html", "to", "cc", "bcc", "send_at")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A part of a message that is not as it was, with its words before and after."""

    field: str
    before: str
    after: str
    difference: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit; `at` is in ms, and `changes` is None where what it replaced is not kept."""

    person: str
    at: int
    changes: tuple[FieldChange, ...] | None


@dataclass(frozen=True, slots=True)
class EditHistory:
    """The edits, oldest first, and all of them together; `whole` is None as `Edit.changes` is."""

    edits: tuple[Edit, ...]
    whole: tuple[FieldChange, ...] | None


def edit_history(
    draft: Mapping[str, Any],
    edits: Sequence[RowMapping | Mapping[str, Any]],
    *,
    masked: Callable[[str], str] = str,
) -> EditHistory:
    """The history of a message that says `draft` now, from its rows, oldest first.

    What must not be seen is taken out by `masked` before anything is compared: a difference could
    cut it into pieces that nobody knows any more.
    """
    found: list[Edit] = []
    later: Mapping[str, Any] = draft
    kept = True
    for row in reversed(edits):
        kept = kept and row["before"] is not None
        earlier = {**later, **row["before"]} if kept else later
        changes = _changes(earlier, later, masked) if kept else None
        found.append(Edit(row["person"], row["at"], changes))
        later = earlier
    return EditHistory(tuple(reversed(found)), _changes(later, draft, masked) if kept else None)


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], masked: Callable[[str], str]
) -> tuple[FieldChange, ...]:
    changes = []
    for field in _FIELDS:
        old, new = (masked(_text(draft.get(field))) for draft in (before, after))
        if old != new:
            changes.append(FieldChange(field, old, new, tuple(word_difference(old, new))))
    return tuple(changes)


def _text(part: object) -> str:
    if part is None:
        return ""
    return ", ".join(map(str, part)) if isinstance(part, list) else str(part)
