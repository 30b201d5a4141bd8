"""`gatepost policy decide`: the decision about one message, and why."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.files import policy_or_exit
from policy.explanation import Explanation, explain
from policy.facts import Facts, Vocabulary
from policy.modes import Event
from policy.offered import read_facts
from policy.rules import Rule
from policy.unknowns import unknowns
from policy.wording import condition_words, mode_words, obligation_words, value_words


def decide(
    words: Annotated[
        list[str],
        typer.Argument(
            help="Policy files or folders; then the message: NAME=VALUE pairs, a .json file of "
            "facts (- for standard input), or a .eml file."
        ),
    ],
    event: Annotated[Event, typer.Option(help="What the message is about to do.")] = Event.SEND,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Facts not given are unknown, not ordinary.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Decide one message and explain the decision.

    For example: gatepost policy decide data/shop kind=reply intent=refund refund_amount=250.00

    Facts that are not given have the value of an ordinary message. A .eml file is a message that
    was received; the question is then what a reply to it by an agent would have to wait for.
    """
    pairs = dict(word.split("=", 1) for word in words if "=" in word)
    mail = [word for word in words if word.endswith(".eml")]
    files = [word for word in words if word.endswith(".json") or word == "-"]
    policy = policy_or_exit(
        [Path(word) for word in words if word not in {*mail, *files} and "=" not in word]
    )
    base: dict[str, object] = {} if unknown else dict(policy.vocabulary.ordinary())
    for name in mail:
        base = dict(_facts_of_mail(Path(name), policy.vocabulary))
    offered: dict[str, object] = {}
    for name in files:
        offered.update(_facts_of_json(name))
    facts, refused = read_facts(policy.vocabulary, {**offered, **pairs}, base)
    if refused:
        for one in refused:
            typer.echo(f"gatepost: {one.message}{f'; {one.mend}' if one.mend else ''}", err=True)
        raise typer.Exit(2)
    explanation = explain(policy, facts, event)
    if as_json:
        typer.echo(json.dumps(_json(explanation, policy.vocabulary), indent=2))
    else:
        typer.echo(_text(explanation, policy.vocabulary, event))


def _facts_of_json(name: str) -> dict[str, object]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
        found = json.loads(text)
    except OSError as error:
        raise _refused(f"{name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _refused(f"{name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise _refused(f'{name} holds no object; write {{"kind": "reply", ...}}')
    return found


def _facts_of_mail(path: Path, vocabulary: Vocabulary) -> Facts:
    """The facts of an agent's reply to the message in a file."""
    from classifier.artifact import ModelError
    from classifier.model import Classifier
    from classifier.prediction import MessageText
    from pipeline.facts import Ledger, Mailbox, facts_of_reply, ordinary_reply
    from pipeline.mail.reading import read_message

    try:
        message = read_message(path.read_bytes())
        labels = Classifier.load().classify(
            MessageText(
                message.subject,
                message.text,
                message.quoted,
                message.signature,
                message.hidden_text,
            )
        )
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror}") from None
    except ModelError as error:
        raise _refused(str(error)) from None
    return facts_of_reply(message, labels, ordinary_reply(vocabulary, Mailbox()), ledger=Ledger())


def _refused(message: str) -> typer.Exit:
    typer.echo(f"gatepost: {message}", err=True)
    return typer.Exit(2)


def _text(explanation: Explanation, vocabulary: Vocabulary, event: Event) -> str:
    decision = explanation.decision
    lines = [
        f"{decision.mode.label}: {mode_words(decision.mode, event)}",
        f"  base {decision.base.label}, mailbox at least {decision.floor.label}",
    ]
    if decision.obligations:
        lines.append(f"  {', '.join(sorted(map(obligation_words, decision.obligations)))}")
    lines.append("\nrules that decided")
    lines.extend(
        _rules(decision.deciding, explanation.facts) or [f"  none: {_without_rule(explanation)}"]
    )
    others = [rule for rule in decision.fired if rule not in decision.deciding]
    if others:
        lines.extend(["\nrules that fired as well", *_rules(others, explanation.facts)])
    if explanation.near:
        lines.append("\nrules that nearly fired")
        for miss in explanation.near:
            needed = condition_words(miss.missing, vocabulary)
            lines.append(f"  {miss.rule.title}  ({miss.rule.span})")
            lines.append(f"      needs {needed}")
    lines.append("\nfacts read")
    width = max((len(fact.name) for fact in explanation.read), default=0)
    for fact in explanation.read:
        value = value_words(fact, explanation.facts.get(fact.name))
        lines.append(f"  {fact.name:<{width}}  {value}  ({fact.origin.value})")
    lines.append("\nanother mode")
    for change in explanation.changes:
        told = " and ".join(
            f"{name} is {value_words(vocabulary[name], value)}"
            for name, value in change.facts.items()
        )
        lines.append(f"  {change.mode.label:<10}  if {told}")
    if not explanation.changes:
        lines.append("  no change of one or two facts leads to one")
    return "\n".join(lines)


def _without_rule(explanation: Explanation) -> str:
    decision = explanation.decision
    if decision.mode is decision.floor:
        return "the mailbox's own mode decided"
    return "no `allow` rule fired, and what nobody allows is held"


def _rules(rules: Iterable[Rule], facts: Facts) -> list[str]:
    lines = []
    for rule in sorted(rules, key=lambda one: bool(unknowns(one, facts))):
        lines.append(f"  {rule.title}  ({rule.kind.value} {rule.mode.label}, {rule.span})")
        lines.extend([f"      because {rule.because}"] if rule.because else [])
        if missing := unknowns(rule, facts):
            lines.append(f"      fired out of caution: {', '.join(missing)} unknown")
    return lines


def _json(explanation: Explanation, vocabulary: Vocabulary) -> dict[str, Any]:
    decision = explanation.decision
    deciding = set(decision.deciding)
    return {
        "mode": decision.mode.label,
        "base": decision.base.label,
        "floor": decision.floor.label,
        "obligations": sorted(map(obligation_words, decision.obligations)),
        "fired": [
            {
                **_rule(rule),
                "decided": rule in deciding,
                "unknown": list(unknowns(rule, explanation.facts)),
            }
            for rule in decision.fired
        ],
        "nearly_fired": [
            {
                **_rule(miss.rule),
                "fact": miss.fact,
                "needs": condition_words(miss.missing, vocabulary),
            }
            for miss in explanation.near
        ],
        "facts": [
            {
                "name": fact.name,
                "value": value_words(fact, explanation.facts.get(fact.name)),
                "origin": fact.origin.value,
            }
            for fact in explanation.read
        ],
        "changes": [
            {
                "mode": change.mode.label,
                "facts": {
                    name: value_words(vocabulary[name], value)
                    for name, value in change.facts.items()
                },
            }
            for change in explanation.changes
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "title": rule.title,
        "kind": rule.kind.value,
        "mode": rule.mode.label,
        "file": rule.span.file,
        "line": rule.span.line,
        "because": rule.because,
        "owner": rule.owner,
        "pack": rule.pack,
    }
