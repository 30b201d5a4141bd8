"""What the language server tells about a word: what it means, and what could stand there."""

import re
from collections.abc import Iterator

from pipeline.language_server.project import Project, Word
from policy.facts import BoolType, EnumType, Fact, NumberType, SetType, Vocabulary
from policy.layout import flat, operand
from policy.literals import shown
from policy.loading import packs
from policy.modes import Mode
from policy.parser import OPENING_WORDS
from policy.syntax import ClauseKind, DefineSyntax, RuleSyntax, SetSyntax
from policy.vocabulary import BUILT_IN, TAGS
from policy.wording import obligation_words, value_words

__all__ = ["completions", "told_of"]

_VALUE = re.compile(
    r"([\w.]+)\s+(?:is(?:\s+not)?|(?:not\s+)?in|has(?:\s+(?:any|all|none)\s+of)?)\s+"
    r"(?:\{[^{}]*)?\w*$"
)
_MODE = re.compile(r"(?:^|\s)(?:allow|require|expect|mode\s*(?:>=|<=|>|<|is)?)\s+\w*$")
_USE = re.compile(r"^use\s+(?:\w+,\s*)*\w*$")
_OPENING = re.compile(r"^\w*$")
_CLAUSE = re.compile(r"^\s+\w*$")
_MODES = {
    Mode.AUTONOMOUS: "sent, or delivered",
    Mode.MONITORED: "sent, and a copy goes to the people who watch",
    Mode.GATED_SEND: "held until a person approves",
    Mode.GATED_ALL: "held until a person approves, what comes in as well",
    Mode.BLOCKED: "never sent",
}


def told_of(project: Project, word: Word) -> str | None:
    """What a word means, as Markdown; None when there is nothing to tell."""
    if word.is_title:
        return _rule(project, word.text)
    vocabulary = project.loaded.policy.vocabulary if project.loaded.policy else BUILT_IN
    fact = vocabulary.get(word.text)
    if fact is not None:
        return _fact(fact)
    for document in project.loaded.documents:
        for item in document.items:
            match item:
                case DefineSyntax(name, condition) if name.text == word.text:
                    return f"**{word.text}**, a defined condition\n\n`{flat(condition)}`"
                case SetSyntax(name, members) if name.text == word.text:
                    return f"**{word.text}**, a set\n\n`{operand(members)}`"
    for mode, told in _MODES.items():
        if mode.label == word.text:
            return f"**{word.text}**, mode {mode + 1} of {len(Mode)}\n\n{told}"
    if word.text in TAGS:
        return f"**{word.text}**, a tag of the classifier"
    pack = packs().get(word.text)
    if pack is not None:
        comments = [line[2:] for line in pack.text.splitlines() if line.startswith("# ")]
        return f"**{word.text}**, a pack\n\n" + " ".join(comments)
    return None


def _rule(project: Project, title: str) -> str | None:
    policy = project.loaded.policy
    rule = next((one for one in policy.rules if one.title == title), None) if policy else None
    if rule is None:
        return None
    lines = [f"**{rule.title}**", f"`{rule.kind.value} {rule.mode.label}`"]
    lines.extend([f"Source: {rule.because}"] if rule.because else [])
    lines.extend([f"Owner: {rule.owner}"] if rule.owner else [])
    lines.extend(f"`{obligation_words(one)}`" for one in rule.obligations)
    return "\n\n".join(lines)


def _fact(fact: Fact) -> str:
    match fact.type:
        case BoolType():
            kind = "true or false"
        case EnumType(values):
            kind = "one of " + ", ".join(f"`{value}`" for value in values)
        case SetType(members):
            kind = "set of " + ", ".join(f"`{member}`" for member in members)
        case NumberType() as number:
            low, high = shown(number, number.low), shown(number, number.high)
            kind = f"{number.unit.value}, from {low} to {high}"
        case _:
            kind = "text"
    usual = value_words(fact, fact.ordinary)
    return (
        f"**{fact.name}**: {fact.doc}\n\n{kind}\n\norigin: {fact.origin.value}; ordinarily {usual}"
    )


def completions(project: Project, before: str) -> Iterator[tuple[str, str]]:
    """What could follow the text `before` on its line: words, each with a note."""
    vocabulary = project.loaded.policy.vocabulary if project.loaded.policy else BUILT_IN
    asked = _VALUE.search(before)
    if asked and asked[1] in vocabulary:
        yield from _values(vocabulary[asked[1]])
    elif _USE.match(before):
        yield from ((name, "pack") for name in packs())
    elif _MODE.search(before):
        yield from ((mode.label, told) for mode, told in _MODES.items())
    elif _OPENING.match(before):
        yield from ((word, "begins an item") for word in OPENING_WORDS)
    elif _CLAUSE.match(before):
        yield from ((kind.value, "a line of a rule") for kind in ClauseKind)
    elif re.search(r'\bby\s+"?[^"]*$', before):
        for document in project.loaded.documents:
            for item in document.items:
                if isinstance(item, RuleSyntax):
                    yield f'"{item.title.text}"', "rule"
    else:
        yield from _conditions(project, vocabulary)


def _values(fact: Fact) -> Iterator[tuple[str, str]]:
    match fact.type:
        case EnumType(values):
            yield from ((value, f"value of {fact.name}") for value in values)
        case SetType(members):
            yield from ((member, f"member of {fact.name}") for member in members)


def _conditions(project: Project, vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    yield from ((fact.name, fact.doc) for fact in vocabulary.values())
    for document in project.loaded.documents:
        for item in document.items:
            if isinstance(item, DefineSyntax):
                yield item.name.text, flat(item.condition)
    yield from ((word, "") for word in ("and", "or", "not", "implies", "is", "in", "has"))
