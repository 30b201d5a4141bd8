"""How a message came to say what it says: each edit with who, when, and what it changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import RowMapping

from pipeline.sender.word_difference import Piece, word_difference

__all__ = ["Edit", "EditHistory", "FieldChange", "edit_history"]

Draft = Mapping[str, Any]
Mask = Callable[[str], str]
_FIELDS = ("subject", "text", "html", "to", "cc", "bcc", "send_at")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A part of a message that is not as it was, with its words before and after."""

    field: str
    before: str
    after: str
    difference: tuple[Piece, ...]


@dataclass(frozen=True)
class Edit:
    """One edit; `at` is in ms, and `before` is None where what it replaced is not kept.

    Texts are compared when somebody looks, and then once: that takes long where they are.
    """

    person: str
    at: int
    before: Draft | None = field(repr=False)
    after: Draft = field(repr=False)
    masked: Mask = field(repr=False)

    @cached_property
    def changes(self) -> tuple[FieldChange, ...] | None:
        """What it changed; None where `before` is."""
        return _changes(self.before, self.after, self.masked)


@dataclass(frozen=True)
class EditHistory:
    """The edits of a message, oldest first."""

    edits: tuple[Edit, ...]

    @cached_property
    def whole(self) -> tuple[FieldChange, ...] | None:
        """All edits together; None where what was written first is not kept."""
        if not self.edits:
            return ()
        first, last = self.edits[0], self.edits[-1]
        return _changes(first.before, last.after, last.masked)


def edit_history(
    draft: Draft, edits: Sequence[RowMapping | Mapping[str, Any]], *, masked: Mask = str
) -> EditHistory:
    """The history of a message that says `draft` now, from its rows, oldest first.

    What must not be seen is taken out by `masked` before anything is compared: a difference could
    cut it into pieces that nobody knows any more.
    """
    found: list[Edit] = []
    after, kept = draft, True
    for row in reversed(edits):
        kept = kept and row["before"] is not None
        before = {**after, **row["before"]} if kept else None
        found.append(Edit(row["person"], row["at"], before, after, masked))
        after = before or after
    return EditHistory(tuple(reversed(found)))


def _changes(before: Draft | None, after: Draft, masked: Mask) -> tuple[FieldChange, ...] | None:
    if before is None:
        return None
    changes = []
    for name in _FIELDS:
        old, new = (masked(_text(draft.get(name))) for draft in (before, after))
        if old != new:
            changes.append(FieldChange(name, old, new, tuple(word_difference(old, new))))
    return tuple(changes)


def _text(part: object) -> str:
    if part is None:
        return ""
    return ", ".join(map(str, part)) if isinstance(part, list) else str(part)
