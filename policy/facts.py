"""What may be known of a message: the types of facts, a vocabulary of them, and their values.

Every fact is declared with a type, a range and an origin before a rule may read it. A value that
is missing, of the wrong type or out of range is *unknown*; evaluation never meets anything else,
so no rule can fail at run time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "BoolType",
    "EnumType",
    "Fact",
    "FactType",
    "Facts",
    "NumberType",
    "Origin",
    "SetType",
    "TextType",
    "Unit",
    "Value",
    "Vocabulary",
    "normal_text",
]

Value = bool | int | str | frozenset[str]
"""A known value: bool, scaled whole number, enum member or folded text, or a set of names."""


class Origin(StrEnum):
    """Where a fact comes from, hence who must be believed for it."""

    REQUEST = "request"
    CONTENT = "content"
    CLASSIFIER = "classifier"
    LEDGER = "ledger"
    ORDER = "order"
    MAILBOX = "mailbox"
    CLOCK = "clock"


class Unit(StrEnum):
    """The unit of a number; `scale` says how many stored steps make one."""

    COUNT = "number"
    MONEY = "money"
    DAYS = "days"
    SECONDS = "seconds"
    PERCENT = "percent"
    PROBABILITY = "probability"

    @property
    def scale(self) -> int:
        """Stored steps per unit: money is kept in minor units, probability in ten-thousandths."""
        return _SCALE.get(self, 1)


_SCALE = {Unit.MONEY: 100, Unit.PROBABILITY: 10_000}


@dataclass(frozen=True, slots=True)
class BoolType:
    """True or false."""


@dataclass(frozen=True, slots=True)
class EnumType:
    """Exactly one of `values`."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetType:
    """Any subset of `members`."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberType:
    """A whole number of `unit` steps from `low` to `high`, both included and both scaled."""

    unit: Unit
    low: int
    high: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class TextType:
    """Text, compared without regard to case and only with literals."""


FactType = BoolType | EnumType | SetType | NumberType | TextType


@dataclass(frozen=True, slots=True)
class Fact:
    """One declared fact; examples and witnesses assume its `ordinary`, unremarkable value."""

    name: str
    type: FactType
    origin: Origin
    doc: str
    ordinary: Value


class Vocabulary(Mapping[str, Fact]):
    """The facts a policy may read, by name."""

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        self._facts = MappingProxyType(dict(facts))

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def ordinary(self) -> "Facts":
        """Every fact at its ordinary value: the message nobody would look at twice."""
        return Facts(self, {name: fact.ordinary for name, fact in self.items()})


class Facts(Mapping[str, Value]):
    """What is known of one message; a name that is absent is unknown.

    Values that do not fit the vocabulary are dropped, hence unknown, and listed in `refused`
    (name to the value that was offered). Names outside the vocabulary are ignored: they are
    nobody's fact. Texts are folded once, here. Members of a set that are not declared are
    ignored for the same reason.
    """

    __slots__ = ("_known", "refused", "vocabulary")

    def __init__(self, vocabulary: Vocabulary, offered: Mapping[str, object]) -> None:
        self.vocabulary = vocabulary
        self._known: dict[str, Value] = {}
        self.refused = self._admitted(offered)

    def _admitted(self, offered: Mapping[str, object]) -> Mapping[str, object]:
        """Learn what is offered, forget what is offered as None; returns what does not fit."""
        known, declared = self._known, self.vocabulary
        refused: dict[str, object] = {}
        for name, value in offered.items():
            fact = declared.get(name)
            if fact is None:
                continue
            admitted = None if value is None else _admit(fact.type, value)
            if admitted is not None:
                known[name] = admitted
                continue
            known.pop(name, None)
            if value is not None:
                refused[name] = value
        return MappingProxyType(refused)

    @property
    def known(self) -> Mapping[str, Value]:
        """The same facts as a plain mapping, for readers in a hurry."""
        return self._known

    def __getitem__(self, name: str) -> Value:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"Facts({self._known!r})"

    def __hash__(self) -> int:
        return hash(frozenset(self._known.items()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self._known == other._known

    def replace(self, changes: Mapping[str, object]) -> "Facts":
        """These facts with some changed; a change to None makes that fact unknown."""
        changed = Facts(self.vocabulary, {})
        changed._known = dict(self._known)  # admitted before, so not asked about again
        changed.refused = changed._admitted(changes)
        return changed


def normal_text(text: str) -> str:
    """The form in which texts and text literals are compared: case folded."""
    return text.casefold()


def _admit(kind: FactType, value: object) -> Value | None:
    """`value` as the fact's type stores it, or None when it does not fit."""
    match kind:
        case BoolType():
            return value if isinstance(value, bool) else None
        case EnumType(values):
            return value if isinstance(value, str) and value in values else None
        case SetType(members):
            if not isinstance(value, (frozenset, set, tuple, list)):
                return None
            return frozenset(item for item in value if item in members)
        case NumberType(low=low, high=high):
            if isinstance(value, bool) or not isinstance(value, int):
                return None
            return value if low <= value <= high else None
        case TextType():
            return normal_text(value) if isinstance(value, str) else None
