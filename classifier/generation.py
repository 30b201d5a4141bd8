"""Mails made from labelled text: composed, corrupted and mixed, the same for the same seed.

A composed mail has a greeting, an order number, small talk, a closing and a signature around one
labelled message; a spliced one holds two messages, and carries the tags of both and the intent of
the graver. Corruption makes the slips that hands and phones make. None of it changes a label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

from classifier.examples import Example
from classifier.labels import SERIOUSNESS

GREETINGS: Final = (
    "Hello,",
    "Hi,",
    "Hi there,",
    "Dear Sir or Madam,",
    "Dear team,",
    "Good morning,",
    "Good afternoon,",
    "Dear customer service,",
    "Hey,",
    "To whom it may concern,",
    "Hello again,",
    "Hi folks,",
)
CLOSINGS: Final = (
    "Thanks",
    "Thank you very much.",
    "Kind regards",
    "Best wishes",
    "Regards",
    "Many thanks in advance",
    "Yours faithfully",
    "Cheers",
    "I look forward to hearing from you.",
    "Please let me know.",
    "Could you get back to me soon?",
    "Thanks for your help!",
    "Have a nice day.",
    "Sent from my phone",
)
NAMES: Final = (
    "Anna Bell",
    "J. Okafor",
    "Marek",
    "Priya N.",
    "Tom Hughes",
    "Lucia Ferrante",
    "Mrs D. Whitlock",
    "Sam",
    "Yusuf Demir",
    "Ingrid Holm",
)
SMALL_TALK: Final = (
    "I hope you are well.",
    "I hope this finds you well.",
    "Sorry to bother you again.",
    "I have been a customer for years.",
    "We had a lovely weekend.",
    "The weather has been awful here.",
    "The children liked the last parcel.",
    "I tried to call but the line was busy.",
    "I am writing from my phone, so please excuse any mistakes.",
    "My order number is {number}.",
    "Order {number}.",
    "The reference is {number}.",
    "I bought it on the {day}th.",
    "My customer number is {number}.",
    "You can reach me at this address.",
    "I also like the new look of your site.",
    "It is for my sister's birthday.",
    "I am usually at home in the evening.",
    "I have attached a photo.",
    "See the details below.",
    "As I said in my last mail.",
    "That is all for now.",
    # Numbers in fours that are no card's: what mail programs write above a quotation, and phones.
    "On Mon, {day} Mar 2025 at 10:23, the shop wrote:",
    "Sent: Tuesday, {day} November 2025 16:48",
    "2025-06-{day} 08:15, received 2025-06-{day} 08:17",
    "Phone 0300 555 0142, Monday to Friday 09:00 to 17:30.",
)
_NEIGHBOURS: Final = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "x",
}  # fmt: skip


def background_examples() -> list[Example]:
    """Greetings, small talk and closings as messages of their own: what is wanted is not there."""
    return [
        Example(text.format(number=48213, day=5), "", "other", frozenset(), f"background-{index}")
        for index, text in enumerate((*GREETINGS, *CLOSINGS, *SMALL_TALK))
    ]


def composed_examples(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """`count` mails composed from `examples`; about a third each plain, corrupted and spliced."""
    random = Random(seed)  # noqa: S311  # reproducible, not secret
    return list(_composed(examples, count, random))


def lengthy_examples(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """`count` mails of 600 to 2,600 characters, each made of many of `examples`, tags of all."""
    random = Random(seed)  # noqa: S311  # reproducible, not secret
    return [_lengthy(examples, random) for _ in range(count)]


def corrupt(text: str, random: Random, rate: float) -> str:
    """Slips of typing in about `rate` of the words of at least four letters."""
    words = text.split(" ")
    return " ".join(
        _slip(word, random) if len(word) > 3 and random.random() < rate else word for word in words
    )


def _composed(examples: Sequence[Example], count: int, random: Random) -> Iterator[Example]:
    for index in range(count):
        example = random.choice(examples)
        text, intent, tags = example.text, example.intent, example.tags
        if index % 3 == 1:
            text = corrupt(text, random, random.choice((0.1, 0.2, 0.4)))
        elif index % 3 == 2:
            other = random.choice(examples)
            parts = [text, other.text]
            random.shuffle(parts)
            text = random.choice((" ", "\n", "\n\n", " Also, ", " By the way, ")).join(parts)
            intent = min(intent, other.intent, key=SERIOUSNESS.index)
            tags |= other.tags
        yield replace(example, text=_mail(text, random), intent=intent, tags=tags, kind="composed")


def _lengthy(examples: Sequence[Example], random: Random) -> Example:
    length, parts = random.randrange(600, 2_600), [random.choice(examples)]
    while sum(len(part.text) for part in parts) < length:
        parts.append(random.choice(examples))
    gravest = min(parts, key=lambda part: SERIOUSNESS.index(part.intent))
    text = "\n".join(part.text for part in parts)
    tags = frozenset().union(*(part.tags for part in parts))
    return replace(gravest, text=text, subject="", tags=tags, kind="composed")


def _mail(text: str, random: Random) -> str:
    number, day = random.randrange(1_000, 999_999), random.randrange(4, 20)
    talk = [line.format(number=number, day=day) for line in random.sample(SMALL_TALK, 3)]
    before, after = talk[: random.randrange(3)], talk[2 : 2 + random.randrange(2)]
    body = " ".join((*before, text, *after))
    pieces = [body]
    if random.random() < 0.7:
        pieces.insert(0, random.choice(GREETINGS))
    if random.random() < 0.6:
        pieces.append(f"{random.choice(CLOSINGS)}\n{random.choice(NAMES)}")
    return random.choice(("\n", "\n\n")).join(pieces)


def _slip(word: str, random: Random) -> str:
    place = random.randrange(1, len(word) - 1)
    match random.randrange(4):
        case 0:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        case 1:
            return word[:place] + word[place + 1 :]
        case 2:
            return word[:place] + word[place] + word[place:]
        case _:
            near = _NEIGHBOURS.get(word[place].lower(), word[place])
            return word[:place] + random.choice(near) + word[place + 1 :]
