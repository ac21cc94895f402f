"""Acceptance: once, by the owner of the address, and only what the inviter may still grant."""

from collections.abc import Callable

import pytest

from microshop.errors import InvalidCredentials, InvalidInput, InvalidLink, TooManyAttempts
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import EVERYTHING, MANAGE_STAFF, READ_ORDERS, REFUND
from microshop.staff.granting import change_roles, disable
from microshop.staff.repository import StaffRepository
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.support import invitation_worker
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.invitations import Invitations
from tests.support.process_race import race
from tests.support.records import count

_OWNER, _PACKER, _ACCOUNTANT = 1, 3, 5
_PACKS, _ACCOUNTS = {"read_orders", "write_orders", "write_stock"}, {"read_orders", "refund"}
_PROCESSES = 4


@pytest.fixture
def shop(database: Database, redis: Redis) -> Invitations:
    return Invitations(database, redis)


def _scopes(shop: Invitations, user_id: int) -> frozenset[str]:
    return StaffRepository(shop.database).scopes_of(user_id)


def test_new_person_gets_an_account_with_the_roles(shop: Invitations) -> None:
    token = shop.invited(shop.owner("ada"), "pat", _PACKER, _ACCOUNTANT)
    rows = AuditRows(shop.database)

    user_id = shop.accept(token, username="Pat")

    account = UserRepository(shop.database).for_login("pat@example.com")
    assert account is not None
    assert (account.user.id, account.user.username) == (user_id, "Pat")
    assert account.user.is_email_verified
    assert account.scopes == _PACKS | _ACCOUNTS
    assert Sessions(shop.redis).count(user_id) == 0  # nobody is signed in
    events = shop.database.rows("SELECT type FROM outbox ORDER BY id")
    assert [event["type"] for event in events] == ["StaffInvited", "UserRegistered"]
    [row] = rows.take()
    assert (row["user_id"], row["action"], row["entity_id"]) == (user_id, "staff.accept_invitation", user_id)
    assert row["changes"]["role_ids"] == [[], [_PACKER, _ACCOUNTANT]]
    assert row["request_id"] == "a-request"


def test_account_gets_the_roles_in_addition_and_its_sessions_end(shop: Invitations) -> None:
    ada, pat = shop.owner("ada"), shop.account("pat")
    uow = StaffUnitOfWork(shop.database, shop.redis)
    change_roles(ada, pat, {_PACKER}, Sessions(shop.redis), uow)
    session, token = Sessions(shop.redis).open(pat, 60), shop.invited(ada, "pat", _ACCOUNTANT)

    assert shop.accept(token) == pat

    assert _scopes(shop, pat) == _PACKS | _ACCOUNTS
    assert Sessions(shop.redis).find(session.token) is None


def test_stranger_who_registered_the_address_gets_no_roles_from_its_owner(shop: Invitations) -> None:
    """Addresses may be registered by others, so the link alone does not give roles to an account."""
    pat = shop.account("pat")
    token = shop.invited(shop.owner("ada"), "pat", _PACKER)

    with pytest.raises(InvalidCredentials):
        shop.accept(token, password="another password of a longer kind")
    with pytest.raises(InvalidInput, match="username: must be left out"):
        shop.accept(token, username="Pat")

    assert _scopes(shop, pat) == frozenset()
    assert shop.accept(token) == pat  # the link still works


def test_guessing_the_password_of_an_account_is_slowed_down(shop: Invitations) -> None:
    shop.account("pat")
    token = shop.invited(shop.owner("ada"), "pat", _PACKER)

    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            shop.accept(token, password="wrong")

    with pytest.raises(TooManyAttempts):
        shop.accept(token)


def test_new_account_needs_a_name_and_a_good_password(shop: Invitations) -> None:
    token = shop.invited(shop.owner("ada"), "pat", _PACKER)

    with pytest.raises(InvalidInput, match="username: is required"):
        shop.accept(token)
    for password in ("short", "password1", "pat@example.com"):
        with pytest.raises(InvalidInput, match="password"):
            shop.accept(token, username="Pat", password=password)

    shop.accept(token, username="Pat")


def test_link_works_once(shop: Invitations) -> None:
    ada = shop.owner("ada")
    invitation_id = shop.invite(ada, "pat", _PACKER)
    first, second = (shop.link(invitation_id, "pat") for _ in range(2))
    shop.accept(first, username="Pat")

    for token in (first, second, shop.link(invitation_id, "pat"), "guessed"):
        with pytest.raises(InvalidLink):
            shop.accept(token)


def test_invitation_of_another_address_is_not_accepted(shop: Invitations) -> None:
    ada = shop.owner("ada")
    shop.account("kim")
    invitation_id = shop.invite(ada, "pat", _PACKER)

    with pytest.raises(InvalidLink):
        shop.accept(shop.link(invitation_id, "kim"))


def test_expired_invitation_is_not_accepted_even_if_its_mail_came_late(shop: Invitations) -> None:
    invitation_id = shop.invite(shop.owner("ada"), "pat", _PACKER)
    shop.database.execute("UPDATE staff_invitations SET expires_at = NOW(6) WHERE id = %(id)s", {"id": invitation_id})

    with pytest.raises(InvalidLink):
        shop.accept(shop.link(invitation_id, "pat"), username="Pat")
    assert count(shop.database, "users") == 1


def _dismiss(shop: Invitations, inviter: int) -> None:
    uow = StaffUnitOfWork(shop.database, shop.redis)
    change_roles(shop.owner("cleo"), inviter, {_PACKER}, Sessions(shop.redis), uow)


def _disable(shop: Invitations, inviter: int) -> None:
    disable(shop.owner("cleo"), inviter, Sessions(shop.redis), StaffUnitOfWork(shop.database, shop.redis))


def _let_the_role_grow(shop: Invitations, _inviter: int) -> None:
    shop.database.execute("INSERT INTO role_scopes VALUES (10, %(scope)s)", {"scope": REFUND})


@pytest.mark.parametrize("change", [_dismiss, _disable, _let_the_role_grow])
def test_roles_are_not_granted_when_the_inviter_may_not_grant_them_any_more(
    shop: Invitations, change: Callable[[Invitations, int], None]
) -> None:
    for role_id, name, scopes in ((9, "hr", (MANAGE_STAFF, READ_ORDERS)), (10, "reader", (READ_ORDERS,))):
        values = {"id": role_id, "name": name}
        shop.database.execute(
            "INSERT INTO roles (id, name, created_at, updated_at) VALUES (%(id)s, %(name)s, NOW(), NOW())", values
        )
        for scope in scopes:
            shop.database.execute("INSERT INTO role_scopes VALUES (%(id)s, %(scope)s)", {"id": role_id, "scope": scope})
    bea, uow = shop.account("bea"), StaffUnitOfWork(shop.database, shop.redis)
    change_roles(shop.owner("ada"), bea, {9}, Sessions(shop.redis), uow)
    token = shop.invited(a_caller(user_id=bea, scopes=frozenset({MANAGE_STAFF})), "pat", 10)

    change(shop, bea)

    with pytest.raises(InvalidLink):
        shop.accept(token, username="Pat")
    assert UserRepository(shop.database).by_email("pat@example.com") is None


def test_disabled_account_is_not_given_roles(shop: Invitations) -> None:
    ada, pat = shop.owner("ada"), shop.account("pat")
    token = shop.invited(ada, "pat", _PACKER)
    disable(ada, pat, Sessions(shop.redis), StaffUnitOfWork(shop.database, shop.redis))

    with pytest.raises(InvalidLink):
        shop.accept(token)
    assert shop.database.rows("SELECT * FROM user_roles WHERE user_id = %(id)s", {"id": pat}) == []


def test_owner_is_an_admin_for_the_previous_release(shop: Invitations) -> None:
    user_id = shop.accept(shop.invited(shop.owner("ada"), "pat", _OWNER), username="Pat")

    user = UserRepository(shop.database).by_id(user_id)
    assert user is not None
    assert (user.role, _scopes(shop, user_id)) == ("admin", EVERYTHING)


@pytest.mark.parametrize("username", ["Pat", None], ids=["new account", "existing account"])
def test_link_works_once_in_a_race_of_processes(
    shop: Invitations, database_url: str, redis_url: str, username: str | None
) -> None:
    if username is None:
        shop.account("pat")
    token = shop.invited(shop.owner("ada"), "pat", _PACKER)

    outcomes = race(invitation_worker, [(token, username or "")] * _PROCESSES, database_url, redis_url)

    assert outcomes.count("int") == 1  # the id of the account
    # InvalidInput: the process has found the link before the commit, and the new account after it.
    assert set(outcomes) <= {"int", "InvalidLink", "InvalidInput"}
    assert count(shop.database, "users") == 2
    [row] = shop.database.rows("SELECT accepted_at IS NOT NULL AS accepted FROM staff_invitations")
    assert row["accepted"]
