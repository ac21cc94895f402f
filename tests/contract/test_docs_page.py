"""The local stack serves the page of the API, the files that the page loads, the description and the guides."""

import json
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
    assert len(loaded) >= 4
    assert all(requests.get(shop.url + asset, timeout=30).status_code == 200 for asset in loaded)


def test_the_pages_policy_allows_nothing_from_elsewhere_and_nothing_inline(shop: Shop) -> None:
    page = requests.get(f"{shop.url}/docs", timeout=30)

    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == f"'self' {shop.provider.url}"
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_the_json_description_lists_only_the_server_of_the_request(shop: Shop) -> None:
    served = requests.get(f"{shop.url}/openapi.json", timeout=30)

    guides_here = json.dumps(description()).replace("](errors.md", "](/docs/errors")
    for guide in ("order-states", "request-limits"):
        guides_here = guides_here.replace(f"]({guide}.md", f"](/docs/{guide}")
    assert served.json() == {**json.loads(guides_here), "servers": [{"url": "/"}]}


def test_serving_the_page_imports_no_flask() -> None:
    script = "import sys; from tools.local.docs.page import routes; routes(None); sys.exit('flask' in sys.modules)"

    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_a_refusal_links_to_its_section_of_the_error_catalogue(shop: Shop) -> None:
    for refused in (requests.get(f"{shop.url}/api/v1/users/profile", timeout=30), _of_a_function(shop)):
        page, _, section = refused.json()["help"].partition("#")

        assert refused.json()["type"] == f"urn:microshop:problem:{section}"
        assert f'id="{section}"' in requests.get(page, timeout=30).text


def test_a_guides_links_lead_to_pages_here(shop: Shop) -> None:
    guide = requests.get(f"{shop.url}/docs/order-states", timeout=30).text

    assert '<a href="/docs/errors#wrong-order-state">' in guide
    assert '<a href="/docs">the description of the API</a>' in guide
    addresses = {address.partition("#")[0] for address in re.findall(r'<a href="(/[^"]*)"', guide)}
    assert [found for found in addresses if requests.get(shop.url + found, timeout=30).status_code != 200] == []


def test_a_guide_shows_the_address_of_this_shop(shop: Shop) -> None:
    guide = requests.get(f"{shop.url}/docs/quick-start", timeout=30).text

    assert f'<a href="{shop.url}/_local/mails">' in guide
    assert "127.0.0.1:3000" not in guide


@pytest.mark.parametrize("name", ["nothing", "../README", "%2e%2e/README", "files/..%2fpage", "decisions"])
def test_only_the_guides_of_the_documents_folder_are_pages(shop: Shop, name: str) -> None:
    prepared = requests.Request("GET", f"{shop.url}/docs/x").prepare()
    prepared.url = f"{shop.url}/docs/{name}"  # requests would normalise it

    with requests.Session() as session:
        assert session.send(prepared, timeout=30).status_code == 404


def _of_a_function(shop: Shop) -> requests.Response:
    return requests.get(f"{shop.url}/api/v1/products/abc", timeout=30)
