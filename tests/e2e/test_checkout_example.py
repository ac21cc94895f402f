"""docs/examples/checkout.html in a real browser, as docs/front-end.md shows it. It needs the local stack's provider."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import Page, opened_browser
from tests.support.runner import ROOT, Runner


@pytest.fixture
def page(runner: Runner) -> Iterator[Page]:
    """The example, served from another origin than the shop, with the addresses of the running shop."""
    with _serve(ROOT / "docs/examples") as url, opened_browser() as opened:
        opened.open(f"{url}/checkout.html")
        opened.fill("#api", f"{runner.url}/api/v1")
        opened.fill("#provider", runner.stripe_url)
        yield opened


def test_the_example_confirms_the_total_and_shows_the_paid_order(page: Page, tmp_path: Path) -> None:
    page.click("#buy")

    [costs, paid] = page.text_of("#log", text="is confirmed and paid.").splitlines()
    assert page.questions == ["The order costs 16.80 USD with shipping. Order it?"]
    assert costs == f"Order {_number(paid)} costs 16.80 USD."
    # Chromium reports the refused total and the missing icon.
    assert [each for each in page.complaints if "Failed to load resource" not in each] == []
    page.save_screenshot(tmp_path / "paid.png")


def test_the_example_pays_the_same_order_after_a_declined_card(page: Page) -> None:
    page.choose("#card", "pm_card_visa_chargeDeclined")
    page.click("#buy")
    page.text_of("#log", text="Your card was declined.")
    page.choose("#card", "pm_card_visa")
    page.click("#buy")

    [costs, declined, again, paid] = page.text_of("#log", text="is confirmed and paid.").splitlines()
    assert declined == "Your card was declined."
    assert costs == again == f"Order {_number(paid)} costs 16.80 USD."


def test_the_example_logs_in_again_after_its_session_ended(page: Page, runner: Runner) -> None:
    page.choose("#card", "pm_card_visa_chargeDeclined")
    page.click("#buy")
    page.text_of("#log", text="Your card was declined.")
    runner.invoke("EndSessionsFunction", {"email": "customer@example.com", "end": True})
    page.choose("#card", "pm_card_visa")
    page.click("#buy")
    page.text_of("#log", text="Log in and send the new one")
    page.click("#buy")

    page.text_of("#log", text="is confirmed and paid.")


def _number(line: str) -> str:
    """The order number in a line of the page."""
    return line.split()[1]


@contextlib.contextmanager
def _serve(folder: Path) -> Iterator[str]:
    """Serves the folder, as `python3 -m http.server` does. Yields the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        serving = threading.Thread(target=server.serve_forever, name="examples")
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing."""
