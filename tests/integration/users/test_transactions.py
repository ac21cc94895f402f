"""Transactions on accounts and events: the contract of units of work, and races."""

import threading

import pytest

from microshop.caller import CUSTOMER
from microshop.errors import EmailTaken
from microshop.platform.mysql import Database
from microshop.users.events import UserRegistered
from microshop.users.ports import UnitOfWork, Users
from microshop.users.registration import register
from microshop.users.repository import UserRepository
from microshop.users.schemas import RegisterRequest
from microshop.users.unit_of_work import UsersUnitOfWork
from tests.integration.conftest import Connect
from tests.support.fakes import FakeUsers, FakeUsersUnitOfWork
from tests.support.threads import at_once


@pytest.fixture(params=["database", "fake"])
def uow(request: pytest.FixtureRequest) -> UnitOfWork:
    if request.param == "fake":
        return FakeUsersUnitOfWork(FakeUsers())
    return UsersUnitOfWork(request.getfixturevalue("database"))


def _add(users: Users, *, email: str = "ada@example.com") -> int:
    return users.add(email=email, username="Ada", role=CUSTOMER, language="en", password_hash="hash")


def _add_twice(users: Users) -> None:
    _add(users)
    _add(users)


def test_committed_changes_are_kept(uow: UnitOfWork) -> None:
    with uow:
        user_id = _add(uow.users)
        uow.commit()

    assert uow.users.by_id(user_id)


def test_uncommitted_changes_are_rolled_back(uow: UnitOfWork) -> None:
    with uow:
        user_id = _add(uow.users)

    assert uow.users.by_id(user_id) is None


def test_an_error_rolls_the_transaction_back(uow: UnitOfWork) -> None:
    with pytest.raises(EmailTaken), uow:
        _add_twice(uow.users)

    assert uow.users.by_email("ada@example.com") is None


def test_a_unit_of_work_can_be_used_again(uow: UnitOfWork) -> None:
    with uow:
        _add(uow.users, email="first@example.com")
        uow.commit()
    with uow:
        _add(uow.users, email="second@example.com")

    assert uow.users.by_email("first@example.com")
    assert uow.users.by_email("second@example.com") is None


def test_only_committed_events_are_in_the_outbox(database: Database) -> None:
    uow = UsersUnitOfWork(database)

    with uow:
        uow.outbox.add(UserRegistered(user_id=1, language="en"))
    with uow:
        uow.outbox.add(UserRegistered(user_id=2, language="en"))
        uow.commit()

    assert [row["aggregate"] for row in database.rows("SELECT aggregate FROM outbox")] == ["user:2"]


def test_concurrent_registrations_with_one_email_make_one_account(database: Database, connect: Connect) -> None:
    connections = [connect() for _ in range(20)]

    outcomes = at_once(
        20,
        lambda number: register(
            RegisterRequest(username=f"User {number}", email="ada@example.com", password="correct horse"),
            UsersUnitOfWork(connections[number]),
            shop_name="Teahouse",
        ),
    )

    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 19
    [user_id] = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert [row["id"] for row in database.rows("SELECT id FROM users")] == [user_id]
    assert [row["aggregate"] for row in database.rows("SELECT aggregate FROM outbox")] == [f"user:{user_id}"]


def test_reading_the_credentials_version_waits_for_a_change_in_progress(database: Database, connect: Connect) -> None:
    users = UserRepository(database)
    user = users.by_id(_add(users))
    assert user is not None
    changing, reader = UsersUnitOfWork(connect()), UserRepository(connect())
    started, versions = threading.Event(), list[int | None]()

    def read() -> None:
        started.set()
        versions.append(reader.read_credentials_version(user.id))

    with changing:
        changing.users.set_password(user, "second")
        thread = threading.Thread(target=read)
        thread.start()
        started.wait()
        thread.join(0.2)
        waited = thread.is_alive()
        changing.commit()
    thread.join()

    assert waited
    assert versions == [2]


def test_only_one_of_ten_concurrent_password_changes_succeeds(database: Database, connect: Connect) -> None:
    users = UserRepository(database)
    user = users.by_id(_add(users))
    assert user is not None
    stores = [UserRepository(connect()) for _ in range(10)]

    outcomes = at_once(10, lambda number: stores[number].set_password(user, f"hash {number}"))

    assert sorted(map(bool, outcomes)) == [False] * 9 + [True]
