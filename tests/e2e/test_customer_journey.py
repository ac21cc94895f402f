"""A visitor browses and registers, over HTTP, against the local stack or any BASE_URL."""

import secrets

import pytest
import requests

PASSWORD = "correct horse battery"


@pytest.fixture
def email() -> str:
    return f"visitor-{secrets.token_hex(6)}@example.com"


def test_a_visitor_finds_a_product_and_opens_it(base_url: str) -> None:
    found = requests.get(f"{base_url}/api/v1/products", params={"q": "coffee", "sort": "price"}, timeout=30).json()[
        "items"
    ]

    assert found
    assert [item["price"] for item in found] == sorted((item["price"] for item in found), key=float)
    opened = requests.get(f"{base_url}/api/v1/products/{found[0]['id']}", timeout=30)
    shown = opened.json()
    assert shown.pop("description").startswith(found[0].pop("summary"))
    assert shown == found[0]
    again = requests.get(opened.url, headers={"If-None-Match": opened.headers["ETag"]}, timeout=30)
    assert (again.status_code, again.content) == (304, b"")


def test_the_pages_of_the_catalogue_contain_each_product_once(base_url: str) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": "70", "sort": "name"} | ({"cursor": cursor} if cursor else {})
        page = requests.get(f"{base_url}/api/v1/products", params=parameters, timeout=30).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    categories = requests.get(f"{base_url}/api/v1/products/categories", timeout=30).json()["items"]
    assert len(seen) == len(set(seen)) == sum(category["products"] for category in categories)


def test_a_user_registers_logs_in_and_changes_the_password(base_url: str, email: str) -> None:
    users = f"{base_url}/api/v1/users"
    registered = requests.post(
        f"{users}/register", json={"username": "Mina 🦊", "email": email.upper(), "password": PASSWORD}, timeout=30
    )
    assert registered.status_code == 201
    twice = requests.post(f"{users}/register", json={"username": "M", "email": email, "password": PASSWORD}, timeout=30)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:microshop:problem:email-taken")

    first, second = _log_in(users, email, PASSWORD), _log_in(users, email, PASSWORD)
    profile = requests.patch(f"{users}/profile", json={"language": "zh"}, headers=_bearer(first), timeout=30).json()
    assert (profile["id"], profile["username"], profile["email"]) == (registered.json()["user_id"], "Mina 🦊", email)
    assert profile["language"] == "zh"

    changed = requests.put(
        f"{users}/password",
        json={"current_password": PASSWORD, "new_password": PASSWORD + "!"},
        headers=_bearer(first),
        timeout=30,
    )
    assert changed.status_code == 204
    assert requests.get(f"{users}/profile", headers=_bearer(second), timeout=30).status_code == 401
    assert requests.get(f"{users}/profile", headers={"Authorization": first}, timeout=30).status_code == 200
    old = requests.post(f"{users}/login", json={"email": email, "password": PASSWORD}, timeout=30)
    assert (old.status_code, old.json()["type"]) == (401, "urn:microshop:problem:invalid-credentials")

    third = _log_in(users, email, PASSWORD + "!")
    assert requests.post(f"{users}/logout", headers=_bearer(third), timeout=30).status_code == 204
    assert requests.get(f"{users}/profile", headers=_bearer(third), timeout=30).status_code == 401


def _log_in(users: str, email: str, password: str) -> str:
    answer = requests.post(f"{users}/login", json={"email": email, "password": password}, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
