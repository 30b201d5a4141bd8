"""Pages of a list: at most `limit` items, and a `cursor` only where there is a next page."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query

__all__ = ["Cursor", "Limit", "page"]

Cursor = Annotated[
    str, Query(max_length=320, description="`cursor` of the page before; empty for the first")
]
Limit = Annotated[int, Query(ge=1, le=100, description="items on a page")]


def page(
    items: Sequence[Any], limit: int, last: object, *names: str, **more: object
) -> dict[str, Any]:
    """The items under each of `names`; `last` names the last one, where the next page begins.

    Some clients know a list by another name than others do, so it may stand under several; those
    that look for "the" array of an answer take `data`.
    """
    listed = list(items)
    cursor = {"cursor": str(last)} if len(listed) == limit else {}
    return {**dict.fromkeys(names, listed), **more, **cursor}
