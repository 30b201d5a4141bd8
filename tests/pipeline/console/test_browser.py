"""The console in a real browser, without JavaScript, by keyboard, in light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.needs import needs
from tests.pipeline.console.support import PASSWORD, SECRET, Shop

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.browser, needs(CHROMIUM.exists(), "Chromium: apt-get install chromium")]
LOW_CONTRAST = Path(__file__).with_name("low_contrast.js").read_text()


@pytest.fixture
def browser(shop: Shop) -> Iterator[Browser]:  # after the shop: playwright holds the loop
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def sign_in(page: Page, shop: Shop, name: str = "ada") -> None:
    page.goto(f"{shop.api.url}/console/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(pyotp.TOTP(SECRET).now())
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")


def test_a_person_signs_in_and_approves_a_fraud_message_by_keyboard_alone(
    shop: Shop, browser: Browser
) -> None:
    identity = shop.held(html="<p>hello</p><script>document.title = 'taken'</script>")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, shop)
    page.get_by_role("link", name="I did not order this").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/messages/{identity}")
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Re: I did not order this"]
    page.get_by_role("button", name="Approve").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Approved. It leaves when its time comes.").wait_for()
    page.get_by_text("Nothing waits").wait_for()
    assert shop.api.until(identity, "sent") == "sent"
    page.reload()  # which repeats nothing
    context.close()
    assert len(shop.smtp.got) == 1


def test_no_script_of_a_message_runs_and_its_links_lead_nowhere(
    shop: Shop, browser: Browser
) -> None:
    attack = (
        "<script>parent.document.title='taken'</script><img src=x onerror=\"parent.alert(1)\">"
        "<meta http-equiv=refresh content='0;url=/console/sending'>"
        "<a href='https://evil.example/' target=_top>press</a><form action=/x><button>go</button>"
    )
    identity = shop.held(html=attack, subject="<script>document.title='taken'</script>")
    context = browser.new_context()
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    sign_in(page, shop)
    page.goto(f"{shop.api.url}/console/messages/{identity}")
    frame = page.frame_locator("iframe")
    frame.get_by_text("press").click()
    frame.get_by_role("button", name="go").click()
    assert page.url.endswith(identity)
    assert "taken" not in page.title().partition(" · ")[2]
    assert page.title().startswith("<script>")
    assert dialogs == []
    assert all(url.startswith(f"{shop.api.url}/console/") for url in requested)
    assert not any(url.endswith("/sending") for url in requested)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_can_be_read(shop: Shop, browser: Browser, scheme: str, width: int) -> None:
    identity = shop.held(
        html="<p>hello</p>", text="long " * 50 + "x" * 300, subject="Hidden \u202e " + "y" * 200
    )
    version = shop.api.get(f"/v1/emails/{identity}").json()["version"]
    words = {"version": version, "text": "short " * 50 + "x" * 300}
    assert shop.api.post(f"/v1/emails/{identity}/edit", words, by="oversight").status_code == 200
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{shop.api.url}/console/sign-in")
    check(page)
    sign_in(page, shop)
    for path in (
        "",
        "unknown",
        "sent?only=unsent",
        "sent",
        "sending",
        f"messages/{identity}",
        "messages/0",
    ):
        page.goto(f"{shop.api.url}/console/{path}")
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        check(page)
        if "messages/0" not in path and "messages" in path:
            assert page.locator("#edits ~ .text ins").count() == 1
    context.close()
    assert [one for one in complaints if "404" not in one] == []


def check(page: Page) -> None:
    """One heading of the first level, a name for every control, AA contrast, no sideways scroll."""
    assert page.locator("h1").count() == 1
    assert page.evaluate(LOW_CONTRAST) == []
    fields = page.locator("input:not([type=hidden]), textarea")
    for field in fields.all():
        assert page.locator(f"label[for='{field.get_attribute('id')}']").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
