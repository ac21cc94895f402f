"""Access of every kind of caller to each operation. Shop.ask checks each answer against the API description."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.api_keys.api_key import KEY_SCOPES, hash_key, new_token
from microshop.api_keys.cache import ApiKeyCache
from microshop.scopes import (
    ALL_SCOPES,
    EVERYTHING,
    MANAGE_STAFF,
    MODERATE,
    OPERATE,
    READ_CUSTOMERS,
    READ_ORDERS,
    REFUND,
    WRITE_CUSTOMERS,
    WRITE_ORDERS,
    WRITE_STOCK,
    Scope,
    scopes_in,
)
from microshop.users.access import PENDING, Access
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.contract.every_endpoint.asking import GUARDED
from tests.support.answers import refusal
from tests.support.api_description import Operation
from tests.support.shop import Customer, Shop
from tests.support.table_rows import wrong_answers

_LONG_PAST = 1  # Unix time
# Operations of any account that need a fresh second factor.
_FRESH_FOR_ANYBODY = {"remove_second_factor", "request_erasure"}
# Role → its scopes, as docs/back-office.md promises them. Role ids are those of migration 0055.
_ROLES = {
    "owner": set(ALL_SCOPES),
    "manager": set(ALL_SCOPES) - {OPERATE, MANAGE_STAFF},
    "packer": {READ_ORDERS, WRITE_ORDERS, WRITE_STOCK},
    "support": {READ_ORDERS, WRITE_ORDERS, READ_CUSTOMERS, WRITE_CUSTOMERS, MODERATE},
    "accountant": {READ_ORDERS, REFUND},
}


@pytest.fixture(scope="session")
def colleague(shop: Shop) -> Customer:
    """An account that has begun to enrol a second factor, so that beginning again adds no row.

    Its address is verified, so that it can ask for no verification.
    """
    account = shop.customer()
    UserRepository(shop.database).verify_email(account.id, account.email)
    session = Sessions(shop.redis).open(account.id, 3600, Access(EVERYTHING))
    shop.ask("POST", "/admin/second-factor", by=Customer(account.id, "", "", session.token))
    return account


def _alternatives(found: Operation) -> set[str]:
    """What the operation requires of its caller: one of these."""
    declared = found.description.get("x-scope", "customer")
    return {declared} if isinstance(declared, str) else set(declared)


def _problem_of_access(shop: Shop, found: Operation, token: str) -> str | None:
    """Sends a request that is invalid for every operation. Returns the problem if the caller is refused."""
    caller = Customer(0, "", "", token)
    path = found.sample_path.replace("/1", "/x")
    answer = shop.ask(found.method, path, by=caller, json={"nonsense": True})
    kind: str = refusal(answer)[1] if answer.status_code in (401, 403) else ""
    return kind or None


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("role", _ROLES)
def test_roles_reach_exactly_the_operations_of_their_scopes(shop: Shop, colleague: Customer, role: str) -> None:
    role_id = list(_ROLES).index(role) + 1
    rows = shop.database.rows("SELECT scope FROM role_scopes WHERE role_id = %(id)s", {"id": role_id})
    scopes = scopes_in(" ".join(row["scope"] for row in rows))
    assert scopes == _ROLES[role]

    def problem(found: Operation) -> str | None:
        token = Sessions(shop.redis).open(colleague.id, 3600, Access(scopes)).token  # logging out ends it
        return _problem_of_access(shop, found, token)

    met = {"customer", "staff", *scopes}
    expected = [(found, None if _alternatives(found) & met else "forbidden") for found in GUARDED]
    assert wrong_answers(problem, expected) == []


@pytest.mark.usefixtures("unchanged")
def test_customers_and_ended_sessions_reach_no_operation_of_staff(shop: Shop, colleague: Customer) -> None:
    sessions = Sessions(shop.redis)

    def problems(found: Operation) -> tuple[str | None, str | None]:
        ended = sessions.open(colleague.id, 3600, Access(EVERYTHING))
        sessions.end(colleague.id, ended.hash)
        # Opened last: at the limit of sessions, the next one could end it.
        customer = sessions.open(colleague.id, 3600)
        return _problem_of_access(shop, found, customer.token), _problem_of_access(shop, found, ended.token)

    expected = [
        (found, (None if "customer" in _alternatives(found) else "forbidden", "unauthorized")) for found in GUARDED
    ]
    assert wrong_answers(problems, expected) == []


def test_disabled_accounts_and_their_keys_reach_no_operation(shop: Shop, admin: Customer) -> None:
    member = shop.admin()
    key = shop.ask("POST", "/admin/api-keys", by=member, json={"name": "robot", "scopes": [READ_ORDERS], "days": 1})
    assert shop.ask("GET", "/orders", by=Customer(0, "", "", key.json()["token"])).status_code == 200

    shop.ask("POST", f"/admin/staff/{member.id}/disable", by=admin)

    def problems(found: Operation) -> list[str | None]:
        return [_problem_of_access(shop, found, token) for token in (member.token, key.json()["token"])]

    assert wrong_answers(problems, [(found, ["unauthorized"] * 2) for found in GUARDED]) == []


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("scopes", [frozenset({MODERATE}), KEY_SCOPES], ids=["one", "all"])
def test_api_keys_reach_exactly_the_operations_of_their_scopes(
    shop: Shop, colleague: Customer, scopes: frozenset[Scope]
) -> None:
    token, later = new_token(), datetime.now(UTC) + timedelta(hours=1)
    ApiKeyCache(shop.redis).put(hash_key(token), key_id=1, user_id=colleague.id, scopes=scopes, expires_at=later)

    def problem(found: Operation) -> str | None:
        return _problem_of_access(shop, found, token)

    expected = [(found, None if _alternatives(found) & scopes else "forbidden") for found in GUARDED]
    assert wrong_answers(problem, expected) == []


@pytest.mark.usefixtures("unchanged")
def test_scopes_wait_for_the_second_factor(shop: Shop, colleague: Customer) -> None:
    def problem(found: Operation) -> str | None:
        token = Sessions(shop.redis).open(colleague.id, 3600, Access(EVERYTHING, PENDING)).token
        return _problem_of_access(shop, found, token)

    def is_open(found: Operation) -> bool:
        return bool(_alternatives(found) & {"customer", "staff"}) and found.name not in _FRESH_FOR_ANYBODY

    expected = [(found, None if is_open(found) else "second-factor-required") for found in GUARDED]
    assert wrong_answers(problem, expected) == []


@pytest.mark.usefixtures("unchanged")
def test_refunds_and_changes_of_staff_need_a_fresh_second_factor(shop: Shop, colleague: Customer) -> None:
    """Operations whose description names the problem need it, and all that refund or change staff do."""

    def problem(found: Operation) -> str | None:
        token = Sessions(shop.redis).open(colleague.id, 3600, Access(EVERYTHING, _LONG_PAST)).token
        return _problem_of_access(shop, found, token)

    def needs_it(found: Operation) -> bool:
        required = _alternatives(found)
        return (
            found.name in _FRESH_FOR_ANYBODY
            or REFUND in required
            or (MANAGE_STAFF in required and found.method != "GET")
        )

    expected = [(found, "fresh-second-factor-required" if needs_it(found) else None) for found in GUARDED]
    assert wrong_answers(problem, expected) == []
