"""The verbs of `gatepost policy` as a person or a script calls them."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.main import _POLICY_VERBS

SHOP = Path(__file__).parents[3] / "data" / "shop" / "shop.policy"
GOOD = """\
policy "Shop"

allow monitored "answers"
  when kind is reply and intent in {order_status, refund}

block "erased"
  when recipient.erased
  because "GDPR art. 17"

example "an answer":
  given kind is reply
  expect monitored by "answers"
"""


def _run(verb: str, *words: object, stdin: str | None = None) -> Any:
    """The result of `gatepost policy VERB WORDS`."""
    module, _, function = _POLICY_VERBS[verb].target.partition(":")
    app = typer.Typer(add_completion=False)
    app.command()(getattr(import_module(module), function))
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.policy"
    path.write_text(GOOD, "utf-8")
    return path


def test_check(good: Path, tmp_path: Path) -> None:
    assert _run("check", good).exit_code == 0
    bad = tmp_path / "bad.policy"
    bad.write_text('policy "x"\nblock "a" when tags has frued\n', "utf-8")
    shown = _run("check", bad)
    assert shown.exit_code == 2
    assert "did you mean `fraud_risk`" not in shown.output
    assert f"{bad}:2:25" in shown.output
    told = json.loads(_run("check", bad, "--json").stdout)
    assert told["errors"] == 1
    assert told["diagnostics"][0]["code"] == "GP0208"


def test_check_tells_what_is_past_its_review_date(tmp_path: Path) -> None:
    path = tmp_path / "old.policy"
    path.write_text('policy "x"\nblock "a" when unsure review by 2026-03-01\n', "utf-8")
    late = _run("check", path, "--today", "2026-03-02")
    assert (late.exit_code, "GP0601" in late.output) == (0, True)
    assert "GP0601" not in _run("check", path, "--today", "2026-03-01").output


@pytest.mark.parametrize("verb", ["check", "fmt", "test", "decide", "doc"])
def test_a_file_that_cannot_be_read_is_told(verb: str, tmp_path: Path) -> None:
    latin = tmp_path / "latin.policy"
    latin.write_bytes(b'policy "caf\xe9"\n')
    for path in (tmp_path / "absent.policy", latin):
        shown = _run(verb, path)
        assert shown.exit_code == 2
        assert path.name in shown.output
        assert "Traceback" not in shown.output


def test_fmt(good: Path) -> None:
    assert _run("fmt", "--check", good).exit_code == 0
    good.write_text(GOOD.replace("  when", " when "), "utf-8")
    assert _run("fmt", "--check", good).exit_code == 1
    assert "+  when recipient.erased" in _run("fmt", "--diff", good).output
    assert _run("fmt", good).exit_code == 0
    assert good.read_text("utf-8") == GOOD
    good.write_text(GOOD + "block when\n", "utf-8")
    assert _run("fmt", good).exit_code == 2
    assert good.read_text("utf-8").endswith("block when\n")


def test_test(good: Path) -> None:
    shown = _run("test", good)
    assert shown.exit_code == 0
    assert "no example makes this rule fire: erased" in shown.output
    assert _run("test", good, "--min-coverage", "90").exit_code == 1
    good.write_text(GOOD.replace("expect monitored", "expect blocked"), "utf-8")
    failed = _run("test", good)
    assert failed.exit_code == 1
    assert "expected blocked, got monitored" in failed.output
    assert json.loads(_run("test", good, "--json").stdout)["examples"][0]["passed"] is False


def test_decide(good: Path, tmp_path: Path) -> None:
    told = json.loads(_run("decide", good, "recipient.erased=true", "--json").stdout)
    assert told["mode"] == "blocked"
    assert [rule["because"] for rule in told["fired"] if rule["decided"]] == ["GDPR art. 17"]
    facts = tmp_path / "facts.json"
    facts.write_text('{"kind": "marketing", "tags": ["opt_out"], "confidence": 0.5}', "utf-8")
    assert _run("decide", good, facts).output.startswith("gated_send")
    assert _run("decide", good, "-", stdin='{"kind": "reply"}').output.startswith("monitored")
    unknown = json.loads(_run("decide", good, "kind=reply", "--unknown", "--json").stdout)
    assert unknown["mode"] == "blocked"
    assert any(rule["unknown"] for rule in unknown["fired"] if rule["decided"])
    assert "fired out of caution: " in _run("decide", good, "kind=reply", "--unknown").output
    shown = _run("decide", good, "knd=reply")
    assert (shown.exit_code, "did you mean `kind`" in shown.output) == (2, True)
    facts.write_text("[1]", "utf-8")
    assert _run("decide", good, facts).exit_code == 2


def test_doc_and_init(tmp_path: Path) -> None:
    assert _run("init", tmp_path / "mine").exit_code == 0
    path = tmp_path / "mine" / "shop.policy"
    assert _run("check", path).exit_code == 0
    assert _run("fmt", "--check", path).exit_code == 0
    assert _run("test", path, "--min-coverage", "80").exit_code == 0
    assert _run("init", tmp_path / "mine").exit_code == 2
    out = tmp_path / "page.html"
    assert _run("doc", path, "--no-proof", "--html", "--out", out).exit_code == 0
    assert "<h3>order mail flows</h3>" in out.read_text("utf-8")


def test_the_starter_policy_can_be_proved(tmp_path: Path) -> None:
    _run("init", tmp_path)
    page = _run("doc", tmp_path).output
    assert page.count("Proved for all messages.") >= 5
    assert "REFUTED" not in page


def test_impact(good: Path, tmp_path: Path) -> None:
    history = tmp_path / "classified.parquet"
    pl.DataFrame(
        {
            "message_id": ["a", "b", "c"],
            "from_address": ["x@y.example"] * 3,
            "intent": ["order_status", "refund", "spam"],
            "confidence": [0.9, 0.8, 0.7],
            "tags": [[], ["opt_out"], None],
            "unsure": [False, False, True],
        }
    ).write_parquet(history)
    new = tmp_path / "new.policy"
    new.write_text(GOOD.replace(", refund", ""), "utf-8")
    told = json.loads(_run("impact", good, new, "--on", history, "--json").stdout)
    assert (told["messages"], told["moved"], told["freer"]) == (3, 1, 0)
    (move,) = told["moves"]
    assert (move["from"], move["to"]) == ("monitored", "gated_send")
    assert move["rules"] == [{"change": "fires no longer", "rule": "answers", "messages": 1}]
    assert [sample["message_id"] for sample in move["samples"]] == ["b"]
    assert _run("impact", new, good, "--on", history).exit_code == 1
    assert _run("impact", new, good, "--on", history, "--accept-freer").exit_code == 0
    assert _run("impact", new, good, "--on", tmp_path / "absent.parquet").exit_code == 2


def test_explain_code() -> None:
    assert "write `{a, b}`" not in _run("explain-code", "gp0207").output
    assert "marketng" in _run("explain-code", "gp0207").output
    assert _run("explain-code", "GP9999").exit_code == 2
    assert len(json.loads(_run("explain-code", "--json").stdout)) > 40


def test_facts() -> None:
    rows = json.loads(_run("facts", SHOP, "--json").stdout)
    assert {"refund_amount", "kind"} <= {row["name"] for row in rows}
