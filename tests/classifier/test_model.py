from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.artifact import ModelError
from classifier.labels import INTENTS
from classifier.model import Classifier
from classifier.prediction import MessageText

_LONG = (
    "Hello, thank you for the lovely parcel. The children liked the puzzles very much. "
    "We had a quiet weekend and the weather was fine. "
)


@pytest.mark.parametrize(
    ("body", "intent"),
    [
        ("Where is my order 4512? It should have been here on Monday.", "order_status"),
        ("Please cancel my order, I ordered the wrong one.", "cancellation"),
        ("Someone used my card at your shop without my permission.", "fraud_claim"),
        ("Please erase all personal data you hold on me.", "privacy_request"),
        ("Please take me off your mailing list.", "unsubscribe"),
    ],
)
def test_plain_requests_are_routed(classifier: Classifier, body: str, intent: str) -> None:
    assert classifier.classify(MessageText("", body)).intent == intent


@pytest.mark.parametrize("zone", ["subject", "body", "quoted", "signature", "hidden"])
def test_only_the_writers_own_words_opt_out(classifier: Classifier, zone: str) -> None:
    zones = {"subject": "Hello", "body": "Yes please, send the blue one."}
    prediction = classifier.classify(MessageText(**zones | {zone: "To unsubscribe, click here."}))
    assert ("opt_out" in prediction.tags) == (zone in {"subject", "body"})


@pytest.mark.parametrize("zone", ["subject", "body", "quoted", "signature", "hidden"])
def test_fraud_counts_in_every_zone(classifier: Classifier, zone: str) -> None:
    zones = {"subject": "Hello", "body": "Thanks for your mail."}
    zones[zone] = "There is a payment on my card that I never made."
    prediction = classifier.classify(MessageText(**zones))
    assert "fraud_risk" in prediction.tags
    assert zone in {evidence.zone for evidence in prediction.evidence}


def test_one_fraud_sentence_is_found_in_a_long_mail(classifier: Classifier) -> None:
    body = _LONG * 5 + "By the way, a stranger has been buying things with my card. " + _LONG * 5
    assert "fraud_risk" in classifier.classify(MessageText("Greetings", body)).tags
    assert "fraud_risk" not in classifier.classify(MessageText("Greetings", _LONG * 10)).tags


def test_probabilities_are_a_distribution(classifier: Classifier) -> None:
    for body in ("", "?", "Where is my parcel?", "7" * 5000, "a b c d", "\u0000\ud800"):
        prediction = classifier.classify(MessageText("", body))
        assert set(prediction.probabilities) == set(INTENTS)
        assert sum(prediction.probabilities.values()) == pytest.approx(1.0, abs=1e-4)
        assert prediction.confidence == max(prediction.probabilities.values())


def test_evidence_spans_are_in_the_text_as_given(classifier: Classifier) -> None:
    body = (
        "Dear all,\nmy сard was ѕtolen and ｍｙ account was h a c k e d. Card 4111 1111 1111 1111."
    )
    prediction = classifier.explain(MessageText("", body))
    assert {"fraud_risk", "card_data"} <= prediction.tags
    for evidence in prediction.evidence:
        assert evidence.text == body[evidence.start : evidence.end]
        assert evidence.text


def test_batch_and_single_agree(classifier: Classifier) -> None:
    messages = [
        MessageText("Order", "Where is it?"),
        MessageText("", ""),
        MessageText("Return", "I want to send this back.", quoted="> my card was stolen"),
    ]
    assert classifier.classify_many(messages) == [classifier.classify(each) for each in messages]
    assert classifier.classify_many([]) == []


def test_an_unsupported_language_is_named_and_unsure(classifier: Classifier) -> None:
    prediction = classifier.classify(
        MessageText("", "Guten Tag, wo ist meine Bestellung? Ich warte auf die Lieferung.")
    )
    assert prediction.language == "de"
    assert prediction.unsure


def test_a_missing_model_names_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gatepost train"):
        Classifier.load(tmp_path / "nothing")


def test_an_altered_model_is_refused(model_folder: Path, tmp_path: Path) -> None:
    for name in ("arrays.npz", "manifest.json"):
        (tmp_path / name).write_bytes((model_folder / name).read_bytes())
    manifest = tmp_path / "manifest.json"
    settings = json.loads(manifest.read_text())
    settings["thresholds"]["fraud_risk"] = 99.0
    manifest.write_text(json.dumps(settings))
    with pytest.raises(ModelError, match="altered"):
        Classifier.load(tmp_path)


def test_classifying_imports_no_training_library(model_folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from classifier.model import Classifier; from classifier.prediction import MessageText;"
        f"Classifier.load(Path({str(model_folder)!r})).classify(MessageText('', 'hello'));"
        "assert not {'sklearn', 'scipy', 'pickle5'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])
