"""Conditions with a name of their own, written out. Codes GP0506 and GP0513."""

from collections.abc import Callable, Mapping

from policy.diagnostics import Diagnostic
from policy.rules import And, Condition, Not, Or
from policy.syntax import ConditionSyntax, DefineSyntax, Name

__all__ = ["Defines"]

_MOST_TESTS = 2_000
_DEEPEST = 10


class Defines:
    """The defined conditions of one policy; `check` turns the syntax of one into the core."""

    def __init__(
        self,
        defines: Mapping[str, DefineSyntax],
        check: Callable[[ConditionSyntax], Condition | None],
        report: Callable[[Diagnostic], None],
    ) -> None:
        self._defines = defines
        self._check = check
        self._report = report
        self._expanded: dict[str, Condition | None] = {}
        self._expanding: list[str] = []
        self._refused: list[Condition] = []
        self._sizes: dict[int, int] = {}

    def condition(self, name: Name) -> Condition | None:
        """The condition behind `name`, which is defined; None for one with mistakes.

        A mistake is reported once, however often the name is used.
        """
        if name.text in self._expanding:
            circle = " → ".join([*self._expanding[self._expanding.index(name.text) :], name.text])
            mend = f"break the circle {circle}"
            message = f"`{name.text}` is defined by itself"
            self._report(Diagnostic("GP0506", message, name.span, "", mend))
            return None
        if name.text not in self._expanded:
            self._expanding.append(name.text)
            self._expanded[name.text] = self._expand(self._defines[name.text])
            self._expanding.pop()
        return self._expanded[name.text]

    def _expand(self, define: DefineSyntax) -> Condition | None:
        if len(self._expanding) <= _DEEPEST:
            found = self._check(define.condition)
            if found is None or self._size(found) <= _MOST_TESTS:
                return found
            self._refused.append(found)
        self._report(
            Diagnostic(
                "GP0513",
                f"`{define.name.text}` is too large when its names are written out",
                define.name.span,
                "",
                f"a condition has at most {_MOST_TESTS} tests and uses names at most "
                f"{_DEEPEST} deep",
            )
        )
        return None

    def _size(self, condition: Condition) -> int:
        """How many nodes `condition` has when every defined name in it is written out.

        A part that is shared is counted each time but walked once, else a few lines of `define`
        could keep the checker busy for ever. Every sized condition lives on, in `_expanded` or
        `_refused`, so its id stays its own.
        """
        known = self._sizes.get(id(condition))
        if known is not None:
            return known
        match condition:
            case And(parts) | Or(parts):
                size = 1 + sum(self._size(part) for part in parts)
            case Not(part):
                size = 1 + self._size(part)
            case _:
                size = 1
        self._sizes[id(condition)] = size
        return size
