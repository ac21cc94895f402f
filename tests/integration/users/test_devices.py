"""Devices of sessions in a real Redis, and the mail about a new one."""

import pytest

from microshop.caller import CUSTOMER
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.access import PENDING, Access
from microshop.users.device_repository import Devices
from microshop.users.login import Login
from microshop.users.repository import UserRepository
from microshop.users.session_managing import record_device
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from tests.support.records import event_types

_LIFETIME = 600


@pytest.fixture
def user_id(database: Database) -> int:
    return UserRepository(database).add(
        email="ada@example.com", username="Ada", role=CUSTOMER, language="en", password_hash="hash"
    )


def _log_in(database: Database, redis: Redis, user_id: int, device: str) -> str:
    user, session = UserRepository(database).by_id(user_id), Sessions(redis).open(user_id, _LIFETIME)
    assert user is not None
    record_device(Login(user, session, Access()), device, Devices(redis), UsersUnitOfWork(database))
    return session.hash


def test_only_a_further_device_is_announced_and_only_once(database: Database, redis: Redis, user_id: int) -> None:
    announced = []
    for device in ("Firefox on Linux", "Firefox on Linux", "curl", "Firefox on Linux", "curl"):
        _log_in(database, redis, user_id, device)
        announced.append(event_types(database).total())

    assert announced == [0, 0, 1, 1, 1]
    assert set(event_types(database)) == {"NewDeviceLoggedIn"}


def test_account_remembers_its_fifty_latest_devices(database: Database, redis: Redis, user_id: int) -> None:
    devices = Devices(redis)
    redis.command("ZADD", f"known-devices:{user_id}", 1, "the oldest")
    for number in range(49):
        devices.remember(user_id, f"device {number}")
    assert not devices.record(user_id, "hash", "the oldest", _LIFETIME)

    devices.remember(user_id, "device 49")

    assert devices.record(user_id, "hash", "the oldest", _LIFETIME)
    assert not devices.record(user_id, "hash", "device 0", _LIFETIME)


def test_session_keeps_its_device_after_the_second_factor(database: Database, redis: Redis, user_id: int) -> None:
    _log_in(database, redis, user_id, "curl")
    [before] = Devices(redis).sessions(user_id)

    replaced = Sessions(redis).replace(user_id, before.hash, Access(frozenset(), PENDING))

    [after] = Devices(redis).sessions(user_id)
    assert (after.hash, after.device, after.opened_at) == (replaced.hash, "curl", before.opened_at)


def test_session_without_information_is_listed(redis: Redis, user_id: int) -> None:
    Sessions(redis).open(user_id, _LIFETIME)  # by the previous release

    [found] = Devices(redis).sessions(user_id)

    assert (found.device, found.opened_at) == ("unknown device", None)
    assert found.expires_at - found.last_seen_at <= _LIFETIME
