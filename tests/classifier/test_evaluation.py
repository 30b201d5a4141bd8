from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from classifier.evaluation import evaluate
from classifier.examples import Example
from classifier.model import Classifier
from classifier.report import html_report


def test_figures_add_up(classifier: Classifier, examples: list[Example]) -> None:
    chosen = examples[::5]
    found = evaluate(classifier, chosen)
    assert found.confusion.sum() == found.mails == len(chosen)
    assert found.confusion.trace() == found.accuracy.hits
    assert sum(count for _, _, count in found.calibration) == len(chosen)
    fraud = found.tags["fraud_risk"]
    assert fraud.recall.count + fraud.false_alarms.count == len(chosen)
    assert fraud.recall_bound < fraud.recall.value
    recalls = [recall for _, recall, _ in found.cost]
    assert recalls == sorted(recalls)


def test_a_few_frauds_support_no_promise(classifier: Classifier) -> None:
    fraud = Example("Someone used my card.", "", "fraud_claim", frozenset({"fraud_risk"}), "a")
    other = Example("Thanks!", "", "other", frozenset(), "b")
    found = evaluate(classifier, [fraud, other])
    assert found.promise is None
    assert found.promise_needs == 59
    assert evaluate(classifier, [fraud] * 59).promise is not None


def test_the_report_is_one_safe_page(classifier: Classifier, examples: list[Example]) -> None:
    nasty = Example("<script>alert(1)</script> & more", "", "billing", frozenset({"opt_out"}), "n")
    page = html_report(evaluate(classifier, [*examples[::9], nasty]), "Try <it>")
    assert "<script" not in page
    assert "Try &lt;it&gt;" in page
    assert "http" not in page.replace(nasty.text, "")[: page.index("Errors to read")]
    figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        ElementTree.fromstring(figure)


def test_no_mail_is_an_error(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="no labelled mail"):
        evaluate(classifier, [])
