"""One-time links in mails."""

from urllib.parse import urlsplit

import pytest

from microshop.mail_links.link import Purpose, new_token
from microshop.notifications.links import link_part, page_part
from microshop.notifications.mail import Part


@pytest.mark.parametrize("purpose", Purpose)
def test_link_has_the_token_only_in_its_fragment(purpose: Purpose) -> None:
    token = new_token()

    part = link_part("https://www.example.com/shop", purpose, token)

    [values] = part.items
    url = urlsplit(values["url"])
    assert (part.name, url.scheme, url.netloc, url.query) == ("link", "https", "www.example.com", "")
    assert url.path.startswith("/shop/")
    assert url.fragment == f"token={token}"
    assert token not in url.path


def test_every_purpose_has_a_page_of_its_own() -> None:
    pages = {link_part("https://www.example.com", purpose, "t").items[0]["url"] for purpose in Purpose}

    assert len(pages) == len(Purpose)


def test_mail_has_a_code_to_paste_when_there_is_no_front_end() -> None:
    assert link_part("", Purpose.RESET_PASSWORD, "t0ken") == Part("code", [{"code": "t0ken"}])


def test_link_to_a_page_has_no_token_and_needs_a_front_end() -> None:
    linked = Part("link", [{"url": "https://www.example.com/account/data-exports"}])

    assert page_part("https://www.example.com", "account/data-exports") == linked
    assert page_part("", "account/data-exports") == Part("own_account")
