"""Conditions as written to the core's: names looked up, types checked, literals scaled.

Codes GP0301 to GP0339. Every mistake of a condition is reported, not only the first.
"""

from collections.abc import Callable, Mapping, Sequence

from policy import literals
from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean
from policy.facts import BoolType, EnumType, Fact, NumberType, SetType, TextType, Vocabulary
from policy.modes import Mode
from policy.rules import (
    And,
    AtLeast,
    Condition,
    Has,
    IsTrue,
    ModeAtLeast,
    Not,
    ObligationName,
    Obliged,
    OneOf,
    Or,
    Span,
    TextOperator,
    TextTest,
)
from policy.syntax import (
    Braces,
    ConditionSyntax,
    Group,
    Junction,
    Name,
    Negation,
    SetSyntax,
    Test,
    Text,
    ValueSet,
    Word,
)

__all__ = ["ConditionChecker"]

_COMPARISONS = (">=", "<=", ">", "<")
_TEXT_OPERATORS = {
    "starts with": TextOperator.STARTS,
    "ends with": TextOperator.ENDS,
    "contains": TextOperator.CONTAINS,
}
_OPERATORS_OF = {
    BoolType: ("",),
    EnumType: ("is", "is not", "in", "not in"),
    SetType: ("has", "has any of", "has all of", "has none of"),
    NumberType: (*_COMPARISONS, "is", "is not"),
    TextType: ("is", "is not", "in", "not in", *_TEXT_OPERATORS, "matches"),
}
_ASK_LIKE = {
    BoolType: "write `{0}` or `not {0}`",
    EnumType: "write `{0} is ...` or `{0} in {{...}}`",
    SetType: "write `{0} has ...` or `{0} has any of {{...}}`",
    NumberType: "write `{0} >= ...` or another comparison",
    TextType: 'write `{0} contains "..."`, `starts with`, `ends with`, `is` or `matches`',
}


class ConditionChecker:
    """Turns the conditions of one policy into core conditions.

    `define` gives the condition behind a defined name (and reports its mistakes once); `report`
    takes each mistake; `tags_declared` is shown beside an unknown tag.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        sets: Mapping[str, SetSyntax],
        define: Callable[[Name], Condition | None],
        defined: Sequence[str],
        tags_declared: Span | None,
        report: Callable[[Diagnostic], None],
    ) -> None:
        self._vocabulary = vocabulary
        self._sets = sets
        self._define = define
        self._defined = defined
        self._tags_declared = tags_declared
        self._report = report

    def condition(self, tree: ConditionSyntax, *, about_decision: bool = False) -> Condition | None:
        """The core of `tree`, or None when it has mistakes (all of them reported).

        Only with `about_decision` may it speak of `mode` and `obligations`.
        """
        match tree:
            case Group(part):
                return self.condition(part, about_decision=about_decision)
            case Negation(part, span):
                inner = self.condition(part, about_decision=about_decision)
                return None if inner is None else Not(inner, span)
            case Junction():
                return self._junction(tree, about_decision)
            case Test():
                try:
                    return self._test(tree, about_decision)
                except DiagnosticError as problem:
                    self._report(problem.diagnostic)
                    return None

    def _junction(self, tree: Junction, about_decision: bool) -> Condition | None:
        mixed = {"and", "or"} if tree.word in {"and", "or"} else {"implies"}
        for part in tree.parts:
            if isinstance(part, Junction) and part.word in mixed:
                what = "`and` and `or`" if tree.word != "implies" else "one `implies` and another"
                self._report(
                    Diagnostic(
                        "GP0301",
                        f"{what} stand together without parentheses",
                        part.span,
                        "which belongs together?",
                        "put parentheses around this part",
                    )
                )
        parts = [self.condition(part, about_decision=about_decision) for part in tree.parts]
        whole = [part for part in parts if part is not None]
        if len(whole) < len(parts):
            return None
        match tree.word:
            case "and":
                return And(tuple(whole), tree.span)
            case "or":
                return Or(tuple(whole), tree.span)
            case _:
                return Or((Not(whole[0], tree.span), whole[1]), tree.span)

    def _test(self, test: Test, about_decision: bool) -> Condition | None:
        name = test.subject.text
        if name in {"mode", "obligations"}:
            if not about_decision:
                mend = "a rule reads facts; only an invariant or promise speaks of the decision"
                if name == "mode":
                    mend += "; did you mean `mailbox.mode`?"
                raise DiagnosticError(
                    "GP0302", f"a rule cannot read `{name}`", test.subject.span, "", mend
                )
            return self._mode_test(test) if name == "mode" else self._obligation_test(test)
        fact = self._vocabulary.get(name)
        if fact is None:
            if test.operator == "" and name in self._defined:
                return self._define(test.subject)
            raise self._unknown(test.subject)
        if test.operator not in _OPERATORS_OF[type(fact.type)]:
            raise self._wrong_operator(test, fact)
        return self._typed(test, fact)

    def _typed(self, test: Test, fact: Fact) -> Condition:
        operand, span = test.operand, test.span
        match fact.type:
            case BoolType():
                return IsTrue(fact.name, span)
            case EnumType() as kind:
                words = [literals.enum_member(word, fact, kind) for word in self._words(operand)]
                found: Condition = OneOf(fact.name, frozenset(words), span)
            case SetType() as kind:
                return self._set_test(test, fact, kind)
            case NumberType() as kind:
                return self._number_test(test, fact, kind)
            case TextType():
                found = self._text_test(test, fact)
        return Not(found, span) if test.operator in {"is not", "not in"} else found

    def _set_test(self, test: Test, fact: Fact, kind: SetType) -> Condition:
        members = [
            literals.set_member(word, fact, kind, self._tags_declared)
            for word in self._words(test.operand)
        ]
        parts = tuple(Has(fact.name, member, test.span) for member in members)
        match test.operator:
            case "has any of":
                return Or(parts, test.span)
            case "has none of":
                return Not(Or(parts, test.span), test.span)
            case "has all of":
                return And(parts, test.span)
            case _:
                return parts[0]

    def _number_test(self, test: Test, fact: Fact, kind: NumberType) -> Condition:
        (word,) = self._words(test.operand)
        bound, span = literals.number(word, fact, kind), test.span
        at_least, above = AtLeast(fact.name, bound, span), AtLeast(fact.name, bound + 1, span)
        match test.operator:
            case ">=":
                return at_least
            case ">":
                return above
            case "<":
                return Not(at_least, span)
            case "<=":
                return Not(above, span)
            case "is":
                return And((at_least, Not(above, span)), span)
            case _:
                return Or((Not(at_least, span), above), span)

    def _text_test(self, test: Test, fact: Fact) -> Condition:
        found = [literals.text(word, fact) for word in self._words(test.operand)]
        if test.operator == "matches":
            assert test.operand is not None
            return _glob(fact.name, found[0], test.operand.span, test.span)
        operator = _TEXT_OPERATORS.get(test.operator, TextOperator.EQUALS)
        tests = tuple(TextTest(fact.name, operator, literal, test.span) for literal in found)
        return tests[0] if len(tests) == 1 else Or(tests, test.span)

    def _mode_test(self, test: Test) -> Condition:
        if test.operator not in {*_COMPARISONS, "is", "is not", "in", "not in"}:
            raise DiagnosticError(
                "GP0303",
                "`mode` is compared with a mode",
                test.span,
                "",
                "write `mode >= gated_send` or `mode is blocked`",
            )
        modes = [self.mode(word) for word in self._words(test.operand)]
        span, mode = test.span, modes[0]
        match test.operator:
            case ">=":
                return ModeAtLeast(mode, span)
            case ">":
                return _above(mode, span)
            case "<":
                return Not(ModeAtLeast(mode, span), span)
            case "<=":
                return Not(_above(mode, span), span)
        found = Or(
            tuple(
                And((ModeAtLeast(one, span), Not(_above(one, span), span)), span) for one in modes
            ),
            span,
        )
        return found if test.operator in {"is", "in"} else Not(found, span)

    def _obligation_test(self, test: Test) -> Condition:
        if test.operator not in _OPERATORS_OF[SetType]:
            raise DiagnosticError(
                "GP0304",
                "`obligations` is a set",
                test.span,
                "",
                "write `obligations has unsubscribe`",
            )
        parts = tuple(
            Obliged(self._obligation(word), test.span) for word in self._words(test.operand)
        )
        match test.operator:
            case "has all of":
                return And(parts, test.span)
            case "has none of":
                return Not(Or(parts, test.span), test.span)
            case _:
                return Or(parts, test.span)

    def mode(self, word: Word) -> Mode:
        """The mode that `word` names; raises DiagnosticError."""
        labels = [mode.label for mode in Mode]
        if not isinstance(word, Name) or word.text not in labels:
            written = word.text if isinstance(word, Name | Text) else word.number
            raise DiagnosticError(
                "GP0305",
                f"there is no mode `{written}`",
                word.span,
                "not a mode",
                did_you_mean(written, labels, "mode"),
            )
        return Mode.from_label(word.text)

    def _obligation(self, word: Word) -> ObligationName:
        names = [name.value for name in ObligationName]
        if not isinstance(word, Name) or word.text not in names:
            written = word.text if isinstance(word, Name | Text) else word.number
            raise DiagnosticError(
                "GP0306",
                f"there is no obligation `{written}`",
                word.span,
                "",
                did_you_mean(written, names, "obligation"),
            )
        return ObligationName(word.text)

    def _words(self, operand: Word | ValueSet | None, within: str = "") -> tuple[Word, ...]:
        """The words of an operand; a name after `in` or `of` may be a named set."""
        if isinstance(operand, Braces):
            if not operand.words:
                raise DiagnosticError(
                    "GP0307",
                    "an empty set matches nothing",
                    operand.span,
                    "",
                    "name at least one value",
                )
            return operand.words
        assert operand is not None, "the grammar gives every such operator an operand"
        if isinstance(operand, Name) and operand.text in self._sets:
            return self._sets[operand.text].members.words
        return (operand,)

    def members(self, operand: ValueSet, fact: Fact, kind: SetType) -> tuple[str, ...]:
        """The members of the set fact that `operand` lists; raises DiagnosticError."""
        return tuple(
            literals.set_member(word, fact, kind, self._tags_declared)
            for word in self._words(operand)
        )

    def _unknown(self, name: Name) -> DiagnosticError:
        known = [*self._vocabulary, *self._defined]
        return DiagnosticError(
            "GP0308",
            f"nothing is called `{name.text}`",
            name.span,
            "not a declared fact",
            did_you_mean(name.text, known, "fact"),
        )

    def _wrong_operator(self, test: Test, fact: Fact) -> DiagnosticError:
        asked = f"cannot be asked `{test.operator}`" if test.operator else "is not true or false"
        return DiagnosticError(
            "GP0309",
            f"`{fact.name}` is {literals.describe(fact.type)} and {asked}",
            test.span,
            "",
            _ASK_LIKE[type(fact.type)].format(fact.name),
        )


def _above(mode: Mode, span: Span) -> Condition:
    return Or((), span) if mode is Mode.BLOCKED else ModeAtLeast(Mode(mode + 1), span)


def _glob(fact: str, pattern: str, place: Span, span: Span) -> Condition:
    """A glob as tests on a text: `*` at either end, or once in the middle.

    `a*b` is "starts with a, ends with b, and is not one of the few texts too short to hold both",
    so that a glob never needs more than the four text operators.
    """
    head, star, tail = pattern.partition("*")
    if not star:
        return TextTest(fact, TextOperator.EQUALS, pattern, span)
    inner = pattern.strip("*")
    if "*" in inner and (pattern.startswith("*") or pattern.endswith("*") or "*" in tail):
        raise DiagnosticError(
            "GP0310",
            "this pattern has a `*` too many",
            place,
            "",
            "use `*` at the start, at the end, at both, or once in the middle",
        )
    if not inner:
        raise DiagnosticError(
            "GP0311", "this pattern matches every text", place, "", "leave it out"
        )
    if pattern.startswith("*"):
        operator = TextOperator.CONTAINS if pattern.endswith("*") else TextOperator.ENDS
        return TextTest(fact, operator, inner, span)
    if pattern.endswith("*"):
        return TextTest(fact, TextOperator.STARTS, inner, span)
    overlaps = (
        head + tail[size:]
        for size in range(1, min(len(head), len(tail)) + 1)
        if head.endswith(tail[:size])
    )
    return And(
        (
            TextTest(fact, TextOperator.STARTS, head, span),
            TextTest(fact, TextOperator.ENDS, tail, span),
            *(Not(TextTest(fact, TextOperator.EQUALS, text, span), span) for text in overlaps),
        ),
        span,
    )
