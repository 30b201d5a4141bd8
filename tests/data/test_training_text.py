"""The training text: every line is well formed, varied enough and free of real people's data.

The counts in the data card are compared with the files, so that neither can drift from the other.
"""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from classifier.labels import INTENTS, TAGS

DATA = Path(__file__).parents[2] / "data"
TRAINING = DATA / "training"
CARD = DATA / "README.md"
PATTERNS = DATA.parent / "classifier" / "patterns"
FIELDS = {"text", "subject", "intent", "tags", "voice", "template", "kind"}
VOICES = ("terse", "rambling", "angry", "non_native", "polite")
KINDS = ("seed", "negative", "out_of_scope")
LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt", "sv")
OWN_TAG = {
    "fraud_claim": "fraud_risk",
    "product_safety": "safety_risk",
    "privacy_request": "privacy_request",
    "unsubscribe": "opt_out",
}
FRAUD_NEAR_MISS_MINIMUM = 80
MAIL_WORDS = 60
DIGIT_NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIGIT_WORDS = {word: str(digit) for digit, word in enumerate(DIGIT_NAMES)}


@cache
def lines(name: str) -> tuple[dict, ...]:
    text = (TRAINING / f"{name}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def english() -> list[dict]:
    return [line for intent in INTENTS for line in lines(intent)]


def everything() -> list[dict]:
    return [*english(), *lines("languages")]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def luhn(number: str) -> bool:
    total = 0
    for place, character in enumerate(reversed(number)):
        value = int(character) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card_numbers(text: str) -> list[str]:
    """Return the numbers of 13 to 19 digits, also spelled ones, that pass the Luhn check."""
    plain = re.sub("|".join(DIGIT_WORDS), lambda match: DIGIT_WORDS[match[0]], text.casefold())
    plain = "".join(str(unicodedata.digit(c, -1)) if c.isdigit() else c for c in plain)
    runs = re.findall(r"\d(?:[ ,./·\-]{0,3}\d){12,}", plain)
    # An expiry date or a count may follow a number directly, so each length is tried.
    return [
        digits[:length]
        for digits in (re.sub(r"\D", "", run) for run in runs)
        for length in range(13, min(len(digits), 19) + 1)
        if luhn(digits[:length])
    ]


def test_one_file_per_intent_and_one_for_languages() -> None:
    assert {path.stem for path in TRAINING.iterdir()} == {*INTENTS, "languages"}


@pytest.mark.parametrize("name", [*INTENTS, "languages"])
def test_lines_are_well_formed(name: str) -> None:
    for line in lines(name):
        assert line.keys() == (FIELDS | {"language"} if name == "languages" else FIELDS), line
        assert line["text"] == line["text"].strip() != "", line
        assert line["intent"] in INTENTS if name == "languages" else line["intent"] == name, line
        assert line["tags"] == [tag for tag in TAGS if tag in line["tags"]], line
        assert line["voice"] in VOICES, line
        assert line["kind"] in KINDS, line
        assert re.fullmatch(rf"{name}-\d{{3}}", line["template"]), line


@pytest.mark.parametrize(("intent", "tag"), OWN_TAG.items())
def test_seeds_of_a_critical_intent_carry_its_tag(intent: str, tag: str) -> None:
    for line in everything():
        if line["intent"] == intent and line["kind"] == "seed":
            assert tag in line["tags"], line


def test_near_misses_carry_no_critical_tag_and_out_of_scope_is_other() -> None:
    for line in english():
        if line["kind"] != "seed":
            assert not line["tags"], line
        if line["kind"] == "out_of_scope":
            assert line["intent"] == "other", line


def test_no_text_is_given_twice() -> None:
    seen = Counter(tuple(words(line["text"])) or line["text"] for line in everything())
    assert [text for text, count in seen.items() if count > 1] == []


def test_no_two_ideas_use_the_same_words() -> None:
    ideas = defaultdict(set)
    for line in everything():
        ideas[tuple(sorted(words(line["text"])))].add(line["template"])
    assert {bag: templates for bag, templates in ideas.items() if len(templates) > 1} == {}


@pytest.mark.parametrize("intent", INTENTS)
def test_enough_of_each_intent(intent: str) -> None:
    seeds = sum(line["kind"] != "negative" for line in lines(intent))
    assert seeds >= {"fraud_claim": 120, "other": 150, "spam": 80}.get(intent, 60)
    voices = Counter(line["voice"] for line in lines(intent))
    assert sum(count >= 5 for count in voices.values()) >= 4, voices
    assert len({line["template"] for line in lines(intent)}) >= 25
    lengths = [len(words(line["text"])) for line in lines(intent)]
    assert min(lengths) <= 6
    assert sum(length >= MAIL_WORDS for length in lengths) >= (0 if intent == "spam" else 2)


@pytest.mark.parametrize("tag", TAGS)
def test_enough_of_each_tag_in_several_intents(tag: str) -> None:
    tagged = [line["intent"] for line in english() if tag in line["tags"]]
    assert len(tagged) >= 40
    assert len(set(tagged)) >= 3


def test_enough_near_misses_and_out_of_scope_mail() -> None:
    kinds = Counter(line["kind"] for line in english())
    assert kinds["negative"] >= FRAUD_NEAR_MISS_MINIMUM
    assert kinds["out_of_scope"] >= 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_support_and_privacy_lines(language: str) -> None:
    own = [line for line in lines("languages") if line["language"] == language]
    assert len(own) >= 15
    assert sum("privacy_request" in line["tags"] for line in own) >= 2


def test_card_data_is_tagged_exactly_where_a_card_number_stands() -> None:
    for line in everything():
        found = card_numbers(f"{line['subject']} {line['text']}")
        assert bool(found) == ("card_data" in line["tags"]), (found, line)


def test_addresses_and_links_are_in_reserved_domains() -> None:
    for line in everything():
        hosts = re.findall(r"(?:@|https?://)([\w.-]*\w)", f"{line['subject']} {line['text']}")
        for host in hosts:
            assert re.search(r"(?:^|\.)example(?:\.com|\.org)?$", host), line


def test_the_card_gives_the_counts_of_the_files() -> None:
    rows = re.findall(r"^\| (\w+) \| (\d[\d |]*\d) \|$", CARD.read_text(encoding="utf-8"), re.M)
    given = {name: [int(cell) for cell in cells.split("|")] for name, cells in rows}
    for intent in INTENTS:
        kinds = Counter(line["kind"] for line in lines(intent))
        voices = Counter(line["voice"] for line in lines(intent))
        templates = len({line["template"] for line in lines(intent)})
        counts = [*(kinds[kind] for kind in KINDS), templates, *(voices[v] for v in VOICES)]
        assert given.pop(intent) == counts
    for tag in TAGS:
        intents = [line["intent"] for line in english() if tag in line["tags"]]
        name = "privacy_request_tag" if tag in INTENTS else tag
        assert given.pop(name) == [len(intents), len(set(intents))]
    for language in LANGUAGES:
        own = [line for line in lines("languages") if line["language"] == language]
        assert given.pop(language) == [len(own), len({line["intent"] for line in own})]
    assert given == {}


def test_the_card_gives_the_counts_of_the_patterns() -> None:
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| [a-z]", CARD.read_text("utf-8"), re.M)
    given = {name: (int(patterns), int(near)) for name, patterns, near in rows}
    counted = {}
    for file in PATTERNS.glob("*.txt"):
        if file.stem == "slots":
            continue
        near, patterns = False, Counter()
        for line in file.read_text("utf-8").splitlines():
            if line.startswith("["):
                near = "!" in line.strip("[]").split()
            elif line and not line.startswith("#"):
                patterns[near] += 1
        counted[file.stem] = (patterns.total(), patterns[True])
    assert given == counted
    total = sum(patterns for patterns, _ in counted.values())
    assert f"stand {total} patterns" in CARD.read_text("utf-8")
