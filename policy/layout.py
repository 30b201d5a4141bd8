"""Conditions, values and words of a policy file as text, broken over lines where they are long."""

from collections.abc import Iterable, Sequence

from policy.syntax import (
    Amount,
    Braces,
    ConditionSyntax,
    Group,
    Junction,
    Name,
    Negation,
    Test,
    Text,
    ValueSet,
    Word,
)

__all__ = ["WIDTH", "condition", "filled", "flat", "operand"]

WIDTH = 100
"""No line is longer unless a single word or text is."""


def operand(part: Word | ValueSet) -> str:
    """A value, or a set of values in braces, as it is written."""
    match part:
        case Name(text):
            return text
        case Text(text):
            return f'"{text}"'
        case Amount(number, None):
            return number
        case Amount(number, "%"):
            return f"{number}%"
        case Amount(number, unit):
            return f"{number} {unit}"
        case Braces(words):
            return "{" + ", ".join(operand(word) for word in words) + "}"


def flat(tree: ConditionSyntax) -> str:
    """The condition on one line."""
    match tree:
        case Test(subject, "", _):
            return subject.text
        case Test(subject, operator, part):
            assert part is not None, "every operator but the empty one has an operand"
            return f"{subject.text} {operator} {operand(part)}"
        case Negation(part):
            return f"not {flat(part)}"
        case Group(part):
            return f"({flat(part)})"
        case Junction(word, parts):
            return f" {word} ".join(flat(part) for part in parts)


def condition(tree: ConditionSyntax, room: int) -> list[str]:
    """The condition in lines of at most `room` characters, broken before `and`, `or`, `implies`.

    All lines but the first are indented under it.
    """
    whole = flat(tree)
    if len(whole) <= room:
        return [whole]
    match tree:
        case Junction(word, parts):
            lines = condition(parts[0], room)
            for part in parts[1:]:
                first, *rest = condition(part, room - len(word) - 3)
                lines.append(f"  {word} {first}")
                lines.extend(f"  {line}" for line in rest)
            return lines
        case Negation(part):
            first, *rest = condition(part, room - 4)
            return [f"not {first}", *rest]
        case Group(part):
            return ["(", *(f"  {line}" for line in condition(part, room - 2)), ")"]
        case Test(subject, operator, Braces(words)):
            members = filled([operand(word) for word in words], room - 2)
            return [f"{subject.text} {operator} {{", *(f"  {line}" for line in members), "}"]
        case _:
            return [whole]


def filled(words: Sequence[str], room: int) -> list[str]:
    """The words with commas between them, as many on a line as there is room for."""
    return list(_fill(words, room))


def _fill(words: Iterable[str], room: int) -> Iterable[str]:
    line = ""
    for word in words:
        if line and len(line) + len(word) + 3 > room:
            yield f"{line},"
            line = word
        else:
            line = f"{line}, {word}" if line else word
    if line:
        yield line
