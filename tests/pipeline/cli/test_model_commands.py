"""Training, versions, audit and explanation from the command line, on a tiny model of their own."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from classifier.artifact import read_artifact
from classifier.examples import read_examples
from classifier.labels import INTENTS
from classifier.learning import Learned, learn
from classifier.versions import live_folder
from pipeline.cli.explain import explain
from pipeline.cli.model_commands.audit import audit
from pipeline.cli.model_commands.card import card
from pipeline.cli.model_commands.evaluate import evaluate
from pipeline.cli.model_commands.list import list_versions
from pipeline.cli.model_commands.prune import prune_versions
from pipeline.cli.model_commands.reviews_export import export
from pipeline.cli.model_commands.rollback import rollback
from pipeline.cli.model_commands.shadow import shadow
from pipeline.cli.model_commands.suggest import suggest
from pipeline.cli.model_commands.use import use
from pipeline.cli.train import train

TRAINING_TEXT = Path(__file__).parents[3] / "data" / "training"


def run(verb: Callable[..., None], *arguments: str | Path) -> Result:
    app = typer.Typer()
    app.command()(verb)
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": "200"})


def letters(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def labels(path: Path, intent: str, *, thing: str = "parcel", first: int = 0) -> Path:
    """Forty messages of a shop whose customers call a return a boomerang, labelled as `intent`."""
    rows = [f"please boomerang {thing} {letters(first + index)},{intent}" for index in range(40)]
    path.write_text("\n".join(["text,intent", *rows]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line of each intent from the project's text."""
    path = tmp_path_factory.mktemp("starter") / "starter.jsonl"
    chosen = [
        line
        for intent in INTENTS
        for line in (TRAINING_TEXT / f"{intent}.jsonl").read_text("utf-8").splitlines()[:1]
    ]
    path.write_text("\n".join(chosen) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, starter: Path) -> tuple[Path, list[Result]]:
    """A model folder after training with good labels and with bad ones, and what was printed."""
    folder = tmp_path_factory.mktemp("models")
    good = labels(folder / "good.csv", "return")
    bad = labels(folder / "bad.csv", "billing", thing="box")
    test = labels(folder / "test.csv", "return", first=100)
    common = ("--starter", starter, "-o", folder / "model")
    kept: list[Learned] = []

    def learn_and_keep(*arguments: Any, **settings: Any) -> Learned:
        kept.append(learn(*arguments, **{**settings, "settings": {"generate": False}}))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.learning.learn", learn_and_keep)
        results = [
            run(train, *common, "--data", good),
            run(train, *common, "--data", bad, "--held-out", test),
        ]
        patch.setattr("classifier.learning.learn", lambda *_, **__: kept[-1])
        results.append(run(train, *common, "--data", bad, "--held-out", test, "--json"))
    (folder / "model" / "3").rmdir()  # where the last one would be, had it been trained
    return folder / "model", results


@pytest.fixture
def model(trained: tuple[Path, list[Result]]) -> Path:
    return trained[0]


def test_vectors_that_are_not_there_leave_no_version_behind(starter: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    refused = run(train, "--starter", starter, "-o", folder, "--vectors", tmp_path / "none")
    assert refused.exit_code == 2
    assert "`make vectors` fetches some" in refused.stderr
    assert not folder.exists()


def test_a_worse_version_is_kept_told_and_not_live(trained: tuple[Path, list[Result]]) -> None:
    folder, (first, worse, as_json) = trained
    assert first.exit_code == 0, first.output
    assert re.search(r"of the project and \d+ of yours", first.stdout)
    assert f"version 1 is live in {folder}" in first.stdout
    assert worse.exit_code == 1, worse.output
    assert "compared with version 1 on 40 messages" in worse.stdout
    assert re.search(
        r"intents right +100\.0% -> +0\.0%  n=40  gained 0, lost 40, McNemar exact p=\S+: worse",
        worse.stdout,
    )
    assert "against it: fewer intents are right: 40 lost, 0 gained" in worse.stdout
    assert "version 2 is kept and NOT live" in worse.stdout
    assert as_json.exit_code == 1
    found = json.loads(as_json.stdout)
    assert found["live"] is False
    assert found["comparison"]["intents"]["lost"] == 40
    assert found["comparison"]["against"] == "1"
    assert live_folder(folder).name == "1"


def test_versions_are_listed_used_and_rolled_back(model: Path) -> None:
    listed = run(list_versions, "--model", model)
    assert re.search(r"^\* 1 ", listed.stdout, re.M)
    assert re.search(r"^  2 .*never$", listed.stdout, re.M)
    assert run(use, "2", "--model", model).stdout == f"version 2 is live in {model}\n"
    rolled = run(rollback, "--model", model)
    assert rolled.stdout == f"version 1 is live in {model}, rolled back from 2\n"
    found = {one["version"]: one for one in json.loads(run(list_versions, "--model", model,
                                                           "--json").stdout)}  # fmt: skip
    assert [name for name, one in found.items() if one["live"]] == ["1"]
    assert [one["why"] for one in found["2"]["released"]] == ["chosen"]
    unknown = run(use, "9", "--model", model)
    assert unknown.exit_code == 2
    assert "no version '9'; it has: 1, 2" in unknown.stderr


def test_versions_that_are_needed_are_not_pruned(model: Path) -> None:
    assert run(prune_versions, "--model", model).stdout == f"nothing to remove in {model}\n"
    assert run(prune_versions, "--model", model, "--keep", "0").exit_code == 2


def test_a_damaged_version_is_never_made_live(model: Path, tmp_path: Path) -> None:
    (model / "3").mkdir()
    try:
        refused = run(use, "3", "--model", model)
    finally:
        (model / "3").rmdir()
    assert refused.exit_code == 2
    assert "there is no model in" in refused.stderr
    assert live_folder(model).name == "1"
    assert run(list_versions, "--model", tmp_path).exit_code == 2


def test_the_card_is_made_of_the_manifest(model: Path) -> None:
    shown = run(card, "--model", model)
    assert shown.stdout == (model / "1" / "card.md").read_text("utf-8")
    assert read_artifact(model).digest in shown.stdout
    assert "No recall of fraud is promised" in shown.stdout
    assert run(card, "--model", model / "nothing").exit_code == 2


def test_an_explanation_names_the_runner_up_and_what_is_alike(model: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"Subject: Hello\r\n\r\nHi,\r\nplease boomerang parcel zz\r\n")
    shown = run(explain, letter, "--model", model)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("intent    return")
    assert "runner-up" in shown.stdout
    found = json.loads(run(explain, letter, "--model", model, "--json").stdout)
    assert found["runner_up"]["intent"] != "return"
    assert [one["intent"] for one in found["nearest"]] == ["return"] * 3
    assert {one["text"] for one in found["nearest"]} == {""}  # a customer is never quoted
    assert "good.csv:" in found["nearest"][0]["template"]
    assert run(explain, tmp_path / "none.eml", "--model", model).exit_code == 2


def test_a_shadow_shows_what_would_change(model: Path, tmp_path: Path) -> None:
    mail = labels(tmp_path / "mail.csv", "return")
    found = json.loads(run(shadow, model / "2", mail, "--model", model, "--json").stdout)
    assert found["messages"] == found["changed"] == 40
    assert found["intents"] == [{"from": "return", "to": "billing", "messages": 40}]
    same = run(shadow, model / "1", mail, "--model", model)
    assert "0 of 40 messages change (0.0%)" in same.stdout


def test_suggestions_are_written_to_be_labelled(model: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for index in range(12):
        (box / f"{index}.eml").write_bytes(
            f"Subject: Hi\r\n\r\nWhat about thing {letters(index)}?\r\n".encode()
        )
    output = tmp_path / "wanted.jsonl"
    done = run(suggest, box, "--model", model, "--count", "4", "--random", "3", "-o", output)
    assert done.stdout == f"{output}: 7 of 12 messages, to be labelled\n"
    lines = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert [line["why"] for line in lines].count("random") == 3
    # As it is, it cannot be trained on by mistake; with labels it can.
    refused = run(train, "--data", output, "-o", tmp_path / "model")
    assert refused.exit_code == 2
    assert "wanted.jsonl:1: intent '' is not one of" in refused.stderr
    output.write_text("\n".join(json.dumps({**line, "intent": "other"}) for line in lines))
    assert {one.kind for one in read_examples(output)} == {"review"}


def fraud_labels(path: Path, frauds: int) -> Path:
    fraud = {"intent": "fraud_claim", "tags": ["fraud_risk"]}
    text = "There is a payment on my card that I never made"
    lines = [{"text": f"{text} {letters(index)}", **fraud} for index in range(frauds)]
    lines.append({"text": "Thanks for the lovely parcel", "intent": "other", "tags": []})
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def test_an_audit_settles_the_promise_or_says_what_it_takes(model: Path, tmp_path: Path) -> None:
    enough = run(audit, fraud_labels(tmp_path / "many.jsonl", 60), "--model", model)
    assert enough.exit_code == 0, enough.output
    assert "promise: fraud recall is at least 95.0%: holds" in enough.stdout
    assert "the promise does not cover:" in enough.stdout
    assert "drift: not measured" in enough.stdout
    few = run(audit, fraud_labels(tmp_path / "few.jsonl", 20), "--model", model)
    assert few.exit_code == 3
    assert "it takes 59 labelled frauds" in few.stdout
    odd = run(audit, fraud_labels(tmp_path / "many.jsonl", 60), "--model", model, "--recall", "2")
    assert odd.exit_code == 2


def test_an_audit_raises_an_alarm_when_mail_has_drifted(model: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    for index in range(200):
        day = date(2026, 1, 1) + timedelta(days=index // 10)
        text = "please boomerang parcel" if index < 100 else "qwrt zpfk xxvb jjkk"
        (box / f"{index:03}.eml").write_bytes(
            f"Date: {day:%a, %d %b %Y} 10:00:00 +0000\r\nSubject: Hi\r\n\r\n"
            f"{text} {letters(index)}\r\n".encode()
        )
    found = run(audit, box, "--model", model, "--since", "2026-01-11", "--json")
    assert found.exit_code == 1, found.output
    told = json.loads(found.stdout)
    assert told["promise"] is None
    assert told["drift_of"] == "100 messages before, 100 after"
    assert {"intent", "unknown words"} <= {one["group"] for one in told["shifts"] if one["alarm"]}
    quiet = run(audit, box, "--model", model, "--baseline", box)
    assert quiet.exit_code == 3
    assert "ALARM" not in quiet.stdout


def test_evaluating_leaves_out_what_was_trained_on(
    model: Path, starter: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    fresh = labels(tmp_path / "own.csv", "return", first=500)
    both = tmp_path / "both"
    both.mkdir()
    for file in (starter, fresh):
        (both / file.name).write_bytes(file.read_bytes())
    done = run(evaluate, both, "--model", model, "--report", report)
    assert done.exit_code == 0, done.output
    told = "17 of 57 messages are left out: the model was trained on them"
    assert told in done.stdout
    assert re.search(r"^intents right +100\.0%  n=40 ", done.stdout, re.M)
    page = report.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert told in page
    known = run(evaluate, starter, "--model", model)
    assert known.exit_code == 2
    assert "every message was trained on" in known.stderr


def test_a_missing_store_is_told(tmp_path: Path) -> None:
    done = run(export, tmp_path / "out.jsonl", "--store", str(tmp_path / "none.db"))
    assert done.exit_code == 2
    assert "gatepost model reviews export:" in done.stderr
    assert list(tmp_path.iterdir()) == []
