"""What the local stack shows a developer: the start page, and what all local pages share."""

import re

import requests

from tests.support.shop import Shop
from tools.local.frame import LINKS

_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_root_leads_a_browser_to_addresses_and_demo_accounts(shop: Shop) -> None:
    page = requests.get(shop.url, headers=_BROWSER, timeout=30)

    assert requests.head(shop.url, headers=_BROWSER, timeout=30).headers["Location"] == "/_local/"
    assert page.url == f"{shop.url}/_local/"
    assert f"{shop.url}/api/v1" in page.text
    for words in ("admin@example.com", "admin-password", "customer@example.com", "customer-password"):
        assert words in page.text


def test_the_root_answers_other_clients_and_methods_as_the_api_does(shop: Shop) -> None:
    asked = [
        requests.request(method, shop.url, headers=headers, timeout=30)
        for method, headers in (("POST", _BROWSER), ("GET", {"Accept": "application/json"}), ("GET", {}))
    ]

    assert [(answer.status_code, answer.headers["Content-Type"], answer.json()["type"]) for answer in asked] == [
        (404, "application/problem+json", "urn:microshop:problem:not-found")
    ] * 3


def test_every_local_page_has_the_same_links_at_its_top(shop: Shop) -> None:
    paths = ("/_local/", "/_local/mails", "/_local/mails/999999", "/docs", "/docs/errors", "/docs/nothing")
    tops = {re.findall("<nav>.*</nav>", requests.get(shop.url + path, timeout=30).text)[0] for path in paths}

    assert [tops.pop(), tops] == [f"<nav>{' '.join(_link(*each) for each in LINKS)}</nav>", set()]


def test_every_link_of_the_start_page_leads_to_a_page(shop: Shop) -> None:
    links = re.findall(r'(?:href|src)="([^"]+)"', requests.get(f"{shop.url}/_local/", timeout=30).text)

    assert len(links) >= 6
    assert {link: requests.get(shop.url + link, timeout=30).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_pages_answer_this_machines_own_names_only(shop: Shop) -> None:
    for path in ("/_local/", "/_local/mails", "/_local/mails.json"):
        rebound = requests.get(shop.url + path, headers={"Host": "shop.attacker.example"}, timeout=30)

        assert rebound.status_code == 400
        assert "password" not in rebound.text


def _link(text: str, address: str) -> str:
    return f'<a href="{address}">{text}</a>'
