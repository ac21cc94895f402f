"""Asking for the erasure of an account over HTTP; Shop.ask checks each answer."""

from datetime import UTC, datetime, timedelta

from tests.support.answers import refusal
from tests.support.shop import Customer, Shop


def _asked(shop: Shop, by: Customer, password: str | None = None) -> object:
    answer = shop.ask("POST", "/users/erasure", by=by, json={"current_password": password or by.password})
    return answer.json()["due_at"] if answer.status_code == 202 else refusal(answer)


def _due_at(shop: Shop, customer: Customer) -> object:
    return shop.ask("GET", "/users/profile", by=customer).json()["erasure_due_at"]


def test_profile_shows_when_the_account_will_be_erased(shop: Shop, customer: Customer) -> None:
    assert _due_at(shop, customer) is None

    due_at = _asked(shop, customer)

    assert _due_at(shop, customer) == due_at
    assert timedelta(days=13) < datetime.fromisoformat(str(due_at)) - datetime.now(UTC) < timedelta(days=15)


def test_asking_again_returns_the_same_time(shop: Shop, customer: Customer) -> None:
    assert _asked(shop, customer) == _asked(shop, customer)


def test_login_in_the_grace_period_works_and_can_cancel(shop: Shop, customer: Customer) -> None:
    _asked(shop, customer)
    credentials = {"email": customer.email, "password": customer.password}

    login = shop.ask("POST", "/users/login", json=credentials).json()
    answers = [shop.ask("DELETE", "/users/erasure", by=customer) for _ in range(2)]

    assert login["user"]["erasure_due_at"] is not None
    assert (answers[0].status_code, refusal(answers[1])) == (204, (404, "not-found"))
    assert _due_at(shop, customer) is None


def test_wrong_password_asks_for_nothing(shop: Shop, customer: Customer) -> None:
    assert _asked(shop, customer, "wrong horse battery") == (403, "wrong-password")
    assert _due_at(shop, customer) is None


def test_member_of_staff_must_leave_the_staff_first(shop: Shop) -> None:
    owner = shop.admin()

    assert _asked(shop, owner) == (409, "still-staff")
    assert _due_at(shop, owner) is None
