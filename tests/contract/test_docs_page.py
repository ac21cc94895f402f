"""What the local stack serves beside the API: the page, all that it loads, and the description."""

import re
import subprocess
import sys

import pytest
import requests

from tests.support.api_description import description
from tests.support.shop import Shop
from tests.support.templates import ROOT


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_loads_only_what_the_stack_serves(shop: Shop, path: str) -> None:
    page = requests.get(shop.url + path, timeout=30)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert len(loaded) == 4
    assert all(requests.get(shop.url + asset, timeout=30).status_code == 200 for asset in loaded)


def test_the_pages_policy_allows_nothing_from_elsewhere_and_nothing_inline(shop: Shop) -> None:
    page = requests.get(f"{shop.url}/docs", timeout=30)

    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_the_description_is_served_as_json_with_no_server_but_the_one_it_was_asked_of(shop: Shop) -> None:
    served = requests.get(f"{shop.url}/openapi.json", timeout=30)

    assert served.json() == {**description(), "servers": [{"url": "/"}]}


def test_serving_the_page_imports_no_flask() -> None:
    script = "import sys; from tools.local.docs_page import routes; routes(); sys.exit('flask' in sys.modules)"

    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
