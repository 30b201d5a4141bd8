"""Examples as written to the core's: facts given, the rest ordinary, the decision expected.

Codes GP0508 and GP0509.
"""

from collections.abc import Callable, Collection

from policy import literals
from policy.conditions import ConditionChecker
from policy.declarations import Declarations
from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from policy.facts import Fact, Facts, SetType
from policy.modes import Event
from policy.rules import Example
from policy.syntax import Braces, ExampleSyntax, Given, Name

__all__ = ["ExampleReader"]


class ExampleReader:
    """Reads the examples of one policy, whose rules have `titles`."""

    def __init__(
        self,
        names: Declarations,
        conditions: ConditionChecker,
        titles: Collection[str],
        report: Callable[[Diagnostic], None],
    ) -> None:
        self._names = names
        self._conditions = conditions
        self._titles = frozenset(titles)
        self._report = report

    def read(self, item: ExampleSyntax, event: Event, pack: str | None) -> tuple[Example, ...]:
        """The example, or nothing when it has mistakes (all of them reported)."""
        offered: dict[str, object] = dict(self._names.vocabulary.ordinary())
        complete = True
        for given in item.given:
            if given.fact.text in self._names.unread:
                complete = False
                continue
            try:
                name, value = self._given(given, offered)
            except DiagnosticError as problem:
                self._report(problem.diagnostic)
                complete = False
            else:
                offered[name] = value
        for title in item.by:
            if title.text in self._names.unread:
                complete = False
            elif title.text not in self._titles:
                mend = did_you_mean(title.text, sorted(self._titles), "rule")
                message = f"no rule is called `{title.text}`"
                self._report(Diagnostic("GP0508", message, title.span, "", mend))
                complete = False
        try:
            mode = self._conditions.mode(item.mode)
        except DiagnosticError as problem:
            self._report(problem.diagnostic)
            return ()
        if not complete:
            return ()
        facts = Facts(self._names.vocabulary, offered)
        by = tuple(title.text for title in item.by)
        return (Example(item.title.text, event, facts, mode, by, pack, item.span),)

    def _given(self, given: Given, so_far: dict[str, object]) -> tuple[str, object]:
        """The fact an example sets and its value (None for unknown); raises DiagnosticError."""
        name = given.fact.text
        fact = self._names.vocabulary.get(name)
        if fact is None:
            mend = did_you_mean(name, self._names.vocabulary, "fact")
            raise DiagnosticError(
                "GP0308", f"nothing is called `{name}`", given.fact.span, "", mend
            )
        operand = given.operand
        if given.operator in {"true", "false"}:
            if isinstance(fact.ordinary, bool):
                return name, given.operator == "true"
        elif given.operator == "is" and _means_unknown(operand, fact):
            return name, None
        if isinstance(fact.type, SetType) and isinstance(operand, Name | Braces):
            words = operand.words if isinstance(operand, Braces) else (operand,)
            members = frozenset(
                literals.set_member(word, fact, fact.type, self._names.tags_declared)
                for word in words
            )
            before = so_far.get(name)
            if given.operator != "is" and isinstance(before, frozenset):
                members |= before
            return name, members
        if isinstance(operand, Braces) or operand is None or given.operator != "is":
            raise DiagnosticError(
                "GP0509",
                f"`{name}` is {literals.describe(fact.type)}",
                given.span,
                "does not fit",
                f"write `{name} is ...`",
            )
        return name, literals.example_value(operand, fact)


def _means_unknown(operand: object, fact: Fact) -> bool:
    """Whether `is unknown` leaves the fact unknown; not where a value has that very name."""
    if not isinstance(operand, Name) or operand.text != "unknown":
        return False
    return "unknown" not in getattr(fact.type, "values", ())
