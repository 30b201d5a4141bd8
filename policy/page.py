"""A policy as a page for an auditor: plain sentences with their sources, in Markdown or HTML."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from policy.digest import digest
from policy.modes import Event, Mode
from policy.rules import Invariant, Liveness, Monotone, Policy, Promise, Rule, RuleKind
from policy.wording import condition_words, obligation_words

__all__ = ["Block", "blocks", "to_html", "to_markdown"]

_MODES = {
    Mode.AUTONOMOUS: "is sent",
    Mode.MONITORED: "is sent, and a copy goes to the people who watch",
    Mode.GATED_SEND: "waits until a person approves it",
    Mode.GATED_ALL: "waits until a person approves it; what comes in waits too",
    Mode.BLOCKED: "never leaves",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#eee;padding:0 .2em}li{margin:.2em 0}@media(prefers-color-scheme:dark)"
    "{body{background:#111;color:#ddd}code{background:#333}}"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 to 3), a paragraph (0) or the points of a list (-1).

    In the text, what stands between backticks is code.
    """

    level: int
    lines: tuple[str, ...]


def blocks(policy: Policy, verdicts: Mapping[str, str]) -> Iterator[Block]:
    """The page; `verdicts` say of the titles of invariants and promises what the proof found."""
    yield Block(1, (policy.name,))
    yield Block(0, (f"Digest of this policy: `{digest(policy)}`",))
    if policy.packs:
        yield Block(0, (f"It uses the packs {', '.join(f'`{name}`' for name in policy.packs)}.",))
    yield Block(2, ("How a message is decided",))
    yield Block(
        -1,
        (
            "The freest mode among the permissions that apply, or `gated_send` where none does; "
            "then the strictest of that, the mailbox's own mode, and every demand that applies.",
            "A fact that is not known makes every demand that asks for it apply, no permission.",
            *(f"`{mode.label}`: the message {told}" for mode, told in _MODES.items()),
        ),
    )
    for event in Event:
        rules = policy.rules_on(event)
        for kind in RuleKind if rules else ():
            yield from _rules(policy, [rule for rule in rules if rule.kind is kind], event, kind)
    yield from _statements(policy, verdicts)


def _rules(policy: Policy, rules: Iterable[Rule], event: Event, kind: RuleKind) -> Iterator[Block]:
    heading = {
        RuleKind.ALLOW: "What may leave by itself",
        RuleKind.REQUIRE: "What is demanded",
        RuleKind.BLOCK: "What never leaves",
    }[kind]
    if event is Event.RECEIVE:
        heading += " (of messages received)"
    for position, rule in enumerate(rules):
        if position == 0:
            yield Block(2, (heading,))
        yield Block(3, (rule.title,))
        yield Block(0, (_sentence(rule, policy),))
        yield Block(-1, tuple(_notes(rule)))


def _sentence(rule: Rule, policy: Policy) -> str:
    when = condition_words(rule.condition, policy.vocabulary)
    told = "Always" if when == "always" else f"When `{when}`"
    match rule.kind:
        case RuleKind.ALLOW:
            return f"{told}, a message may travel as freely as `{rule.mode.label}`."
        case RuleKind.BLOCK:
            return f"{told}, a message is blocked."
        case _ if rule.mode is Mode.AUTONOMOUS:
            return f"{told}, the message is completed as said below."
        case _:
            return f"{told}, a message travels under `{rule.mode.label}` or stricter."


def _notes(rule: Rule) -> Iterator[str]:
    if rule.because:
        yield f"Source: {rule.because}"
    if rule.obligations:
        yield "Obligations: " + ", ".join(f"`{obligation_words(one)}`" for one in rule.obligations)
    if rule.owner:
        yield f"Owner: {rule.owner}"
    if rule.review_by:
        yield f"To be read again by {rule.review_by}"
    yield f"Place: `{rule.span}`"


def _statements(policy: Policy, verdicts: Mapping[str, str]) -> Iterator[Block]:
    stated = [*policy.invariants, *policy.promises]
    if stated:
        yield Block(2, ("What always holds",))
    for one in stated:
        verdict = verdicts.get(one.title, "not proved on this page")
        yield Block(3, (one.title,))
        told = (
            _promise(one, policy)
            if isinstance(one, Liveness | Monotone)
            else f"For every message: `{condition_words(one.condition, policy.vocabulary)}`."
        )
        yield Block(0, (f"{told} **{verdict}**",))
        yield Block(-1, tuple(_origin(one)))
    if policy.examples:
        yield Block(2, ("What is expected of single messages",))
        yield Block(
            -1,
            tuple(
                f"{one.title}: `{one.mode.label}`" + (f", by {', '.join(one.by)}" if one.by else "")
                for one in policy.examples
            ),
        )


def _origin(one: Invariant | Promise) -> Iterator[str]:
    if isinstance(one, Invariant) and one.because:
        yield f"Source: {one.because}"
    if one.owner:
        yield f"Owner: {one.owner}"
    yield f"Place: `{one.span}`"


def _promise(one: Promise, policy: Policy) -> str:
    match one:
        case Liveness(given=given, gets=gets):
            return (
                f"Some message with `{condition_words(given, policy.vocabulary)}` gets "
                f"`{condition_words(gets, policy.vocabulary)}`."
            )
        case Monotone(fact=fact, members=members):
            return f"Adding any of `{', '.join(members)}` to `{fact}` never makes it freer."


def to_markdown(page: Iterable[Block]) -> str:
    """The page as Markdown."""
    out: list[str] = []
    for block in page:
        match block.level:
            case -1:
                out.append("\n".join(f"- {line}" for line in block.lines))
            case 0:
                out.append("\n".join(block.lines))
            case level:
                out.append(f"{'#' * level} {block.lines[0]}")
    return "\n\n".join(part for part in out if part) + "\n"


def to_html(page: Iterable[Block], title: str) -> str:
    """The page as one HTML file that asks for nothing else."""
    out = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style>",
    ]
    for block in page:
        lines = [_marked(line) for line in block.lines]
        match block.level:
            case -1:
                out.append("<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>")
            case 0:
                out.extend(f"<p>{line}</p>" for line in lines)
            case level:
                out.append(f"<h{level}>{lines[0]}</h{level}>")
    return "\n".join(out) + "\n"


def _marked(line: str) -> str:
    marked = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(line, quote=False))
    return re.sub(r"\*\*([^*]*)\*\*", r"<strong>\1</strong>", marked)
