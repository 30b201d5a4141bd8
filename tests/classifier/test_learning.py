"""Learning from a shop's own labels: a tiny model of its own, trained once for the whole module."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from classifier.digests import text_digest
from classifier.examples import DataError, Example
from classifier.labels import INTENTS
from classifier.learning import CARD, Learned, learn, split
from classifier.live import Live
from classifier.training_index import TrainingIndex
from classifier.versions import new_version, release

QUICK = {"generate": False}
SECRET = "zebrafinch"


def own_labels(count: int) -> list[Example]:
    """A habit of one shop: its customers call a return a boomerang."""
    return [
        Example(
            f"please boomerang parcel {'ab' * (index + 1)} {SECRET}", "", "return", frozenset(),
            f"own-{index}", kind="review",
        )
        for index in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def starter(examples: list[Example]) -> list[Example]:
    return [one for intent in INTENTS for one in examples if one.intent == intent][::70]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, starter: list[Example]) -> Path:
    """A model folder whose live version knows nothing of the shop."""
    folder = tmp_path_factory.mktemp("models")
    version, place = new_version(folder)
    learn(starter, [], place, version=version, settings=QUICK)
    release(folder, version, at="now", why="trained")
    return folder


@pytest.fixture(scope="module")
def learned(folder: Path, starter: list[Example]) -> Learned:
    version, place = new_version(folder)
    live = Live.read(folder)
    return learn(starter, own_labels(60), place, version=version, live=live, settings=QUICK)


def test_the_same_messages_are_held_back_in_any_order() -> None:
    own = own_labels(100)
    learnt, kept = split(own)
    assert split(own[::-1]) == (learnt[::-1], kept[::-1])
    assert 8 <= len(kept) <= 35
    shouted = replace(kept[0], text=f"  {kept[0].text.upper()}!")
    assert split([shouted])[1]  # the same words in another dress stay on the same side


def test_a_shop_s_labels_make_it_better_and_the_test_says_so(learned: Learned) -> None:
    assert learned.comparison is not None
    assert learned.learned + learned.held_out == 60
    assert learned.comparison.intents.gains >= 8
    assert learned.comparison.intents.losses == 0
    assert learned.comparison.intents.verdict == "better"
    assert learned.comparison.objections == []
    card = learned.artifact.card["own"]
    assert card["learned"] == card["reviewed"] == learned.learned
    assert card["measured"]["gains"] == learned.comparison.intents.gains


def test_the_card_and_the_index_stand_beside_the_model(folder: Path, learned: Learned) -> None:
    card = (folder / "2" / CARD).read_text()
    assert card.startswith("# Model card: version 2\n")
    assert learned.artifact.digest in card
    assert f"| the shop's own labels | {learned.learned} |" in card
    assert "McNemar exact p =" in card
    index = TrainingIndex.read(folder / "2", learned.artifact)
    assert index is not None
    learnt, kept = split(own_labels(60))
    assert all(index.holds("", one.text) for one in learnt)
    assert not any(index.holds("", one.text) for one in kept)


def test_no_customer_is_quoted_in_the_index(
    folder: Path, learned: Learned, starter: list[Example]
) -> None:
    index = TrainingIndex.read(folder / "2", learned.artifact)
    assert index is not None
    near = index.nearest(["please", "boomerang", "parcel"])
    assert {one.text for one in near} == {""}
    assert all(one.template.startswith("own-") and one.intent == "return" for one in near)
    assert 0 < near[-1].similarity <= near[0].similarity <= 1
    own = next(one for one in starter if len(one.text.split()) > 5)
    assert index.nearest(own.text.lower().split(), 1)[0].text == own.text
    assert index.nearest([]) == index.nearest(["qzxqzx"]) == []


def test_what_the_live_version_knows_is_no_test_of_it_and_frauds_held_back_promise(
    folder: Path, learned: Learned, starter: list[Example]
) -> None:
    release(folder, "2", at="now", why="trained")
    live = Live.read(folder)
    known, fresh = split(own_labels(60))
    frauds = [
        Example(
            f"A thief took my {'x' * (index + 1)}", "", "fraud_claim", frozenset({"fraud_risk"}), ""
        )
        for index in range(62)
    ]
    version, place = new_version(folder)
    found = learn(
        starter, own_labels(60), place, version=version, live=live, recall=0.95,
        held_out=[*known[:9], *fresh, *frauds], settings=QUICK,
    )  # fmt: skip
    assert found.known_to_live == 9
    assert found.comparison is not None
    assert found.comparison.intents.count == len(fresh) + len(frauds)
    assert found.learned == len(known) - 9  # what is measured on is not learned from
    promise = found.artifact.card["own"]["promise"]
    assert (promise["recall"], promise["frauds"], promise["missed"]) == (0.95, 62, 0)
    # This model, knowing next to nothing, keeps it by a threshold that would flag a great deal.
    assert found.artifact.thresholds["fraud_risk"] < learned.artifact.thresholds["fraud_risk"]
    assert found.measured is not None
    assert found.measured.tags["fraud_risk"].recall.value == 1.0


def test_losing_the_shop_s_labels_is_an_objection(folder: Path, learned: Learned) -> None:
    live = Live.read(folder / "2")
    bare = Learned(learned.artifact, 0, 0, 0, None, None)
    assert "labels of yours, this one from none" in bare.objections(live)[0]
    few = Learned(learned.artifact, 3, 0, 0, None, None)
    assert "cannot be compared" in few.objections(live)[0]
    assert few.objections(None) == []


def test_nothing_to_train_on_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no labelled message"):
        learn([], [], tmp_path, version="1")


def test_a_digest_is_of_the_words_alone() -> None:
    assert text_digest("Hi", "My order 4711!") == text_digest("HI", "my  ｏｒｄｅｒ 1234")
    assert text_digest("Hi", "there") != text_digest("", "Hi there")
