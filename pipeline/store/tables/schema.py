"""What all tables share: one metadata, and columns made from the fields of the life-cycle table."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, MetaData

from policy.lifecycle import FIELDS
from policy.terms import FieldKind

__all__ = [
    "MESSAGE_FIELDS", "SERVICE_FIELDS", "RowNumber", "field_checks", "field_columns", "metadata",
]  # fmt: skip

metadata = MetaData()

MESSAGE_FIELDS = tuple(name for name, spec in FIELDS.items() if not spec.of_service)
SERVICE_FIELDS = tuple(name for name, spec in FIELDS.items() if spec.of_service)

RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""The type of a number that the database gives; SQLite gives them to an INTEGER only."""

_HIGHEST = {FieldKind.BOOL: 1, FieldKind.MODE: 4}


def field_columns(names: tuple[str, ...]) -> list[Column[int]]:
    """A column for each of these fields of `policy.lifecycle`."""
    return [Column(name, Integer, nullable=False) for name in names]


def field_checks(names: tuple[str, ...]) -> list[CheckConstraint]:
    """What the database checks of each of these fields: its range."""
    checks = []
    for name in names:
        kind = FIELDS[name].kind
        upper = f" AND {name} <= {_HIGHEST[kind]}" if kind in _HIGHEST else ""
        checks.append(CheckConstraint(f"{name} >= 0{upper}", name=f"{name}_in_range"))
    return checks
