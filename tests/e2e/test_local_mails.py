"""Mails and the start page of the local stack in a real browser."""

import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.browser import opened_browser
from tests.support.runner import Runner

_PHONE_WIDTH = 380


@pytest.fixture
def other_site() -> Iterator["OtherSite"]:
    """A site to which a mail links."""
    site = OtherSite()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    site.shutdown()
    thread.join()
    site.server_close()


class OtherSite(ThreadingHTTPServer):
    """Serves a page whose script writes its text, and records the requested paths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requested: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: OtherSite

    def do_GET(self) -> None:
        self.server.requested.append(self.path)
        page = b"<!doctype html><body><script>document.body.textContent = `Scripts run at ${self.origin}`</script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        pass


def test_a_mail_loads_nothing_and_its_link_opens_a_page_that_works(runner: Runner, other_site: OtherSite) -> None:
    subject = f"Paid {uuid.uuid4().hex}"
    _send(
        runner,
        subject,
        f'<!doctype html><html><head><link rel="stylesheet" href="{other_site.url}/style"></head><body>'
        f'<script src="{other_site.url}/script"></script><img src="{other_site.url}/picture">'
        f'<iframe src="{other_site.url}/frame"></iframe>'
        f'<a style="inset: 0; position: fixed" href="{other_site.url}/opened">Open</a></body></html>',
    )

    with opened_browser() as page:
        page.open(f"{runner.url}/_local/mails")
        page.click("a", text=subject)
        page.text_of("h1", text=subject)
        with page.new_tab("iframe") as tab:
            tab.text_of("body", text=f"Scripts run at {other_site.url}")

        assert page.text_of("h1") == subject
    assert other_site.requested[0] == "/opened"


def test_start_page_and_mails_fit_on_a_phone(runner: Runner, tmp_path: Path) -> None:
    _send(runner, "Your order 2026-1129-000017 was paid in full", "<p>Thank you</p>")

    with opened_browser() as page:
        page.be_a_phone(_PHONE_WIDTH, 900)
        for path, shown in (("", "Accounts"), ("mails", "was paid in full")):
            page.open(f"{runner.url}/_local/{path}")
            page.text_of("main", text=shown)
            page.save_screenshot(tmp_path / f"{path or 'start'}.png")

            assert page.width() <= _PHONE_WIDTH, path
            assert page.count_too_wide("main table") == 0, path


def _send(runner: Runner, subject: str, html: str) -> None:
    runner.aws("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["a-customer-with-a-long-name@example.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": html}}}},
    )
