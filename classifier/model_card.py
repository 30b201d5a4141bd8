"""The model card: what a model is, what it was trained on, how good it is, what is not known.

After Mitchell et al., Model Cards for Model Reporting, FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.artifact import Artifact
from classifier.labels import INTENTS, TAGS

__all__ = ["markdown_card"]

_UNTESTED = (
    "Warranty, product safety, card data, unsubscribing and Californian requests were measured on"
    " nothing but text written for this project."
)


def markdown_card(artifact: Artifact) -> str:
    """The card of a model as Markdown, made of its manifest alone."""
    return "\n".join(_lines(artifact)) + "\n"


def _lines(artifact: Artifact) -> Iterator[str]:
    card = artifact.card
    held_out = card.get("held_out", {})
    own = card.get("own", {})
    yield f"# Model card: version {artifact.version}"
    yield ""
    yield f"SHA-256 of arrays and settings: `{artifact.digest}`."
    yield ""
    yield "## What it is"
    yield ""
    yield (
        f"A linear model over words, word pairs and character sequences ({len(artifact.vocabulary)}"
        f" features), united with named signals. It gives each message one of {len(INTENTS)}"
        f" intents and any of {len(TAGS)} tags. It reads English; other languages are recognised,"
        " called unsure and left to people."
    )
    yield ""
    yield "It routes a shop's mail and raises tags that hold answers for a person. It is not meant"
    yield "to judge people, to refuse anybody anything, or to stand without a person behind it."
    yield ""
    yield "## What it was trained on"
    yield ""
    yield "| text | messages |"
    yield "| --- | --: |"
    yield f"| written for the project (`data/README.md` tells how) | {card.get('starter', '?')} |"
    yield f"| the shop's own labels | {own.get('learned', 0)} |"
    yield f"| of those, corrected or confirmed in review | {own.get('reviewed', 0)} |"
    yield f"| made from patterns and small talk | {card.get('generated', '?')} |"
    yield ""
    vectors = card.get("vectors")
    if vectors:
        yield (
            f"Words were known beforehand by the vectors {vectors['name']} (licence:"
            f" {vectors['licence']}; SHA-256 of both files `{vectors['sha256']}`)."
        )
        yield ""
    yield "## How good it is"
    yield ""
    if held_out:
        yield (
            f"On {held_out['mails']} messages of templates left out of training (a heuristic for"
            f" mail like the training text, no promise): intents {held_out['intent_accuracy']:.1%}"
            f" right{_claimed(held_out)}, calibration error {held_out['calibration_error']:.3f}."
        )
        yield ""
        yield "| tag | n | signals | model | both | false alarms |"
        yield "| --- | --: | --: | --: | --: | --: |"
        for tag, figures in held_out.get("tags", {}).items():
            yield _tag_line(tag, figures)
        yield ""
    yield from _own_lines(own)
    yield "## What is not known"
    yield ""
    yield f"- {_UNTESTED}"
    yield "- Thresholds hold for mail like the text above. Mail that drifts, attacks that nobody"
    yield "  thought of, and languages that the labels lack are not covered; `gatepost model audit`"
    yield "  measures on your own reviewed mail and raises an alarm on drift."
    yield "- The vocabulary keeps words that two or more training messages share. After erasing a"
    yield "  person, train again without their messages."
    yield ""
    yield "## Settings"
    yield ""
    yield (
        f"Temperature {artifact.temperature:.3f}; unsure below a confidence of"
        f" {artifact.unsure_below:.3f}. Thresholds of the tags in log-odds: "
        + ", ".join(f"{tag} {value:.2f}" for tag, value in artifact.thresholds.items())
        + "."
    )


def _claimed(held_out: Mapping[str, Any]) -> str:
    """What was claimed of them; versions trained before it was measured do not say."""
    claimed = held_out.get("mean_confidence")
    return "" if claimed is None else f" where {claimed:.1%} was claimed"


def _tag_line(tag: str, figures: Mapping[str, Any]) -> str:
    shares = ("recall_of_signals", "recall_of_model", "recall_united", "false_alarms_united")
    cells = " | ".join(f"{figures[name]:.1%}" for name in shares)
    return f"| {tag} | {figures['positives']} | {cells} |"


def _own_lines(own: Mapping[str, Any]) -> Iterator[str]:
    measured = own.get("measured")
    if not measured:
        return
    yield (
        f"On {measured['messages']} of the shop's own messages, kept out of training: intents"
        f" {measured['intents_right']:.1%} right; of {measured['frauds']} frauds among them"
        f" {measured['frauds_found']} found."
    )
    if "p_value" in measured:
        yield (
            f"Against version {measured['against']}: {measured['gains']} gained,"
            f" {measured['losses']} lost, McNemar exact p = {measured['p_value']:.3g}."
        )
    yield ""
    promise = own.get("promise")
    if promise:
        yield (
            f"Promise: fraud recall is at least {promise['recall']:.1%} with confidence"
            f" {promise['confidence']:.0%} on mail like the {promise['frauds']} labelled frauds"
            f" held back, {promise['missed']} of them missed. It is void when mail drifts."
        )
    else:
        yield "No recall of fraud is promised: too few labelled frauds, or none was asked for."
    yield ""
