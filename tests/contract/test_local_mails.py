"""The mails that the shop has sent, as the local stack keeps and shows them."""

import uuid
from email.message import EmailMessage
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.support.servers import ServerUrls
from tests.support.shop import Shop
from tools.local.events.resources import client
from tools.local.servers.aws_paths import MAILS

_SENDER = "shop@example.com"


def test_a_mail_is_listed_and_shown_as_text_and_in_a_frame_without_scripts(
    shop: Shop, shop_servers: ServerUrls
) -> None:
    text, sandbox = f"Hello {uuid.uuid4()}", "allow-popups allow-popups-to-escape-sandbox"
    page_of_mail = f"<!doctype html><html><script>alert(1)</script>{text}</html>"
    body = {"Text": {"Data": text}, "Html": {"Data": page_of_mail}}
    _send(shop_servers, {"Simple": {"Subject": {"Data": "<b>Paid</b>"}, "Body": body}}, to="mina@example.com")

    kept = _newest(shop)
    listed = requests.get(f"{shop.url}/_local/mails", timeout=30).text
    page = requests.get(f"{shop.url}/_local/mails/{kept['number']}", timeout=30)
    frame = requests.get(f"{shop.url}/_local/mails/{kept['number']}/html", timeout=30)

    assert (kept["to"], kept["text"], kept["html"]) == ("mina@example.com", text, page_of_mail)
    assert f'<a href="/_local/mails/{kept["number"]}">&lt;b&gt;Paid&lt;/b&gt;</a>' in listed
    assert f"<code>{text}</code></pre>" in page.text
    assert f'sandbox="{sandbox}" src="/_local/mails/{kept["number"]}/html">' in page.text
    assert "<script>" not in page.text
    assert frame.text == f'<!doctype html><base target="_blank">{page_of_mail}'
    assert f"sandbox {sandbox}" in frame.headers["Content-Security-Policy"]
    assert all("default-src 'none'" in each.headers["Content-Security-Policy"] for each in (page, frame))


def test_a_mail_without_html_is_shown_without_a_frame(shop: Shop, shop_servers: ServerUrls) -> None:
    body = {"Text": {"Data": "Only <text>"}}
    _send(shop_servers, {"Simple": {"Subject": {"Data": "Text alone"}, "Body": body}}, to="mina@example.com")

    kept = _newest(shop)
    page = requests.get(f"{shop.url}/_local/mails/{kept['number']}", timeout=30).text

    assert (kept["text"], kept["html"]) == ("Only <text>", "")
    assert "<code>Only &lt;text&gt;</code></pre>" in page
    assert "<iframe" not in page


def test_a_raw_mail_is_listed_with_the_content_of_its_parts(shop: Shop, shop_servers: ServerUrls) -> None:
    raw = EmailMessage()
    raw["Subject"], raw["To"], raw["Cc"] = "欢迎, Ada", "Ada <ada@example.com>", "bob@example.com"
    raw.set_content("您好\n")
    raw.add_alternative("<p>您好</p>\n", subtype="html")
    raw.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="receipt.pdf")
    _send(shop_servers, {"Raw": {"Data": raw.as_bytes()}}, to="ada@example.com")

    kept = _newest(shop)

    assert kept["subject"] == "欢迎, Ada"
    assert (kept["text"], kept["html"]) == ("您好\n", "<p>您好</p>\n")
    assert kept["to"] == "Ada <ada@example.com>, bob@example.com"
    assert kept["at"].endswith("+00:00")


@pytest.mark.parametrize(
    "headers",
    [b"Content-Type: text/plain; charset=nonsense", b"Content-Type: multipart/mixed; boundary=x", b"Subject"],
    ids=["unknown-charset", "parts-without-boundary", "no-header"],
)
def test_a_raw_mail_that_cannot_be_parsed_is_listed_unchanged(
    shop: Shop, shop_servers: ServerUrls, headers: bytes
) -> None:
    token = str(uuid.uuid4()).encode()
    _send(shop_servers, {"Raw": {"Data": headers + b"\n\n" + token}}, to="ada@example.com")

    assert token.decode() in _newest(shop)["text"]


def test_templated_mails_are_listed_with_their_template_and_data(shop: Shop, shop_servers: ServerUrls) -> None:
    ses, template = client("ses", shop_servers.aws_endpoint), f"t-{uuid.uuid4().hex}"
    ses.create_template(Template={"TemplateName": template, "SubjectPart": "Hello", "TextPart": "Hello"})
    to = {"ToAddresses": ["ada@example.com"]}
    many = [{"Destination": to, "ReplacementTemplateData": "{}"}, {"Destination": {"ToAddresses": ["bob@example.com"]}}]
    ses.send_bulk_templated_email(Source=_SENDER, Destinations=many, Template=template, DefaultTemplateData='{"a": 1}')
    ses.send_templated_email(Source=_SENDER, Destination=to, Template=template, TemplateData='{"a": 2}')
    _send(shop_servers, {"Template": {"TemplateName": template, "TemplateData": '{"a": 3}'}}, to="ada@example.com")

    found = [mail for mail in _mails(shop) if template in mail["subject"]]

    assert [(mail["to"], mail["text"]) for mail in found] == [
        ("ada@example.com", '{"a": 3}'),
        ("ada@example.com", '{"a": 2}'),
        ("ada@example.com, bob@example.com", '{"a": 1}'),
    ]


def test_a_mail_with_an_unknown_template_is_refused_as_ses_does(shop_servers: ServerUrls) -> None:
    with pytest.raises(ClientError, match="nothing") as refused:
        _send(shop_servers, {"Template": {"TemplateName": "nothing", "TemplateData": "{}"}}, to="ada@example.com")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "shop.attacker.example"},
        {"Host": "127.0.0.1.evil.example:80"},
    ],
)
def test_the_aws_stand_in_answers_no_web_page(shop_servers: ServerUrls, headers: dict[str, str]) -> None:
    asked = requests.get(shop_servers.aws_endpoint + MAILS, headers=headers, timeout=30)

    assert (asked.status_code, asked.text) == (403, "Web pages may not call the AWS stand-in.")
    assert "Access-Control-Allow-Origin" not in asked.headers


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "172.17.0.1:4566", "[::1]:5000"])
def test_the_aws_stand_in_answers_at_addresses_of_this_machine(shop_servers: ServerUrls, host: str) -> None:
    assert requests.get(shop_servers.aws_endpoint + MAILS, headers={"Host": host}, timeout=30).ok


def test_a_mail_without_a_subject_can_be_opened(shop: Shop, shop_servers: ServerUrls) -> None:
    _send(shop_servers, {"Raw": {"Data": b"To: ada@example.com\n\nHello"}}, to="ada@example.com")

    number = _newest(shop)["number"]

    listed = requests.get(f"{shop.url}/_local/mails", timeout=30).text
    assert f'<a href="/_local/mails/{number}">(no subject)</a>' in listed
    assert "<h1>(no subject)</h1>" in requests.get(f"{shop.url}/_local/mails/{number}", timeout=30).text


def test_a_mail_that_is_not_unicode_is_shown(shop: Shop, shop_servers: ServerUrls) -> None:
    body = {kind: {"Data": f"half \ud800 of {kind}"} for kind in ("Text", "Html")}
    _send(shop_servers, {"Simple": {"Subject": {"Data": "Half \ud800"}, "Body": body}}, to="mina@example.com")

    address = f"{shop.url}/_local/mails/{_newest(shop)['number']}"

    assert "half ? of Text" in requests.get(address, timeout=30).text
    assert "half ? of Html" in requests.get(f"{address}/html", timeout=30).text
    assert requests.get(f"{shop.url}/_local/mails", timeout=30).ok


def test_the_aws_stand_in_lists_the_latest_mails_or_one(shop_servers: ServerUrls) -> None:
    for subject in ("first", "second", "third"):
        content = {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": subject}}}}
        _send(shop_servers, content, to="ada@example.com")

    latest, every = _kept(shop_servers, "?latest=2"), _kept(shop_servers, "")

    assert [mail["subject"] for mail in latest] == ["second", "third"]
    assert latest == every[-2:]
    assert _kept(shop_servers, f"?number={len(every) - 2}") == [every[-3]]
    assert _kept(shop_servers, "?number=999999") == []


def test_a_mail_that_is_not_there_is_a_404(shop: Shop) -> None:
    for path in ("/_local/mails/999999", "/_local/mails/999999/html"):
        assert requests.get(shop.url + path, timeout=30).status_code == 404


def _mails(shop: Shop) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = requests.get(f"{shop.url}/_local/mails.json", timeout=30).json()
    return listed


def _kept(servers: ServerUrls, query: str) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = requests.get(servers.aws_endpoint + MAILS + query, timeout=30).json()
    return kept


def _newest(shop: Shop) -> dict[str, Any]:
    return _mails(shop)[0]


def _send(servers: ServerUrls, content: dict[str, Any], *, to: str) -> None:
    client("sesv2", servers.aws_endpoint).send_email(
        FromEmailAddress=_SENDER, Destination={"ToAddresses": [to]}, Content=content
    )
