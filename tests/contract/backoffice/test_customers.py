"""Customers over HTTP, as staff see and manage them. Shop.ask validates each response against docs/openapi.yaml."""

import itertools
from copy import replace
from typing import Any

import pytest
from requests import Response

from microshop.mail_links.link import Purpose
from microshop.mail_links.repository import MailLinks
from microshop.scopes import READ_CUSTOMERS, READ_ORDERS, WRITE_CUSTOMERS, Scope
from microshop.users.access import Access
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support.answers import refusal
from tests.support.audit_rows import AuditRows
from tests.support.shop import Customer, Shop

_NUMBERS = itertools.count(1)
_ADDRESS = {"recipient": "Ada", "street": "1 Main Street", "city": "Berlin", "postal_code": "10115", "country": "DE"}


def _staff(shop: Shop, admin: Customer, *scopes: Scope) -> Customer:
    """A session of the admin with these scopes only."""
    return replace(admin, token=Sessions(shop.redis).open(admin.id, 600, Access(frozenset(scopes))).token)


@pytest.fixture
def support(shop: Shop, admin: Customer) -> Customer:
    return _staff(shop, admin, READ_CUSTOMERS, WRITE_CUSTOMERS, READ_ORDERS)


def _accounts(shop: Shop, count: int) -> tuple[str, list[int]]:
    """Add accounts with one beginning of address and name. Returns it, and their ids in the order of both."""
    beginning = f"zoe{next(_NUMBERS)}x"
    ids = [
        UserRepository(shop.database).add(
            email=f"{beginning}{number}@example.com",
            username=f"{beginning.title()} {number}",
            role="customer",
            language="en",
            password_hash="hash",
        )
        for number in range(count)
    ]
    return beginning, ids


def _search(shop: Shop, by: Customer, **body: object) -> Response:
    return shop.ask("POST", "/admin/customers/search", by=by, json=body)


def _ids(answer: Response) -> list[int]:
    return [item["id"] for item in answer.json()["items"]]


def _get(shop: Shop, by: Customer, user_id: int) -> dict[str, Any]:
    found: dict[str, Any] = shop.ask("GET", f"/admin/customers/{user_id}", by=by).json()
    return found


def _log_in(shop: Shop, customer: Customer) -> Response:
    return shop.ask("POST", "/users/login", json={"email": customer.email, "password": customer.password})


def test_search_finds_beginnings_of_addresses_and_names_and_ids(shop: Shop, support: Customer) -> None:
    beginning, ids = _accounts(shop, 3)

    answers = [
        _search(shop, support, email=beginning.upper()),
        _search(shop, support, username=beginning),
        _search(shop, support, email=f"{beginning}1@example.com"),
        _search(shop, support, id=ids[2]),
        _search(shop, support, email=f"{beginning}_"),
        _search(shop, support, id=2**62),
    ]

    assert [_ids(answer) for answer in answers] == [ids, ids, [ids[1]], [ids[2]], [], []]
    assert _ids(_search(shop, support, email=" "))[0] >= ids[2]  # a blank field counts as left out


@pytest.mark.parametrize("field", ["email", "username"])
def test_search_continues_after_a_page(shop: Shop, support: Customer, field: str) -> None:
    beginning, ids = _accounts(shop, 5)
    pages = [_search(shop, support, **{field: beginning}, limit=2)]
    while cursor := pages[-1].json()["next_cursor"]:
        pages.append(_search(shop, support, **{field: beginning}, limit=2, cursor=cursor))

    assert [_ids(page) for page in pages] == [ids[:2], ids[2:4], ids[4:]]


def test_search_without_criteria_lists_the_newest_first(shop: Shop, support: Customer) -> None:
    _, ids = _accounts(shop, 3)

    first = _search(shop, support, limit=2)
    second = _search(shop, support, limit=2, cursor=first.json()["next_cursor"])

    assert (_ids(first), _ids(second)[0]) == ([ids[2], ids[1]], ids[0])


def test_search_refuses_two_criteria_and_cursors_of_other_searches(shop: Shop, support: Customer) -> None:
    beginning, _ = _accounts(shop, 2)
    cursor = _search(shop, support, email=beginning, limit=1).json()["next_cursor"]

    answers = [
        _search(shop, support, email=beginning, username=beginning),
        _search(shop, support, username=beginning, cursor=cursor),
        _search(shop, support, limit=101),
    ]

    fields = [[problem["field"] for problem in answer.json()["errors"]] for answer in answers]
    assert fields == [["username"], ["cursor"], ["limit"]]


def test_searched_text_and_found_people_are_not_in_the_log(shop: Shop, support: Customer) -> None:
    beginning, ids = _accounts(shop, 1)
    before = len(shop.log.getvalue())

    _search(shop, support, email=beginning)
    _get(shop, support, ids[0])

    logged = shop.log.getvalue()[before:]
    assert "/api/v1/admin/customers/search" in logged
    assert beginning not in logged.lower()


def test_customer_has_addresses_and_for_readers_of_orders_also_these(
    shop: Shop, admin: Customer, support: Customer, customer: Customer
) -> None:
    added = shop.ask("POST", "/users/addresses", by=customer, json={"address": _ADDRESS}).json()
    order_ids = [shop.order(customer, shop.product()) for _ in range(2)]
    shop.ask("POST", f"/admin/orders/{order_ids[0]}/notes", by=admin, json={"text": "calls back on Monday"})

    found = _get(shop, support, customer.id)

    assert (found["email"], found["is_staff"], found["disabled_at"]) == (customer.email, False, None)
    assert [(each["id"], each["address"]) for each in found["addresses"]] == [(added["id"], _ADDRESS)]
    assert [each["id"] for each in found["recent_orders"]["items"]] == order_ids[::-1]
    assert [each["text"] for each in found["recent_orders"]["notes"]] == ["calls back on Monday"]
    assert _get(shop, _staff(shop, admin, READ_CUSTOMERS), customer.id)["recent_orders"] is None
    assert _get(shop, support, admin.id)["is_staff"] is True


def test_disabled_customer_is_out_until_enabled(shop: Shop, support: Customer, customer: Customer) -> None:
    MailLinks(shop.database).issue(Purpose.RESET_PASSWORD, customer.id, customer.email)
    audit, path = AuditRows(shop.database), f"/admin/customers/{customer.id}"

    answers = [shop.ask("POST", f"{path}/disable", by=support, json={"reason": "stolen cards"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401
    assert refusal(_log_in(shop, customer)) == (401, "invalid-credentials")
    assert _get(shop, support, customer.id)["disabled_reason"] == "stolen cards"
    assert shop.database.rows("SELECT 1 FROM mail_links WHERE subject_id = %(id)s", {"id": customer.id}) == []

    enabled = [shop.ask("POST", f"/admin/customers/{customer.id}/enable", by=support) for _ in range(2)]

    assert [answer.status_code for answer in enabled] == [204, 204]
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401
    assert _log_in(shop, customer).status_code == 200
    assert [(row["action"], row["entity_id"], row["changes"]) for row in audit.take()] == [
        ("customer.disable", customer.id, {"disabled": [False, True], "reason": None}),
        ("customer.enable", customer.id, {"disabled": [True, False]}),
    ]


def test_ended_sessions_of_a_customer_stop_at_once(shop: Shop, support: Customer, customer: Customer) -> None:
    audit = AuditRows(shop.database)

    answer = shop.ask("DELETE", f"/admin/customers/{customer.id}/sessions", by=support)

    assert answer.status_code == 204
    assert shop.ask("GET", "/users/profile", by=customer).status_code == 401
    assert _log_in(shop, customer).status_code == 200
    assert [row["action"] for row in audit.take()] == ["customer.end_sessions"]


def test_reset_is_mailed_within_the_limit_of_the_address(shop: Shop, support: Customer, customer: Customer) -> None:
    audit = AuditRows(shop.database)

    answers = [shop.ask("POST", f"/admin/customers/{customer.id}/password-reset", by=support) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 429]
    assert 1 <= int(answers[1].headers["Retry-After"]) <= 60
    assert answers[0].text == ""
    assert [row["action"] for row in audit.take()] == ["customer.send_password_reset"]
    # The customer's own request waits as well, and looks like any other.
    own = shop.ask("POST", "/users/password-reset", json={"email": customer.email})
    recipients = shop.database.rows("SELECT 1 FROM mail_recipients WHERE email = %(email)s", {"email": customer.email})
    assert (own.status_code, len(recipients)) == (202, 1)


def test_accounts_with_a_role_are_not_managed_as_customers(shop: Shop, admin: Customer, support: Customer) -> None:
    member = shop.admin()
    audit = AuditRows(shop.database)

    answers = [
        shop.ask("POST", f"/admin/customers/{member.id}/disable", by=admin, json={"reason": "left"}),
        shop.ask("POST", f"/admin/customers/{member.id}/enable", by=support),
        shop.ask("DELETE", f"/admin/customers/{member.id}/sessions", by=support),
    ]

    assert [refusal(answer) for answer in answers] == [(409, "conflict")] * 3
    assert shop.ask("GET", "/users/profile", by=member).status_code == 200
    assert audit.take() == []


def test_unknown_and_disabled_accounts_are_refused(shop: Shop, support: Customer, customer: Customer) -> None:
    nobody, reason = 2**62, {"reason": "stolen cards"}
    shop.ask("POST", f"/admin/customers/{customer.id}/disable", by=support, json=reason)

    unknown = [
        shop.ask("GET", f"/admin/customers/{nobody}", by=support),
        shop.ask("POST", f"/admin/customers/{nobody}/disable", by=support, json=reason),
        shop.ask("POST", f"/admin/customers/{nobody}/enable", by=support),
        shop.ask("DELETE", f"/admin/customers/{nobody}/sessions", by=support),
        shop.ask("POST", f"/admin/customers/{nobody}/password-reset", by=support),
    ]

    assert [refusal(answer) for answer in unknown] == [(404, "not-found")] * 5
    reset = shop.ask("POST", f"/admin/customers/{customer.id}/password-reset", by=support)
    assert refusal(reset) == (409, "conflict")
    without = shop.ask("POST", f"/admin/customers/{customer.id}/disable", by=support, json={"reason": " "})
    assert (without.status_code, without.json()["errors"][0]["field"]) == (400, "reason")
