"""Conditions as written to the core's: names looked up, types checked, literals scaled.

Codes GP0301 to GP0339. Every mistake of a condition is reported, not only the first.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from policy import literals
from policy.diagnostics import Diagnostic, DiagnosticError, did_you_mean, nearest
from policy.facts import BoolType, EnumType, Fact, NumberType, SetType, TextType, Vocabulary
from policy.globs import glob
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
    Amount,
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
    takes each mistake; `tags_declared` is shown beside an unknown tag; a test that speaks of an
    `unread` name is left out without a word, since its declaration was reported.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        sets: Mapping[str, SetSyntax],
        define: Callable[[Name], Condition | None],
        defined: Sequence[str],
        tags_declared: Span | None,
        unread: AbstractSet[str],
        report: Callable[[Diagnostic], None],
    ) -> None:
        self._vocabulary = vocabulary
        self._sets = sets
        self._define = define
        self._defined = defined
        self._tags_declared = tags_declared
        self._unread = unread
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
                if not self._unread.isdisjoint(_names(tree)):
                    return None
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

    def _asked(self, test: Test, known: Collection[str] = ()) -> tuple[Word, ...]:
        """The values that a test names: one, or those of a set."""
        if test.operator.endswith(("in", "of")):
            return self._words(test.operand, test.operator)
        return (self._one(test.operand, known),)

    def _typed(self, test: Test, fact: Fact) -> Condition:
        span = test.span
        match fact.type:
            case BoolType():
                return IsTrue(fact.name, span)
            case EnumType() as kind:
                asked = self._asked(test, kind.values)
                words = [literals.enum_member(word, fact, kind) for word in asked]
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
            for word in self._asked(test, kind.members)
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
        word = self._one(test.operand)
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
        found = [literals.text(word, fact) for word in self._asked(test)]
        if test.operator == "matches":
            assert test.operand is not None
            return glob(fact.name, found[0], test.operand.span, test.span)
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
        modes = [self.mode(word) for word in self._asked(test)]
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
        parts = tuple(Obliged(self._obligation(word), test.span) for word in self._asked(test))
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

    def _words(self, operand: Word | ValueSet | None, operator: str) -> tuple[Word, ...]:
        """The words of an operand; behind `in` and `of` a name is that of a set."""
        assert operand is not None, "the grammar gives every such operator an operand"
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
        if operator.endswith(("in", "of")):
            return self._set(operand)
        return (operand,)

    def _set(self, name: Word) -> tuple[Word, ...]:
        if isinstance(name, Name) and name.text in self._sets:
            return self._sets[name.text].members.words
        written = name.number if isinstance(name, Amount) else name.text
        mend = f"write `{{{written}}}`"
        if close := nearest(written, self._sets):
            mend = f"did you mean `{close[0]}`? Else {mend}"
        raise DiagnosticError("GP0313", f"no set is called `{written}`", name.span, "", mend)

    def _one(self, operand: Word | ValueSet | None, known: Collection[str] = ()) -> Word:
        """The one word that `is`, `has` or a comparison asks for; not the name of a set."""
        (word,) = self._words(operand, "")
        if isinstance(word, Name) and word.text in self._sets and word.text not in known:
            raise DiagnosticError(
                "GP0312",
                f"`{word.text}` is a set, and one value is asked for here",
                word.span,
                "",
                f"write `in {word.text}`, `has any of {word.text}` or name one value",
                ((self._sets[word.text].span, "the set is declared here"),),
            )
        return word

    def members(self, operand: ValueSet, fact: Fact, kind: SetType) -> tuple[str, ...]:
        """The members of the set fact that `operand` lists; raises DiagnosticError."""
        return tuple(
            literals.set_member(word, fact, kind, self._tags_declared)
            for word in self._words(operand, "of")
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


def _names(test: Test) -> Iterator[str]:
    """Every name a test speaks of."""
    yield test.subject.text
    words = test.operand.words if isinstance(test.operand, Braces) else (test.operand,)
    yield from (word.text for word in words if isinstance(word, Name))


def _above(mode: Mode, span: Span) -> Condition:
    return Or((), span) if mode is Mode.BLOCKED else ModeAtLeast(Mode(mode + 1), span)
