import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.batch.comparing import Comparison
from pipeline.batch.report import Facts, render, write_report
from pipeline.batch.statistics import Statistics
from tests.needs import needs

from .results import classified

FACTS = Facts("in.mbox", "out.parquet", "Test", "abc", sampled=False, skipped=(("x.bin", "why"),))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "</script><script>alert(1)</script> stolen <img src=x onerror=alert(2)>"


def report(folder: Path, bodies: list[str], facts: Facts = FACTS) -> str:
    classified(folder, bodies)
    comparison, statistics = Comparison(folder / "out.parquet"), Statistics()
    summary, _ = classified(folder, bodies, statistics, comparison)
    return render(facts, summary, statistics, comparison)


def test_a_report_tells_the_counts_the_rules_and_the_fraud(tmp_path: Path) -> None:
    text = re.sub(r"\s+", " ", report(tmp_path, ["one", "my card was stolen", "three"]))
    assert "<b>3</b><span>messages" in text
    assert "1 message carries the tag" in text
    assert "fraud is for people" in text
    assert "test.policy:5" in text
    assert "“stolen”" in text
    assert "3 messages in, 3 rows out" in text
    assert "x.bin: why" in text


def test_a_report_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    text = report(tmp_path, ["one https://x.example/"])
    assert not re.findall(r"(?:src|href)=[\"'](?!data:|#)", text)


def test_the_contents_lead_to_sections_that_are_there(tmp_path: Path) -> None:
    text = report(tmp_path, ["one", "my card was stolen"])
    led = re.findall(r'href="#(\w+)"', text)
    assert len(led) == 10
    assert sorted(led) == sorted(re.findall(r'<(?:section|h2)[^>]* id="(\w+)"', text))


def test_a_message_brings_no_markup_into_the_report(tmp_path: Path) -> None:
    text = report(tmp_path, [HOSTILE])
    assert "<script>alert" not in text
    assert "<img" not in text


def test_the_same_run_gives_the_same_report(tmp_path: Path) -> None:
    assert report(tmp_path, ["one", "stolen"]) == report(tmp_path, ["one", "stolen"])


def test_an_empty_inbox_has_a_report(tmp_path: Path) -> None:
    facts = Facts("in.mbox", "out.parquet", "", "abc", sampled=True)
    text = report(tmp_path, [], facts)
    assert "No message was found in in.mbox" in text
    assert "<svg" not in text
    assert "No policy was given" in text


@pytest.fixture
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.browser
@needs(CHROMIUM, "Chromium: apt-get install chromium")
def test_a_browser_opens_sorts_and_prints_the_report(tmp_path: Path, browser: object) -> None:
    from playwright.sync_api import Browser

    assert isinstance(browser, Browser)
    path = tmp_path / "report.html"
    bodies = [HOSTILE, "one", *(f"stolen {n}" for n in range(6))]
    write_report(path, report(tmp_path, bodies))
    page = browser.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append("a message ran a script"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    subjects = page.locator("section").first.locator("tbody tr td:nth-child(3)")
    head = page.get_by_role("button", name="Subject")
    head.click()
    rising = subjects.all_inner_texts()
    head.click()
    assert rising == sorted(rising)
    assert subjects.all_inner_texts() == rising[::-1]
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert len(page.pdf()) > 10_000
    assert len(set(grounds)) == 2
    assert said == []
    assert asked == [path.as_uri()]
