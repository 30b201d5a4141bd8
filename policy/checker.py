"""Tree to core: names, types and ranges; all mistakes of all files in one run.

A mistake that only follows from another is not reported: an item with a mistake is left out, and
what would complain about its absence is quiet.

Codes GP0501 to GP0529 are the ones given here; see `policy.declarations`, `policy.literals`,
`policy.conditions` and `policy.clauses` for the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from policy import clauses
from policy.conditions import ConditionChecker
from policy.declarations import Declarations, declare
from policy.defines import Defines
from policy.diagnostics import Diagnostic, DiagnosticError, Severity, did_you_mean
from policy.examples import ExampleReader
from policy.facts import SetType
from policy.modes import Event, Mode
from policy.rules import (
    And,
    Condition,
    Example,
    Invariant,
    Liveness,
    Monotone,
    Not,
    Policy,
    Promise,
    Rule,
    RuleKind,
    Span,
)
from policy.syntax import (
    ClauseKind,
    ConditionSyntax,
    Document,
    ExampleSyntax,
    InvariantSyntax,
    Item,
    LivenessSyntax,
    MonotoneSyntax,
    Name,
    PolicySyntax,
    RuleSyntax,
    UseSyntax,
)
from policy.vocabulary import TAG_FACTS

__all__ = ["Checked", "Part", "check"]


@dataclass(frozen=True, slots=True)
class Part:
    """A document that goes into a policy; `pack` is its name when it is a pack."""

    document: Document
    pack: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """The policy, when there is no error, and everything that was found."""

    policy: Policy | None
    diagnostics: tuple[Diagnostic, ...]


def check(parts: Sequence[Part], complaints: Sequence[Diagnostic] = ()) -> Checked:
    """Check the documents of one policy together.

    `complaints` are mistakes already found (by the parser, or in loading packs); with an error
    among them no policy comes out.
    """
    return _Checker(parts, list(complaints)).run()


class _Checker:
    def __init__(self, parts: Sequence[Part], diagnostics: list[Diagnostic]) -> None:
        self._parts = parts
        self._diagnostics = diagnostics
        self._names: Declarations = declare((part.document for part in parts), diagnostics.append)
        self._defines = Defines(self._names.defines, self._condition, diagnostics.append)
        self._titles: dict[tuple[str, str], Span] = {}
        self._conditions = ConditionChecker(
            self._names.vocabulary,
            self._names.sets,
            self._defines.condition,
            tuple(self._names.defines),
            self._names.tags_declared,
            self._names.unread,
            diagnostics.append,
        )
        self._examples = ExampleReader(
            self._names, self._conditions, self._rule_titles(), diagnostics.append
        )

    def run(self) -> Checked:
        rules: list[Rule] = []
        invariants: list[Invariant] = []
        promises: list[Promise] = []
        examples: list[Example] = []
        for define in self._names.defines.values():
            self._defines.condition(define.name)
        for part, item in [(one, item) for one in self._parts for item in one.document.items]:
            match item:
                case RuleSyntax():
                    rules.extend(self._rule(item, part.pack))
                case InvariantSyntax():
                    invariants.extend(self._invariant(item, part.pack))
                case LivenessSyntax() | MonotoneSyntax():
                    promises.extend(self._promise(item, part.pack))
                case ExampleSyntax():
                    examples.extend(self._example(item, part.pack))
                case _:
                    pass
        self._check_frame()
        found = tuple(sorted(self._diagnostics, key=_place))
        if any(one.severity is Severity.ERROR for one in found):
            return Checked(None, found)
        policy = Policy(
            self._title(),
            self._names.vocabulary,
            tuple(rules),
            tuple(invariants),
            tuple(promises),
            tuple(examples),
            tuple(p.pack for p in self._parts if p.pack),
        )
        return Checked(policy, found)

    def _condition(self, tree: ConditionSyntax) -> Condition | None:
        return self._conditions.condition(tree)

    def _rule_titles(self) -> tuple[str, ...]:
        items = (item for part in self._parts for item in part.document.items)
        return tuple(item.title.text for item in items if isinstance(item, RuleSyntax))

    def _report(
        self,
        code: str,
        message: str,
        span: Span,
        mend: str | None = None,
        related: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        self._diagnostics.append(Diagnostic(code, message, span, "", mend, related))

    # --- the frame of a file: its name, its packs

    def _own_items(self) -> list[Item]:
        return [item for p in self._parts if p.pack is None for item in p.document.items]

    def _title(self) -> str:
        titles = [item.title.text for item in self._own_items() if isinstance(item, PolicySyntax)]
        return titles[0] if titles else "unnamed"

    def _check_frame(self) -> None:
        named = [item for item in self._own_items() if isinstance(item, PolicySyntax)]
        own = [part.document for part in self._parts if part.pack is None]
        if own and not named and "policy" not in self._names.unread:
            first = own[0].items[0].span if own[0].items else Span(own[0].source.name, 1, 1, 1, 2)
            self._report(
                "GP0501", "a policy begins with its name", first, 'write `policy "Name"` first'
            )
        for extra in named[1:]:
            self._report(
                "GP0502",
                "a policy has one name",
                extra.span,
                "remove this line",
                ((named[0].span, "named here"),),
            )
        for part in self._parts:
            for item in part.document.items if part.pack else ():
                if isinstance(item, UseSyntax):
                    self._report(
                        "GP0503", "a pack uses no other pack", item.span,
                        "remove it; what a policy uses stands in the policy",
                    )  # fmt: skip

    # --- rules

    def _rule(self, item: RuleSyntax, pack: str | None) -> tuple[Rule, ...]:
        event = self._event(item.event)
        self._unique("rule", item.title.text, item.title.span)
        condition = self._rule_condition(item)
        lines = clauses.read(item.clauses, self._diagnostics.append)
        mode = self._rule_mode(item)
        if pack is not None and item.kind is RuleKind.ALLOW:
            self._report(
                "GP0504",
                "a pack cannot allow",
                item.span,
                "a pack only makes decisions stricter; write `allow` in the policy itself",
            )
        if condition is None or mode is None or event is None:
            return ()
        return (
            Rule(
                item.kind,
                event,
                mode,
                item.title.text,
                condition,
                lines.obligations,
                lines.because,
                lines.owner,
                lines.review_by,
                pack,
                item.span,
            ),
        )

    def _rule_mode(self, item: RuleSyntax) -> Mode | None:
        if item.kind is RuleKind.BLOCK:
            return Mode.BLOCKED
        if item.mode is None:
            return Mode.AUTONOMOUS
        try:
            mode = self._conditions.mode(item.mode)
        except DiagnosticError as problem:
            self._diagnostics.append(problem.diagnostic)
            return None
        if mode is Mode.BLOCKED:
            mend = "write `block`" if item.kind is RuleKind.REQUIRE else "write `block` instead"
            self._report("GP0505", "`blocked` is what `block` rules say", item.mode.span, mend)
            return None
        return mode

    def _rule_condition(self, item: RuleSyntax) -> Condition | None:
        """All `when` lines together, and none of the `unless` lines; no line is always true."""
        parts: list[Condition] = []
        complete = True
        for clause in item.clauses:
            if clause.condition is None:
                continue
            part = self._conditions.condition(clause.condition)
            if part is None:
                complete = False
            else:
                parts.append(Not(part, clause.span) if clause.kind is ClauseKind.UNLESS else part)
        if not complete:
            return None
        return parts[0] if len(parts) == 1 else And(tuple(parts), item.span)

    # --- statements

    def _invariant(self, item: InvariantSyntax, pack: str | None) -> tuple[Invariant, ...]:
        event = self._event(item.event)
        self._unique("invariant", item.title.text, item.title.span)
        condition = self._conditions.condition(item.condition, about_decision=True)
        lines = clauses.read(item.clauses, self._diagnostics.append)
        if condition is None or event is None:
            return ()
        title = item.title.text
        return (Invariant(title, event, condition, lines.because, lines.owner, pack, item.span),)

    def _promise(
        self, item: LivenessSyntax | MonotoneSyntax, pack: str | None
    ) -> tuple[Promise, ...]:
        event = self._event(item.event)
        self._unique("promise", item.title.text, item.title.span)
        owner = clauses.read(item.clauses, self._diagnostics.append).owner
        if event is None:
            return ()
        if isinstance(item, LivenessSyntax):
            given = self._conditions.condition(item.given)
            gets = self._conditions.condition(item.gets, about_decision=True)
            if given is None or gets is None:
                return ()
            return (Liveness(item.title.text, event, given, gets, owner, pack, item.span),)
        fact = self._names.vocabulary.get(item.fact.text)
        if fact is None or not isinstance(fact.type, SetType):
            mend = did_you_mean(item.fact.text, TAG_FACTS, "set")
            self._report("GP0507", f"`{item.fact.text}` is not a set", item.fact.span, mend)
            return ()
        try:
            members = self._conditions.members(item.members, fact, fact.type)
        except DiagnosticError as problem:
            self._diagnostics.append(problem.diagnostic)
            return ()
        return (Monotone(item.title.text, event, fact.name, members, owner, pack, item.span),)

    def _example(self, item: ExampleSyntax, pack: str | None) -> tuple[Example, ...]:
        event = self._event(item.event)
        self._unique("example", item.title.text, item.title.span)
        return () if event is None else self._examples.read(item, event, pack)

    # --- what all items share

    def _event(self, name: Name | None) -> Event | None:
        if name is None:
            return Event.SEND
        if name.text not in tuple(Event):
            mend = did_you_mean(name.text, [event.value for event in Event], "event")
            self._report("GP0510", f"nothing happens `on {name.text}`", name.span, mend)
            return None
        return Event(name.text)

    def _unique(self, what: str, title: str, span: Span) -> None:
        first = self._titles.setdefault((what, title), span)
        if first is not span:
            self._report(
                "GP0511",
                f"another {what} has this title",
                span,
                "give it a title of its own; decisions are explained by it",
                ((first, "the first one"),),
            )


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    span = diagnostic.span
    return span.file, span.line, span.column, diagnostic.code
