"""The tree of a policy file as written: every node with its place, nothing yet looked up.

`policy.parser` builds it, `policy.formatter` lays it out again, `policy.checker` gives it
meaning. Parentheses and the spelling of literals are kept, so that text can be made from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from policy.rules import RuleKind, Span

__all__ = [
    "Amount",
    "Braces",
    "Clause",
    "ClauseKind",
    "Comment",
    "ConditionSyntax",
    "DefineSyntax",
    "Document",
    "ExampleSyntax",
    "FactSyntax",
    "Given",
    "Group",
    "InvariantSyntax",
    "Item",
    "Junction",
    "LivenessSyntax",
    "MonotoneSyntax",
    "Name",
    "Negation",
    "PolicySyntax",
    "RuleSyntax",
    "SetSyntax",
    "Source",
    "TagSyntax",
    "Test",
    "Text",
    "TypeSyntax",
    "UseSyntax",
    "ValueSet",
    "Word",
]


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one policy file and the name it is shown by."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A plain or dotted name."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text, without its quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written, with the unit behind it if there is one."""

    number: str
    unit: str | None
    span: Span


Word = Name | Text | Amount


@dataclass(frozen=True, slots=True)
class Braces:
    """A set written out: `{a, b}`."""

    words: tuple[Word, ...]
    span: Span


ValueSet = Braces | Name


@dataclass(frozen=True, slots=True)
class Test:
    """`subject operator operand`; the operand is absent for a bare boolean."""

    subject: Name
    operator: str
    operand: Word | ValueSet | None
    span: Span


@dataclass(frozen=True, slots=True)
class Negation:
    """`not part`."""

    part: "ConditionSyntax"
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """`( part )`."""

    part: "ConditionSyntax"
    span: Span


@dataclass(frozen=True, slots=True)
class Junction:
    """Parts joined by one of `and`, `or`, `implies` (the last with two parts)."""

    word: str
    parts: tuple["ConditionSyntax", ...]
    span: Span


ConditionSyntax = Test | Negation | Group | Junction


# --- items --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicySyntax:
    """`policy "Corner Shop"`."""

    title: Text
    span: Span


@dataclass(frozen=True, slots=True)
class UseSyntax:
    """`use fraud, pci_dss`."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TagSyntax:
    """`tag vip, wholesale`."""

    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class TypeSyntax:
    """A fact's type: `word` is bool, text, a unit, `one of` or `set of`."""

    word: str
    currency: Name | None
    low: Amount | None
    high: Amount | None
    members: Braces | None
    span: Span


@dataclass(frozen=True, slots=True)
class FactSyntax:
    """`fact refund_amount: money up to 10_000.00 "what is paid back"`."""

    name: Name
    type: TypeSyntax
    ordinarily: Word | None
    doc: Text | None
    span: Span


@dataclass(frozen=True, slots=True)
class SetSyntax:
    """`set risky: {fraud_risk, legal_threat}`."""

    name: Name
    members: Braces
    span: Span


@dataclass(frozen=True, slots=True)
class DefineSyntax:
    """`define late_return: intent is return and order.return_window_left < 0 days`."""

    name: Name
    condition: ConditionSyntax
    span: Span


class ClauseKind(StrEnum):
    """The opening words of a line inside a rule."""

    WHEN = "when"
    UNLESS = "unless"
    BECAUSE = "because"
    OWNER = "owner"
    REVIEW = "review by"
    BY = "by"
    WITH = "with"
    COPY = "copy to"
    REDACT = "redact card numbers"
    ROUTE = "route to"
    HOLD = "hold for at most"
    UNDO = "undo within"


@dataclass(frozen=True, slots=True)
class Clause:
    """One line of a rule: its kind, and whichever of condition and words the kind has."""

    kind: ClauseKind
    span: Span
    condition: ConditionSyntax | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSyntax:
    """An `allow`, `require` or `block` with its lines; approvals of the header come first."""

    kind: RuleKind
    event: Name | None
    mode: Name | None
    title: Text
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class InvariantSyntax:
    """`invariant "title": condition`."""

    event: Name | None
    title: Text
    condition: ConditionSyntax
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class LivenessSyntax:
    """`promise "title": some message when ... gets ...`."""

    event: Name | None
    title: Text
    given: ConditionSyntax
    gets: ConditionSyntax
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class MonotoneSyntax:
    """`promise "title": adding any of {...} to tags never makes it freer`."""

    event: Name | None
    title: Text
    members: ValueSet
    fact: Name
    clauses: tuple[Clause, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Given:
    """One fact of an example; `operator` is `is`, `has`, `has all of`, `true` or `false`."""

    fact: Name
    operator: str
    operand: Word | Braces | None
    span: Span


@dataclass(frozen=True, slots=True)
class ExampleSyntax:
    """`example "title": given ... expect MODE by "rule"`."""

    event: Name | None
    title: Text
    given: tuple[Given, ...]
    mode: Name
    by: tuple[Text, ...]
    span: Span


Item = (
    PolicySyntax
    | UseSyntax
    | TagSyntax
    | FactSyntax
    | SetSyntax
    | DefineSyntax
    | RuleSyntax
    | InvariantSyntax
    | LivenessSyntax
    | MonotoneSyntax
    | ExampleSyntax
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its `#`; `own_line` when nothing stands before it."""

    text: str
    line: int
    column: int
    own_line: bool


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: items in order, comments in order.

    `unread` are the names and titles of items that could not be read, so that a use of one is not
    reported as a second mistake.
    """

    source: Source
    items: tuple[Item, ...]
    comments: tuple[Comment, ...]
    unread: frozenset[str] = frozenset()
