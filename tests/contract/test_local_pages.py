"""What the local stack shows a developer: the start page and the mails that the shop has sent."""

import re
import uuid

import requests

from tests.support.servers import ServerUrls
from tests.support.shop import Shop
from tools.local.events.resources import client
from tools.local.frame import LINKS
from tools.local.servers.aws_paths import MAILS

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


def test_a_mail_is_listed_and_shown_as_text_and_in_a_frame_without_scripts(
    shop: Shop, shop_servers: ServerUrls
) -> None:
    text, sandbox = f"Hello {uuid.uuid4()}", "allow-popups allow-popups-to-escape-sandbox"
    page_of_mail = f"<!doctype html><html><script>alert(1)</script>{text}</html>"
    _send(shop_servers.aws_endpoint, "mina@example.com", subject="<b>Paid</b>", text=text, html=page_of_mail)

    kept = requests.get(f"{shop.url}/_local/mails.json", timeout=30).json()[0]
    listed = requests.get(f"{shop.url}/_local/mails", timeout=30).text
    page = requests.get(f"{shop.url}/_local/mails/{kept['number']}", timeout=30)
    frame = requests.get(f"{shop.url}/_local/mails/{kept['number']}/html", timeout=30)

    assert (kept["to"], kept["text"], kept["html"]) == ("mina@example.com", text, page_of_mail)
    assert f'<a href="/_local/mails/{kept["number"]}">&lt;b&gt;Paid&lt;/b&gt;</a>' in listed
    assert f"<pre><code>{text}</code></pre>" in page.text
    assert f'sandbox="{sandbox}" src="/_local/mails/{kept["number"]}/html">' in page.text
    assert "<script>" not in page.text
    assert frame.text == f'<!doctype html><base target="_blank">{page_of_mail}'
    assert f"sandbox {sandbox}" in frame.headers["Content-Security-Policy"]
    assert all("default-src 'none'" in each.headers["Content-Security-Policy"] for each in (page, frame))


def test_the_pages_answer_this_machines_own_names_only(shop: Shop) -> None:
    for path in ("/_local/", "/_local/mails", "/_local/mails.json"):
        rebound = requests.get(shop.url + path, headers={"Host": "shop.attacker.example"}, timeout=30)

        assert rebound.status_code == 400
        assert "password" not in rebound.text


def test_the_aws_stand_in_answers_no_web_page(shop_servers: ServerUrls) -> None:
    asked = requests.get(shop_servers.aws_endpoint + MAILS, headers={"Origin": "https://evil.example"}, timeout=30)

    assert asked.status_code == 403
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_a_mail_that_is_not_there_is_a_404(shop: Shop) -> None:
    assert requests.get(f"{shop.url}/_local/mails/999999", timeout=30).status_code == 404


def _link(text: str, address: str) -> str:
    return f'<a href="{address}">{text}</a>'


def _send(aws_endpoint: str, to: str, *, subject: str, text: str, html: str) -> None:
    content = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}, "Html": {"Data": html}}}
    client("sesv2", aws_endpoint).send_email(
        FromEmailAddress="shop@example.com", Destination={"ToAddresses": [to]}, Content={"Simple": content}
    )
