"""Cases that know no language, on every way to decide; see `conformance/README.md`."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy.compiler import Compiled
from policy.evaluator import decide
from policy.facts import Facts
from policy.frames import PolicyFrames, facts_frame
from policy.loading import load
from policy.modes import Event
from policy.offered import read_facts
from policy.rules import Policy, Rule
from policy.syntax import Source
from policy.wording import obligation_words

FILES = {
    path.stem: json.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "conformance").glob("*.json"))
}


def _policy(name: str) -> Policy:
    loaded = load(Source(f"{name}.policy", FILES[name]["policy"]))
    assert loaded.policy is not None, loaded.rendered()
    return loaded.policy


POLICIES = {name: _policy(name) for name in FILES}
CASES = [
    pytest.param(name, case, id=f"{name}: {case['title']}")
    for name, file in FILES.items()
    for case in file["cases"]
]


def _facts(name: str, case: dict[str, Any]) -> tuple[Facts, Event]:
    facts, refused = read_facts(POLICIES[name].vocabulary, case["facts"], {})
    assert refused == ()
    return facts, Event(case.get("event", "send"))


def _titles(rules: tuple[Rule, ...]) -> list[str]:
    return [rule.title for rule in rules]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_evaluator_and_the_compiler(name: str, case: dict[str, Any]) -> None:
    facts, event = _facts(name, case)
    for decision in (
        decide(POLICIES[name], facts, event),
        Compiled(POLICIES[name]).decide(facts, event),
    ):
        assert decision.mode.label == case["mode"]
        assert decision.base.label == case["base"]
        assert decision.floor.label == case["floor"]
        assert _titles(decision.fired) == case["fired"]
        assert sorted(map(obligation_words, decision.obligations)) == case["obligations"]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_frames(name: str, case: dict[str, Any]) -> None:
    facts, event = _facts(name, case)
    frames = PolicyFrames(POLICIES[name], event)
    frame = facts_frame([facts], POLICIES[name].vocabulary)
    row = frames.decide(frame.lazy()).collect().row(0, named=True)
    assert {part: row[part] for part in ("mode", "base", "floor")} == {
        part: case[part] for part in ("mode", "base", "floor")
    }
    assert _titles(frames.fired(row["fired"])) == case["fired"]
