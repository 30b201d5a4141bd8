"""The meaning of a policy for millions of messages at once: the compiler's tables over columns.

Each fact is a column; null is unknown. In every batch the values of a column become small codes,
the masks of the compiler's table for these codes an array of UInt64 words, and a decision the
conjunction of one row from each array. So the work grows with the facts and the words (64
conjunctions each), never with the depth of a condition, and the streaming engine sees one
elementwise expression.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from policy.compiler import CompiledEvent
from policy.evaluator import evaluate
from policy.facts import (
    BoolType,
    EnumType,
    Fact,
    Facts,
    NumberType,
    SetType,
    TextType,
    Value,
    Vocabulary,
    normal_text,
)
from policy.modes import FAIL_CLOSED, Event, Mode, mailbox_floor
from policy.rules import And, Condition, ModeAtLeast, Not, Obliged, Or, Policy, Rule, RuleKind
from policy.tables import NumberTable, Table, asked_members

__all__ = ["DECISION", "MODES", "PolicyFrames", "facts_frame", "schema"]

MODES = pl.Enum([mode.label for mode in Mode])
"""The type of the columns `mode`, `base` and `floor`."""

DECISION = ("mode", "base", "floor", "fired")
"""The columns that a decision adds; `fired` holds 64 conjunctions in each of its words."""

_MEMBERS = 64
_ROWS_AT_ONCE = 16_384
_MOST_JOINT_CODES = 2_048
_MEMBERS_AT_ONCE = 10

_Words = npt.NDArray[np.uint64]
_Codes = npt.NDArray[np.integer[Any]]


def schema(vocabulary: Vocabulary) -> dict[str, pl.DataType]:
    """The columns of a frame of facts.

    A number is a scaled whole number, an enum a `pl.Enum`. A set is a UInt64 whose bit i stands for
    its member i; members from the 65th on stand in columns `NAME:64`, `NAME:128` and so on. An
    enum may also stand as plain text, which is slower, and a text as `pl.Categorical`, which is
    faster where few texts come again and again.
    """
    columns: dict[str, pl.DataType] = {}
    for name, fact in vocabulary.items():
        match fact.type:
            case BoolType():
                columns[name] = pl.Boolean()
            case EnumType(values):
                columns[name] = pl.Enum(values)
            case NumberType():
                columns[name] = pl.Int64()
            case TextType():
                columns[name] = pl.String()
            case SetType(members):
                for start in range(0, max(1, len(members)), _MEMBERS):
                    columns[_set_column(name, start)] = pl.UInt64()
    return columns


def facts_frame(messages: Sequence[Facts], vocabulary: Vocabulary) -> pl.DataFrame:
    """Facts as a frame of the schema, one row for each message."""
    columns: dict[str, list[Value | None]] = {}
    for name, fact in vocabulary.items():
        values = [facts.get(name) for facts in messages]
        if isinstance(fact.type, SetType):
            for start in range(0, max(1, len(fact.type.members)), _MEMBERS):
                members = fact.type.members[start : start + _MEMBERS]
                columns[_set_column(name, start)] = [
                    sum(1 << bit for bit, member in enumerate(members) if member in value)
                    if isinstance(value, frozenset)
                    else None
                    for value in values
                ]
        else:
            columns[name] = values
    return pl.DataFrame(columns, schema=schema(vocabulary))


class PolicyFrames:
    """A policy ready to decide frames of facts."""

    def __init__(self, policy: Policy, event: Event = Event.SEND) -> None:
        self._compiled = CompiledEvent(policy, event)
        self._vocabulary = policy.vocabulary
        self._width = max(1, -(-len(self._compiled.bits) // 64))
        self._allowing = [(mode, self._words([mask])[0]) for mode, mask in self._compiled.allowing]
        self._requiring = [
            (mode, self._words([mask])[0]) for mode, mask in self._compiled.requiring
        ]
        floors = [mailbox_floor(setting, event) for setting in self._settings()]
        self._floors = np.array([*floors, mailbox_floor(None, event)], np.uint8)
        self._dtype = pl.Struct(
            {**dict.fromkeys(DECISION[:3], MODES), DECISION[3]: pl.Array(pl.UInt64, self._width)}
        )

    def decide(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame with the columns `DECISION` added; facts without a column are unknown."""
        present = frame.collect_schema().names()
        names = {table.fact.name for table in self._compiled.tables} | {"mailbox.mode"}
        read = [name for name in present if name.split(":")[0] in names] or present[:1]
        decided = pl.struct(read).map_batches(
            self._decide, return_dtype=self._dtype, is_elementwise=True
        )
        return frame.with_columns(decided.alias("decided")).unnest("decided")

    def fired(self, words: Sequence[int]) -> tuple[Rule, ...]:
        """The rules behind one value of the column `fired`, in the order of the files."""
        return self._compiled.fired(sum(word << 64 * at for at, word in enumerate(words)))

    def _settings(self) -> tuple[str, ...]:
        kind = self._vocabulary["mailbox.mode"].type
        assert isinstance(kind, EnumType), "the mailbox's mode is one of a few settings"
        return kind.values

    def _words(self, masks: Sequence[int]) -> _Words:
        """The masks as rows of words."""
        data = b"".join(mask.to_bytes(self._width * 8, "little") for mask in masks)
        return np.frombuffer(data, "<u8").reshape(len(masks), self._width)

    def _decide(self, facts: pl.Series) -> pl.Series:
        columns = facts.struct.unnest()
        encoded = [_encoded(table, columns) for table in self._compiled.tables]
        joint = self._joint(encoded)
        rows = columns.height
        fired = np.empty((rows, self._width), np.uint64)
        base, mode = np.empty(rows, np.uint8), np.empty(rows, np.uint8)
        floor = self._floors[_enum_codes(columns, "mailbox.mode", self._settings())]
        for start in range(0, rows, _ROWS_AT_ONCE):
            part = slice(start, min(rows, start + _ROWS_AT_ONCE))
            self._alive(joint, part, fired)
            self._clear_wide(encoded, part, fired)
            base[part], required = self._modes(fired[part])
            mode[part] = np.maximum(np.maximum(base[part], floor[part]), required)
        return pl.Series(
            "decided",
            pl.DataFrame(
                {
                    **{
                        name: pl.Series(codes).cat.to(MODES)
                        for name, codes in zip(DECISION, (mode, base, floor), strict=False)
                    },
                    DECISION[3]: pl.Series(fired, dtype=pl.Array(pl.UInt64, self._width)),
                }
            ).to_struct(),
        )

    def _joint(self, encoded: Sequence["_Encoded"]) -> list[tuple[_Codes, _Words]]:
        """Codes and words of the facts, several facts with few codes joined into one."""
        joint: list[tuple[_Codes, _Words]] = []
        for one in sorted(encoded, key=lambda each: len(each.masks)):
            words = self._words(one.masks)
            if joint and len(joint[-1][1]) * len(words) <= _MOST_JOINT_CODES:
                codes, before = joint.pop()
                both = (before[:, None, :] & words[None, :, :]).reshape(-1, self._width)
                narrow = codes.astype(np.uint16) * np.uint16(len(words))
                joint.append((narrow + one.codes.astype(np.uint16), both))
            else:
                joint.append((one.codes, words))
        return joint

    def _alive(self, joint: Sequence[tuple[_Codes, _Words]], part: slice, fired: _Words) -> None:
        """Write the bits left alive by all facts into the rows `part` of `fired`."""
        everything = self._words([self._compiled.all])[0]
        for word in range(self._width):
            alive: _Words | None = None
            for codes, words in joint:
                left = words[:, word].take(codes[part])
                alive = left if alive is None else np.bitwise_and(alive, left, out=alive)
            fired[part, word] = everything[word] if alive is None else alive & everything[word]

    def _clear_wide(self, encoded: Sequence["_Encoded"], part: slice, fired: _Words) -> None:
        """Clear the bits of those rules that stand in no table and do not fire."""
        by_fact = {one.fact.name: one for one in encoded}
        for bit, rule in self._compiled.wide:
            truth = _truth(rule.condition, by_fact, part)
            silent = truth < (_TRUE if rule.kind is RuleKind.ALLOW else _UNKNOWN)
            word = bit.bit_length() - 1 >> 6
            fired[part, word] &= np.where(silent, ~self._words([bit])[0, word], ~np.uint64(0))

    def _modes(self, fired: _Words) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """The base mode of each row, and the strictest mode that a rule demands."""
        base = np.full(len(fired), FAIL_CLOSED, np.uint8)
        required = np.zeros(len(fired), np.uint8)
        for target, groups in ((base, self._allowing), (required, self._requiring)):
            for mode, words in reversed(groups):
                hit = np.zeros(len(fired), bool)
                for word in np.flatnonzero(words):
                    hit |= (fired[:, word] & words[word]) != 0
                target[hit] = mode
        return base, required


_FALSE, _UNKNOWN, _TRUE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A column as codes; `values[i]` stands for code i, the last for unknown."""

    fact: Fact
    codes: _Codes
    values: Sequence[Value | None]
    masks: Sequence[int]


def _encoded(table: Table, columns: pl.DataFrame) -> _Encoded:
    """The column of a table's fact as codes."""
    fact, name = table.fact, table.fact.name
    values: list[Value | None]
    if isinstance(table, NumberTable):
        values = [(table.bounds or [0])[0] - 1, *table.bounds, None]
        codes = _number_codes(columns, fact, table.bounds)
        return _Encoded(fact, codes, values, [*table.masks, table[None]])
    match fact.type:
        case EnumType(members):
            values = [*members, None]
            codes = _enum_codes(columns, name, members)
        case SetType(members):
            codes, values = _set_codes(columns, name, members, asked_members(table))
        case TextType():
            codes, values = _text_codes(columns, name)
        case _:
            values = [False, True, None]
            codes = _bool_codes(columns, name)
    return _Encoded(fact, codes, values, [table[value] for value in values])


def _number_codes(columns: pl.DataFrame, fact: Fact, bounds: Sequence[int]) -> _Codes:
    """How many bounds a number has reached; unknown when null or outside the fact's range."""
    assert isinstance(fact.type, NumberType), "only a number has bounds"
    if fact.name not in columns.columns:
        return np.full(columns.height, len(bounds) + 1, np.intp)
    column = columns[fact.name].cast(pl.Int64, strict=False)
    known = column.is_between(fact.type.low, fact.type.high).fill_null(value=False).to_numpy()
    values = column.fill_null(0).to_numpy()
    codes = np.searchsorted(np.array(bounds, np.int64), values, "right").astype(np.uint32)
    codes[~known] = len(bounds) + 1
    return codes


def _enum_codes(columns: pl.DataFrame, name: str, members: Sequence[str]) -> _Codes:
    """The position of the value among the members; unknown when it is none of them."""
    if name not in columns.columns:
        return np.full(columns.height, len(members), np.intp)
    column = columns[name].cast(pl.Enum(members), strict=False)
    return column.to_physical().cast(pl.UInt16).fill_null(len(members)).to_numpy()


def _bool_codes(columns: pl.DataFrame, name: str) -> _Codes:
    if name not in columns.columns:
        return np.full(columns.height, 2, np.intp)
    return columns[name].cast(pl.UInt16).fill_null(2).to_numpy()


def _text_codes(columns: pl.DataFrame, name: str) -> tuple[_Codes, list[Value | None]]:
    """A code for each different text, and the texts folded; each is tested once."""
    if name not in columns.columns:
        return np.zeros(columns.height, np.intp), [None]
    column = columns[name]
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        # The texts are coded already, by numbers that may be sparse.
        met = column.drop_nulls().unique()
        places = met.to_physical().to_numpy()
        dense = np.zeros(int(places.max(initial=0)) + 1, np.uint32)
        dense[places] = np.arange(len(met), dtype=np.uint32)
        codes = dense[column.to_physical().fill_null(0).to_numpy()]
        codes[column.is_null().to_numpy()] = len(met)
        return codes, [*map(normal_text, met.cast(pl.String)), None]
    texts = column.drop_nulls().unique()
    codes = column.cast(pl.Enum(texts)).to_physical().fill_null(len(texts)).to_numpy()
    return codes, [*map(normal_text, texts), None]


def _set_codes(
    columns: pl.DataFrame, name: str, members: Sequence[str], asked: Sequence[str]
) -> tuple[_Codes, list[Value | None]]:
    """A code for each combination of the members that some rule asks for."""
    if name not in columns.columns:
        return np.zeros(columns.height, np.intp), [None]
    codes: npt.NDArray[np.int64] = np.zeros(columns.height, np.int64)
    sets: list[frozenset[str]] = [frozenset()]
    for start in range(0, len(asked), _MEMBERS_AT_ONCE):
        block = asked[start : start + _MEMBERS_AT_ONCE]
        for bit, member in enumerate(block):
            codes |= _has(columns, name, members.index(member)).astype(np.int64) << bit
        sets = [
            before | {member for bit, member in enumerate(block) if code >> bit & 1}
            for before, code in product(sets, range(1 << len(block)))
        ]
        if start + _MEMBERS_AT_ONCE < len(asked):
            # Too many combinations to list: go on with those that occur, and make room for more.
            met, codes = np.unique(codes, return_inverse=True)
            sets = [sets[code] for code in met]
            codes <<= min(_MEMBERS_AT_ONCE, len(asked) - start - _MEMBERS_AT_ONCE)
    unknown = np.logical_or.reduce(
        [
            columns[one].is_null().to_numpy()
            for one in columns.columns
            if one == name or one.startswith(f"{name}:")
        ]
    )
    codes[unknown] = len(sets)
    return codes, [*sets, None]


def _has(columns: pl.DataFrame, name: str, position: int) -> npt.NDArray[np.bool_]:
    """Whether each set has the member at a position of its type."""
    start = position // _MEMBERS * _MEMBERS
    if _set_column(name, start) not in columns.columns:
        return np.zeros(columns.height, bool)
    masks = columns[_set_column(name, start)].cast(pl.UInt64).fill_null(0).to_numpy()
    return (masks >> np.uint64(position - start) & np.uint64(1)).astype(bool)


def _set_column(name: str, start: int) -> str:
    return f"{name}:{start}" if start else name


def _truth(
    condition: Condition, encoded: Mapping[str, _Encoded], part: slice
) -> npt.NDArray[np.int8]:
    """Kleene's values of a condition for some rows: false 0, unknown 1, true 2."""
    rows = part.stop - part.start
    match condition:
        case And(parts):
            truths = [_truth(one, encoded, part) for one in parts]
            return np.minimum.reduce(truths) if truths else np.full(rows, _TRUE, np.int8)
        case Or(parts):
            truths = [_truth(one, encoded, part) for one in parts]
            return np.maximum.reduce(truths) if truths else np.full(rows, _FALSE, np.int8)
        case Not(one):
            return _TRUE - _truth(one, encoded, part)
        case ModeAtLeast() | Obliged():
            raise AssertionError("the checker lets only invariants speak of the decision")
    column = encoded[condition.fact]
    values = [
        evaluate(condition, {} if value is None else {condition.fact: value})
        for value in column.values
    ]
    order = {False: _FALSE, None: _UNKNOWN, True: _TRUE}
    return np.array([order[value] for value in values], np.int8).take(column.codes[part])
