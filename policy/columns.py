"""A column of facts as small codes, the first step of `policy.frames`.

A code stands for one value, or for values that no rule tells apart. `values[code]` is one of them;
the last code stands for unknown, which is what null, a value outside the fact's type and a column
that is not there all mean. Of most facts the codes are known beforehand (`FixedColumn`), so that
masks can be made ready; of texts and large sets only those that a frame brings (`OpenColumn`).
"""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from policy.facts import EnumType, NumberType, SetType, TextType, Value, normal_text
from policy.tables import NumberTable, Table, asked_members

__all__ = ["SET_WORD", "Coded", "Codes", "FixedColumn", "OpenColumn", "column", "set_column"]

SET_WORD = 64
"""How many members of a set stand in one column."""

_MEMBERS_AT_ONCE = 10
_SLOT_BITS = 13
_MOST_STEPS = 4

Codes = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Coded:
    """One code for each row, and what the codes stand for."""

    codes: Codes
    values: Sequence[Value | None]


class FixedColumn(ABC):
    """A fact whose codes are known before any frame."""

    values: tuple[Value | None, ...]

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = table.fact.name

    def coded(self, columns: pl.DataFrame) -> Coded:
        """The codes of the fact's column."""
        if self.name not in columns.columns:
            return Coded(np.full(columns.height, len(self.values) - 1, np.uint16), self.values)
        return Coded(self._codes(columns), self.values)

    @abstractmethod
    def _codes(self, columns: pl.DataFrame) -> Codes:
        """The codes when there is a column."""


class OpenColumn(ABC):
    """A fact whose codes differ from frame to frame."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.name = table.fact.name

    def coded(self, columns: pl.DataFrame) -> Coded:
        """The codes of the fact's column."""
        if self.name not in columns.columns:
            return Coded(np.zeros(columns.height, np.uint16), [None])
        return self._coded(columns)

    @abstractmethod
    def _coded(self, columns: pl.DataFrame) -> Coded:
        """The codes when there is a column."""


def column(table: Table) -> FixedColumn | OpenColumn:
    """What makes codes of the column of a table's fact."""
    match table.fact.type:
        case NumberType() as kind:
            assert isinstance(table, NumberTable), "a number has a table with bounds"
            return _Number(table, kind)
        case EnumType(members):
            return _Enum(table, members)
        case SetType(members):
            asked = asked_members(table)
            few = len(asked) <= _MEMBERS_AT_ONCE
            return _SmallSet(table, members, asked) if few else _LargeSet(table, members, asked)
        case TextType():
            return _Text(table)
        case _:
            return _Bool(table)


def set_column(name: str, start: int) -> str:
    """The column with a set's members from the one at `start` on."""
    return f"{name}:{start}" if start else name


class _Bool(FixedColumn):
    values = (False, True, None)

    def _codes(self, columns: pl.DataFrame) -> Codes:
        found = columns[self.name]
        if found.null_count() or found.dtype != pl.Boolean:
            return found.cast(pl.UInt8).fill_null(2).to_numpy()
        return found.to_numpy().view(np.uint8)


class _Enum(FixedColumn):
    def __init__(self, table: Table, members: Sequence[str]) -> None:
        super().__init__(table)
        self.values = (*members, None)
        self._type = pl.Enum(members)

    def _codes(self, columns: pl.DataFrame) -> Codes:
        found = columns[self.name]
        if found.dtype != self._type:
            found = found.cast(self._type, strict=False)
        places = found.to_physical()
        if found.null_count():
            places = places.cast(pl.UInt32).fill_null(len(self.values) - 1)
        return places.to_numpy()


class _Number(FixedColumn):
    """How many bounds a number has reached.

    Bounds may be many and binary search is slow, so the stretch between the first and the last of
    them is cut into slots of equal width: a slot knows the bounds before it, and those few that
    lie within are compared with.
    """

    def __init__(self, table: NumberTable, kind: NumberType) -> None:
        super().__init__(table)
        bounds = table.bounds or [kind.low]
        self.values = (bounds[0] - 1, *bounds, None)
        self._low, self._high = kind.low, kind.high
        self._bounds = np.array(bounds, np.int64)
        self._next = np.array([*bounds, np.iinfo(np.int64).max], np.int64)
        self._start = bounds[0] - 1
        length = bounds[-1] - self._start
        self._shift = max(0, length.bit_length() - _SLOT_BITS)
        slots = range((length >> self._shift) + 2)
        ends = [self._start + (slot << self._shift) for slot in slots]
        reached = np.array([bisect_right(bounds, end) for end in ends])
        self._reached = reached[:-1].astype(np.min_scalar_type(len(self.values)))
        self._steps = int(np.diff(reached).max()) if self._shift else 0
        self._slotted = self._steps <= _MOST_STEPS and length <= np.iinfo(np.int64).max

    def _codes(self, columns: pl.DataFrame) -> Codes:
        found = columns[self.name]
        if found.dtype != pl.Int64:
            found = found.cast(pl.Int64, strict=False)
        if found.null_count():
            found = found.fill_null(self._low - 1)
        numbers = found.to_numpy()
        if not len(numbers):
            return numbers
        codes = self._places(numbers)
        if numbers.min() < self._low or numbers.max() > self._high:
            codes[(numbers < self._low) | (numbers > self._high)] = len(self.values) - 1
        return codes

    def _places(self, numbers: npt.NDArray[np.int64]) -> Codes:
        if not self._slotted:
            return np.searchsorted(self._bounds, numbers, "right")
        near = np.clip(numbers, self._start, self._bounds[-1])
        slots = near - self._start
        slots >>= self._shift
        codes = self._reached.take(slots)
        for _ in range(self._steps):
            codes += near >= self._next.take(codes)
        return codes


class _SmallSet(FixedColumn):
    """Every combination of the members that some rule asks for."""

    def __init__(self, table: Table, members: Sequence[str], asked: Sequence[str]) -> None:
        super().__init__(table)
        self.values = (*_combinations(asked), None)
        self._members = _Members(self.name, [members.index(one) for one in asked])

    def _codes(self, columns: pl.DataFrame) -> Codes:
        codes = self._members.codes(columns)
        _mark_unknown(codes, columns, self.name, len(self.values) - 1)
        return codes


class _LargeSet(OpenColumn):
    """Too many combinations to list: those that occur, found by some members after the others."""

    def __init__(self, table: Table, members: Sequence[str], asked: Sequence[str]) -> None:
        super().__init__(table)
        blocks = [
            asked[start : start + _MEMBERS_AT_ONCE]
            for start in range(0, len(asked), _MEMBERS_AT_ONCE)
        ]
        self._blocks = [
            (list(_combinations(block)), _Members(self.name, [members.index(one) for one in block]))
            for block in blocks
        ]

    def _coded(self, columns: pl.DataFrame) -> Coded:
        codes: npt.NDArray[np.int64] = np.zeros(columns.height, np.int64)
        sets: list[frozenset[str]] = [frozenset()]
        for combinations, members in self._blocks:
            met, codes = np.unique(codes * len(combinations) + members.codes(columns),
                                   return_inverse=True)  # fmt: skip
            sets = [
                sets[code // len(combinations)] | combinations[code % len(combinations)]
                for code in met.tolist()
            ]
        _mark_unknown(codes, columns, self.name, len(sets))
        return Coded(codes, [*sets, None])


class _Members:
    """The members at some positions of a set's type as a code, the first in its lowest bit."""

    def __init__(self, name: str, positions: Sequence[int]) -> None:
        self._name = name
        self._octets: dict[tuple[int, int], npt.NDArray[np.uint16]] = {}
        octet = np.arange(256, dtype=np.uint16)
        for bit, position in enumerate(positions):
            start = position // SET_WORD * SET_WORD
            place = (start, (position - start) // 8)
            codes = self._octets.setdefault(place, np.zeros(256, np.uint16))
            codes |= (octet >> (position % 8) & 1) << bit

    def codes(self, columns: pl.DataFrame) -> npt.NDArray[np.uint16]:
        """The codes; null counts as a set without these members."""
        codes = np.zeros(columns.height, np.uint16)
        words: dict[str, npt.NDArray[np.uint8]] = {}
        for (start, octet), table in self._octets.items():
            name = set_column(self._name, start)
            if name not in columns.columns:
                continue
            if name not in words:
                found = columns[name].cast(pl.UInt64)
                if found.null_count():
                    found = found.fill_null(0)
                octets = np.ascontiguousarray(found.to_numpy(), "<u8").view(np.uint8)
                words[name] = octets.reshape(-1, 8)
            codes |= table.take(words[name][:, octet])
        return codes


class _Text(OpenColumn):
    """A code for each different text, and the texts folded; each is tested once."""

    def _coded(self, columns: pl.DataFrame) -> Coded:
        found = columns[self.name]
        if not isinstance(found.dtype, pl.Categorical | pl.Enum):
            texts = found.drop_nulls().unique()
            codes = found.cast(pl.Enum(texts)).to_physical().fill_null(len(texts)).to_numpy()
            return Coded(codes, [*map(normal_text, texts), None])
        # The texts are coded already, by numbers that may be sparse.
        known = found.drop_nulls() if found.null_count() else found
        places = known.to_physical().to_numpy()
        rows = np.full(int(places.max(initial=0)) + 1, -1, np.int64)
        rows[places] = np.arange(len(places))
        met = np.flatnonzero(rows >= 0)
        texts = known.gather(rows[met]).cast(pl.String)
        dense = np.zeros(len(rows), np.uint32)
        dense[met] = np.arange(len(met), dtype=np.uint32)
        if found.null_count():
            codes = dense.take(found.to_physical().fill_null(0).to_numpy())
            codes[found.is_null().to_numpy()] = len(met)
        else:
            codes = dense.take(places)
        return Coded(codes, [*map(normal_text, texts), None])


def _combinations(members: Sequence[str]) -> Iterable[frozenset[str]]:
    """All sets of some members, that of code i at place i."""
    for taken in product((False, True), repeat=len(members)):
        yield frozenset(one for one, is_in in zip(reversed(members), taken, strict=True) if is_in)


def _mark_unknown(codes: Codes, columns: pl.DataFrame, name: str, unknown: int) -> None:
    """Set the code of unknown where any column of the set is null."""
    for one in columns.columns:
        if (one == name or one.startswith(f"{name}:")) and columns[one].null_count():
            codes[columns[one].is_null().to_numpy()] = unknown
