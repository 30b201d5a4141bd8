"""The meaning of a policy for millions of messages at once: the compiler's tables over columns.

Each fact is a column; null is unknown. In every batch the values of a column become small codes,
the masks of the compiler's table for these codes an array of UInt64 words, and a decision the
conjunction of one row from each array. So the work grows with the facts and the words (64
conjunctions each), never with the depth of a condition, and the streaming engine sees one
elementwise expression.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from policy.columns import SET_WORD, Coded, Codes, FixedColumn, column, set_column
from policy.compiler import CompiledEvent
from policy.evaluator import evaluate
from policy.facts import BoolType, EnumType, Facts, NumberType, SetType, TextType, Value, Vocabulary
from policy.modes import FAIL_CLOSED, Event, Mode, mailbox_floor
from policy.rules import And, Condition, ModeAtLeast, Not, Obliged, Or, Policy, Rule, RuleKind

__all__ = ["DECISION", "MODES", "PolicyFrames", "facts_frame", "schema"]

MODES = pl.Enum([mode.label for mode in Mode])
"""The type of the columns `mode`, `base` and `floor`."""

DECISION = ("mode", "base", "floor", "fired")
"""The columns that a decision adds; `fired` holds 64 conjunctions in each of its words."""

_WORDS_AT_ONCE = 65_536  # half a megabyte, about what a core keeps near
_MOST_JOINT_WORDS = 16_384  # of one table, for the same reason
_ALL_ONES = (1 << 64) - 1

_LABELS = pl.Series([mode.label for mode in Mode], dtype=MODES)

_Words = npt.NDArray[np.uint64]


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
                for start in range(0, max(1, len(members)), SET_WORD):
                    columns[set_column(name, start)] = pl.UInt64()
    return columns


def facts_frame(messages: Sequence[Facts], vocabulary: Vocabulary) -> pl.DataFrame:
    """Facts as a frame of the schema, one row for each message."""
    columns: dict[str, list[Value | None]] = {}
    for name, fact in vocabulary.items():
        values = [facts.get(name) for facts in messages]
        if isinstance(fact.type, SetType):
            for start in range(0, max(1, len(fact.type.members)), SET_WORD):
                members = fact.type.members[start : start + SET_WORD]
                columns[set_column(name, start)] = [
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
        self._width = max(1, -(-len(self._compiled.bits) // 64))
        self._everything = self._words([self._compiled.all])[0]
        self._columns = [column(table) for table in self._compiled.tables]
        self._fixed = self._joint_of_fixed()
        self._allowing = [_Speaking.of(*one, self._width) for one in self._compiled.allowing]
        self._requiring = [_Speaking.of(*one, self._width) for one in self._compiled.requiring]
        setting = self._columns[-1]
        assert isinstance(setting, FixedColumn), "the mailbox's mode is one of a few settings"
        floors = [mailbox_floor(cast("str | None", one), event) for one in setting.values]
        self._floors = np.array(floors, np.uint8)
        self._dtype = pl.Struct(
            {**dict.fromkeys(DECISION[:3], MODES), DECISION[3]: pl.Array(pl.UInt64, self._width)}
        )

    def decide(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The frame with the columns `DECISION` added; facts without a column are unknown."""
        present = frame.collect_schema().names()
        names = {one.name for one in self._columns}
        read = [name for name in present if name.split(":")[0] in names] or present[:1]
        decided = pl.struct(read).map_batches(
            self._decide, return_dtype=self._dtype, is_elementwise=True
        )
        return frame.with_columns(decided.alias("decided")).unnest("decided")

    def fired(self, words: Sequence[int]) -> tuple[Rule, ...]:
        """The rules behind one value of the column `fired`, in the order of the files."""
        return self._compiled.fired(sum(word << 64 * at for at, word in enumerate(words)))

    def _words(self, masks: Sequence[int]) -> _Words:
        """The masks as rows of words."""
        data = b"".join(mask.to_bytes(self._width * 8, "little") for mask in masks)
        return np.frombuffer(data, "<u8").reshape(len(masks), self._width)

    def _joint_of_fixed(self) -> list[tuple[tuple[int, ...], _Words]]:
        """Facts (by position) whose codes are known, several of few codes in one array of words."""
        joint: list[tuple[tuple[int, ...], _Words]] = []
        fixed = [
            (position, one)
            for position, one in enumerate(self._columns)
            if isinstance(one, FixedColumn)
        ]
        for position, one in sorted(fixed, key=lambda each: len(each[1].values)):
            words = self._words([one.table[value] for value in one.values])
            if joint and joint[-1][1].size * len(words) <= _MOST_JOINT_WORDS:
                positions, before = joint.pop()
                both = (before[:, None, :] & words[None, :, :]).reshape(-1, self._width)
                joint.append(((*positions, position), both))
            else:
                joint.append(((position,), words))
        return joint

    def _decide(self, facts: pl.Series) -> pl.Series:
        columns = facts.struct.unnest()
        coded = [one.coded(columns) for one in self._columns]
        joint = [*self._joint(coded)]
        rows = columns.height
        fired = np.empty((rows, self._width), np.uint64)
        base, mode = np.empty(rows, np.uint8), np.empty(rows, np.uint8)
        floor = self._floors.take(coded[-1].codes)
        for start in range(0, rows, self._rows_at_once()):
            part = slice(start, min(rows, start + self._rows_at_once()))
            self._alive(joint, part, fired[part])
            self._clear_wide(coded, part, fired)
            base[part], mode[part] = self._modes(fired[part])
        np.maximum(mode, floor, out=mode)
        return pl.Series(
            "decided",
            pl.DataFrame(
                {
                    **{
                        name: _LABELS[pl.Series(codes.astype(np.uint32))]
                        for name, codes in zip(DECISION, (mode, base, floor), strict=False)
                    },
                    DECISION[3]: pl.Series(fired, dtype=pl.Array(pl.UInt64, self._width)),
                }
            ).to_struct(),
        )

    def _rows_at_once(self) -> int:
        """So many that the words of all of them stay near the processor."""
        return max(256, _WORDS_AT_ONCE // self._width)

    def _joint(self, coded: Sequence[Coded]) -> Iterator[tuple[Codes, _Words]]:
        """For each group of facts the codes of all rows, and the words that each code leaves."""
        for positions, words in self._fixed:
            narrow = np.min_scalar_type(len(words))
            codes = coded[positions[0]].codes.astype(narrow)
            for position in positions[1:]:
                codes *= narrow.type(len(coded[position].values))
                codes += coded[position].codes.astype(narrow, copy=False)
            yield codes.astype(np.intp), words
        for column_, one in zip(self._columns, coded, strict=True):
            if not isinstance(column_, FixedColumn):
                words = self._words([column_.table[value] for value in one.values])
                yield one.codes.astype(np.intp), words

    def _alive(self, joint: Sequence[tuple[Codes, _Words]], part: slice, fired: _Words) -> None:
        """Write the bits left alive by all facts into `fired`, which stands for the rows `part`."""
        codes, words = joint[0]
        # Codes are in range; "clip" only keeps numpy from copying to check them first.
        words.take(codes[part], axis=0, out=fired, mode="clip")
        left = np.empty_like(fired)
        for codes, words in joint[1:]:
            words.take(codes[part], axis=0, out=left, mode="clip")
            fired &= left
        fired &= self._everything

    def _clear_wide(self, coded: Sequence[Coded], part: slice, fired: _Words) -> None:
        """Clear the bits of those rules that stand in no table and do not fire."""
        by_fact = {column_.name: one for column_, one in zip(self._columns, coded, strict=True)}
        for bit, rule in self._compiled.wide:
            truth = _truth(rule.condition, by_fact, part)
            silent = truth < (_TRUE if rule.kind is RuleKind.ALLOW else _UNKNOWN)
            word = bit.bit_length() - 1 >> 6
            fired[part, word] &= np.where(silent, ~self._words([bit])[0, word], ~np.uint64(0))

    def _modes(self, fired: _Words) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """The base mode of each row, and the strictest of it and what rules demand."""
        base = np.full(len(fired), FAIL_CLOSED, np.uint8)
        for speaking in reversed(self._allowing):
            np.copyto(base, speaking.mode, where=speaking.any_of(fired))
        mode = base.copy()
        for speaking in self._requiring:
            np.maximum(mode, speaking.any_of(fired).view(np.uint8) * speaking.mode, out=mode)
        return base, mode


@dataclass(frozen=True, slots=True)
class _Speaking:
    """The bits of the rules that speak for a mode: the words they stand in, and which of them."""

    mode: np.uint8
    words: tuple[tuple[int, np.uint64], ...]

    @classmethod
    def of(cls, mode: Mode, mask: int, width: int) -> "_Speaking":
        """From one mask with the bits of all rules."""
        words = ((at, np.uint64(mask >> 64 * at & _ALL_ONES)) for at in range(width))
        return cls(np.uint8(mode), tuple((at, word) for at, word in words if word))

    def any_of(self, fired: _Words) -> npt.NDArray[np.bool_]:
        """The rows in which one of these rules fires."""
        found = np.zeros(len(fired), np.uint64)
        for at, word in self.words:
            found |= fired[:, at] if word == _ALL_ONES else fired[:, at] & word
        return np.not_equal(found, 0)


_FALSE, _UNKNOWN, _TRUE = 0, 1, 2


def _truth(condition: Condition, encoded: Mapping[str, Coded], part: slice) -> npt.NDArray[np.int8]:
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
