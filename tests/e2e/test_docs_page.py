"""The interactive page in a real browser, as a front-end developer uses it; only the local stack has one."""

import uuid
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.support.browser import opened_browser
from tests.support.runner import Runner

PROFILE = "#operations-users-get_profile"


def test_a_developer_authorizes_and_tries_the_profile_on_the_docs_page(runner: Runner, tmp_path: Path) -> None:
    email = f"docs-{uuid.uuid4().hex}@example.com"
    token = _token(runner.url, email)

    with opened_browser() as page:
        page.open(f"{runner.url}/docs")
        page.click("button.authorize", text="Authorize")
        page.type(".modal-ux input", token)
        page.click(".modal-ux button.authorize", text="Authorize")
        page.click(".modal-ux button", text="Close")
        page.click(f"{PROFILE} button.opblock-summary-control")
        page.click(f"{PROFILE} button.try-out__btn")
        page.click(f"{PROFILE} button.execute")
        status = page.text_of(f"{PROFILE} .live-responses-table .response-col_status", text="200")
        answer = page.text_of(f"{PROFILE} .live-responses-table .response-col_description", text=email)
        page.save_screenshot(tmp_path / "profile.png")

        # An authorization lasts until it is taken back, not until the page is opened anew.
        page.open(f"{runner.url}/docs")
        page.text_of(".auth-wrapper button.authorize.locked", text="Authorize")

    assert "200" in status
    assert email in answer
    assert page.complaints == []
    assert {urlsplit(url).netloc for url in page.requests if not url.startswith("data:")} == {
        urlsplit(runner.url).netloc
    }


def _token(url: str, email: str) -> str:
    account = {"username": "Ada", "email": email, "password": "correct horse battery"}
    api = f"{url}/api/v1/users"
    assert requests.post(f"{api}/register", json=account, timeout=30).status_code == 201
    answer = requests.post(f"{api}/login", json={"email": email, "password": account["password"]}, timeout=30)
    return str(answer.json()["token"])
