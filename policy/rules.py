"""A checked policy: the small core that every evaluator and every proof works on.

`policy.checker` turns the syntax tree into these nodes: defines and named sets are expanded,
literals are scaled and folded, every comparison is one of five tests on a declared fact. Whatever
gives meaning to a policy (`evaluator`, `compiler`, `frames`, `proofs.encoding`, `proofs.clauses`)
needs to know only what is written here.

A condition has three values, after Kleene (Introduction to Metamathematics, 1952, section 64):
true, false and unknown. A test on an unknown fact is unknown; `And`, `Or` and `Not` are Kleene's.
"""

from dataclasses import dataclass
from enum import StrEnum

from policy.facts import Facts, Vocabulary
from policy.modes import Event, Mode

__all__ = [
    "And",
    "Approval",
    "AtLeast",
    "Condition",
    "CopyTo",
    "Example",
    "Has",
    "HoldLimit",
    "Invariant",
    "IsTrue",
    "Liveness",
    "ModeAtLeast",
    "Monotone",
    "Not",
    "Obligation",
    "ObligationName",
    "Obliged",
    "OneOf",
    "Or",
    "Policy",
    "Promise",
    "RouteTo",
    "Rule",
    "RuleKind",
    "Span",
    "TextOperator",
    "TextTest",
    "UndoWindow",
    "Wording",
]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a source file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


# --- conditions ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class And:
    """False if a part is false, else unknown if a part is unknown, else true; empty is true."""

    parts: tuple["Condition", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Or:
    """True if a part is true, else unknown if a part is unknown, else false; empty is false."""

    parts: tuple["Condition", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """True becomes false, false true; unknown stays unknown."""

    part: "Condition"
    span: Span


@dataclass(frozen=True, slots=True)
class IsTrue:
    """The boolean fact is true."""

    fact: str
    span: Span


@dataclass(frozen=True, slots=True)
class OneOf:
    """The enum fact is one of `values` (never empty)."""

    fact: str
    values: frozenset[str]
    span: Span


@dataclass(frozen=True, slots=True)
class Has:
    """The set fact contains `member`."""

    fact: str
    member: str
    span: Span


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The number fact is `bound` or more; `bound` is scaled like the fact."""

    fact: str
    bound: int
    span: Span


class TextOperator(StrEnum):
    """How a text is compared with a literal; globs are reduced to these by the checker."""

    EQUALS = "is"
    STARTS = "starts with"
    ENDS = "ends with"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class TextTest:
    """The text fact stands in `operator` to `literal`; both are case-folded, literal not empty."""

    fact: str
    operator: TextOperator
    literal: str
    span: Span


@dataclass(frozen=True, slots=True)
class ModeAtLeast:
    """The decided mode is `mode` or stricter; only in invariants and promises; never unknown."""

    mode: Mode
    span: Span


@dataclass(frozen=True, slots=True)
class Obliged:
    """The decision carries the obligation; only in invariants and promises; never unknown."""

    name: "ObligationName"
    span: Span


Condition = And | Or | Not | IsTrue | OneOf | Has | AtLeast | TextTest | ModeAtLeast | Obliged


# --- obligations --------------------------------------------------------------------------------


class ObligationName(StrEnum):
    """What an invariant can ask for by `obligations has NAME`."""

    APPROVAL = "approval"
    UNSUBSCRIBE = "unsubscribe"
    POSTAL_ADDRESS = "postal_address"
    ADVERTISEMENT_LABEL = "advertisement_label"
    REDACT_CARD_NUMBERS = "redact_card_numbers"
    COPY = "copy"
    ROUTE = "route"
    HOLD_LIMIT = "hold_limit"
    UNDO_WINDOW = "undo_window"


@dataclass(frozen=True, slots=True)
class Approval:
    """`count` different people of `role` must approve; `by 2 of fraud_team`."""

    role: str
    count: int = 1
    name = ObligationName.APPROVAL


@dataclass(frozen=True, slots=True)
class Wording:
    """The message is completed before it leaves: `with unsubscribe` and the like."""

    name: ObligationName


@dataclass(frozen=True, slots=True)
class CopyTo:
    """A copy goes to `address` (`oversight` is the mailbox's own oversight address)."""

    address: str
    name = ObligationName.COPY


@dataclass(frozen=True, slots=True)
class RouteTo:
    """A held message waits in the queue of `team`."""

    team: str
    name = ObligationName.ROUTE


@dataclass(frozen=True, slots=True)
class HoldLimit:
    """A message held longer than `seconds` is blocked, or escalated."""

    seconds: int
    then: str
    name = ObligationName.HOLD_LIMIT


@dataclass(frozen=True, slots=True)
class UndoWindow:
    """A released message leaves `seconds` later and can be recalled until then."""

    seconds: int
    name = ObligationName.UNDO_WINDOW


Obligation = Approval | Wording | CopyTo | RouteTo | HoldLimit | UndoWindow


# --- what a file states -------------------------------------------------------------------------


class RuleKind(StrEnum):
    """`allow` may lower the base mode; `require` and `block` only raise it."""

    ALLOW = "allow"
    REQUIRE = "require"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `mode` is `blocked` for a block and `autonomous` for a require without a mode."""

    kind: RuleKind
    event: Event
    mode: Mode
    title: str
    condition: Condition
    obligations: tuple[Obligation, ...]
    because: str | None
    owner: str | None
    review_by: str | None
    pack: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Invariant:
    """Holds when `condition` is true for every message; unknown counts as broken."""

    title: str
    event: Event
    condition: Condition
    because: str | None
    owner: str | None
    pack: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Liveness:
    """Some message with every fact known that meets `given` also meets `gets`."""

    title: str
    event: Event
    given: Condition
    gets: Condition
    owner: str | None
    pack: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Monotone:
    """Adding any of `members` to the set `fact` never makes a decision freer."""

    title: str
    event: Event
    fact: str
    members: tuple[str, ...]
    owner: str | None
    pack: str | None
    span: Span


Promise = Liveness | Monotone


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the decision expected for it; facts not given have their ordinary value."""

    title: str
    event: Event
    facts: Facts
    mode: Mode
    by: tuple[str, ...]
    pack: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy; the order of its rules has no meaning."""

    name: str
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    invariants: tuple[Invariant, ...] = ()
    promises: tuple[Promise, ...] = ()
    examples: tuple[Example, ...] = ()
    packs: tuple[str, ...] = ()

    def rules_on(self, event: Event) -> tuple[Rule, ...]:
        """The rules that are asked when a message is about to `event`."""
        return tuple(rule for rule in self.rules if rule.event is event)
