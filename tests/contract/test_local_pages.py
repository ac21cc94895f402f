"""Pages of the local stack: the start page, and the common parts of all pages."""

import re

import requests

from microshop.read_only import ReadOnlySwitch
from tests.support.servers import ServerUrls
from tests.support.shop import Shop
from tools.local.events.resources import client
from tools.local.page_layout import LINKS

_QUEUES = ("Queue", "DeadLetterQueue")
_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_root_redirects_a_browser_to_the_start_page(shop: Shop) -> None:
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


def test_the_start_page_shows_that_everything_works(shop: Shop) -> None:
    assert _state(shop) == {
        "Database": "responds",
        "Redis": "responds",
        "Changes": "allowed",
        "Failed events": "none",
    }


def test_the_start_page_names_the_reason_of_a_read_only_shop(shop: Shop) -> None:
    switch = ReadOnlySwitch(shop.redis)
    switch.turn_on("New <stock> comes", "a test")
    try:
        changes = _state(shop)["Changes"]
    finally:
        switch.turn_off()

    assert changes.startswith("<strong>refused</strong>: New &lt;stock&gt; comes.")
    assert "make read-only OFF=yes" in changes


def test_the_start_page_counts_events_that_consumers_gave_up(shop: Shop, shop_servers: ServerUrls) -> None:
    sqs = client("sqs", shop_servers.aws_endpoint)
    queues = sqs.list_queues(QueueNamePrefix="microshop-Messaging-")["QueueUrls"]
    waiting, failed = (next(url for url in queues if url.endswith(f"-CustomerMail{end}")) for end in _QUEUES)
    try:
        sqs.send_message(QueueUrl=failed, MessageBody="{}")
        sqs.send_message(QueueUrl=failed, MessageBody="{}")
        sqs.send_message(QueueUrl=waiting, MessageBody="{}", DelaySeconds=900)

        assert _state(shop)["Failed events"].startswith("<strong>2</strong>")
    finally:
        for url in (waiting, failed):
            sqs.purge_queue(QueueUrl=url)


def test_the_start_page_shows_which_server_is_down(shop_without_redis: Shop, shop_without_database: Shop) -> None:
    without_redis, without_database = _state(shop_without_redis), _state(shop_without_database)

    assert without_redis["Database"] == without_database["Redis"] == "responds"
    assert without_redis["Redis"] == without_database["Database"] == "<strong>does not respond</strong>"
    assert without_redis["Changes"] == "unknown, because Redis does not respond"
    assert without_database["Changes"] == "allowed"


def test_every_link_of_the_start_page_leads_to_a_page(shop: Shop) -> None:
    links = re.findall(r'(?:href|src)="([^"]+)"', requests.get(f"{shop.url}/_local/", timeout=30).text)

    assert len(links) >= 6
    assert {link: requests.get(shop.url + link, timeout=30).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_pages_answer_this_machines_own_names_only(shop: Shop) -> None:
    for path in ("/_local/", "/_local/mails", "/_local/mails.json"):
        rebound = requests.get(shop.url + path, headers={"Host": "shop.attacker.example"}, timeout=30)

        assert rebound.status_code == 400
        assert "password" not in rebound.text


def _state(shop: Shop) -> dict[str, str]:
    page = requests.get(f"{shop.url}/_local/", timeout=30).text
    table = page[page.index("<h2>State</h2>") : page.index("</table>")]
    return dict(re.findall('<th scope="row">(.*?)</th><td>(.*?)</td>', table))


def _link(text: str, address: str) -> str:
    return f'<a href="{address}">{text}</a>'
