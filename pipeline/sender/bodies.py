"""The words of a message as one text, for whoever reads it without its HTML."""

import re

from sqlalchemy import RowMapping

from pipeline.mail.html_text import html_text

__all__ = ["body_of"]

_WORD = re.compile(r"\w+")


def body_of(row: RowMapping) -> str:
    """All that a message says, as text: also what only its HTML says, since readers see that."""
    draft = row["draft"]
    parts = [draft.get("text", ""), draft.get("quoted", "")]
    page = html_text(draft.get("html") or "").visible
    if not set(_WORD.findall(page)) <= set(_WORD.findall(parts[0])):
        parts.append(page)
    return "\n\n".join(part for part in parts if part)
