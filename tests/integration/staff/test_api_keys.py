"""API keys in MySQL and Redis."""

from datetime import UTC, datetime, timedelta

import pytest

from microshop.api_keys.cache import ApiKeyCache
from microshop.caller import CUSTOMER, Caller
from microshop.errors import Forbidden
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import EVERYTHING, READ_ORDERS, REFUND, WRITE_ORDERS, Scope
from microshop.staff.granting import change_roles, disable, enable, set_owner
from microshop.staff.key_managing import CreatedKey, create_key, record_last_uses, restore_keys, revoke_key
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_errors import NotGrantable
from microshop.users.repository import UserRepository
from microshop.users.sessions import Sessions
from tests.integration.conftest import Connect, ConnectRedis
from tests.support.builders import a_caller
from tests.support.threads import at_once

_OWNER, _PACKER, _ACCOUNTANT = 1, 3, 5


def _owner(database: Database, redis: Redis, name: str) -> Caller:
    email = f"{name}@example.com"
    user_id = UserRepository(database).add(
        email=email, username=name, role=CUSTOMER, language="en", password_hash="hash"
    )
    set_owner(email, Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    return a_caller(user_id=user_id, scopes=EVERYTHING)


def _create(database: Database, redis: Redis, by: Caller, *scopes: Scope, seconds: int = 3600) -> CreatedKey:
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    return create_key(by, "export", frozenset(scopes), expires_at, StaffUnitOfWork(database, redis))


def _scopes(redis: Redis, created: CreatedKey) -> set[str] | None:
    caller = ApiKeyCache(redis).find(created.token)
    return None if caller is None else set(caller.scopes)


def test_key_finds_its_owner_and_scopes(database: Database, redis: Redis) -> None:
    ada = _owner(database, redis, "ada")
    created = _create(database, redis, ada, READ_ORDERS, REFUND)

    caller = ApiKeyCache(redis).find(created.token)

    assert caller is not None
    assert (caller.user_id, caller.key_id) == (ada.user_id, created.key.id)
    assert caller.scopes == {READ_ORDERS, REFUND}
    assert not caller.withheld
    assert ApiKeyCache(redis).find(created.token[:-1] + "!") is None


def test_key_expires(database: Database, redis: Redis) -> None:
    created = _create(database, redis, _owner(database, redis, "ada"), READ_ORDERS, seconds=1)

    assert _scopes(redis, created) is None  # less than a second is left
    restore_keys(StaffUnitOfWork(database, redis))
    assert _scopes(redis, created) is None


def test_key_never_does_more_than_its_owner(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _owner(database, redis, "bea")
    created, uow = _create(database, redis, bea, WRITE_ORDERS, REFUND), StaffUnitOfWork(database, redis)
    seen = []

    for role_ids in ({_PACKER}, {_ACCOUNTANT}, {2}, {_PACKER, _ACCOUNTANT}):
        change_roles(ada, bea.user_id, role_ids, Sessions(redis), uow)
        seen.append(_scopes(redis, created))
    disable(ada, bea.user_id, Sessions(redis), uow)
    seen.append(_scopes(redis, created))
    enable(ada, bea.user_id, uow)
    seen.append(_scopes(redis, created))

    both = {WRITE_ORDERS, REFUND}
    assert seen == [{WRITE_ORDERS}, {REFUND}, both, both, None, both]


def test_nobody_gives_a_key_what_they_lack(database: Database, redis: Redis) -> None:
    ada, bea = _owner(database, redis, "ada"), _owner(database, redis, "bea")
    uow = StaffUnitOfWork(database, redis)
    database.execute("INSERT INTO roles (id, name, created_at, updated_at) VALUES (9, 'hr', NOW(6), NOW(6))")
    database.execute("INSERT INTO role_scopes VALUES (9, 'manage_staff'), (9, 'read_orders')")
    change_roles(ada, bea.user_id, {9}, Sessions(redis), uow)

    with pytest.raises(NotGrantable):
        _create(database, redis, bea, REFUND)
    assert _scopes(redis, _create(database, redis, bea, READ_ORDERS)) == {READ_ORDERS}
    change_roles(ada, bea.user_id, {_PACKER}, Sessions(redis), uow)
    with pytest.raises(Forbidden):
        _create(database, redis, bea, READ_ORDERS)


def test_keys_are_restored_after_redis_lost_them(database: Database, redis: Redis) -> None:
    ada, uow = _owner(database, redis, "ada"), StaffUnitOfWork(database, redis)
    kept, revoked = (_create(database, redis, ada, READ_ORDERS) for _ in range(2))
    revoke_key(ada, revoked.key.id, uow)
    redis.command("FLUSHDB")

    restore_keys(uow)

    assert (_scopes(redis, kept), _scopes(redis, revoked)) == ({READ_ORDERS}, None)


def test_key_that_is_revoked_during_a_restoration_stays_revoked(
    database: Database, redis: Redis, connect: Connect, connect_redis: ConnectRedis
) -> None:
    ada = _owner(database, redis, "ada")
    units = [StaffUnitOfWork(connect(), connect_redis()) for _ in range(2)]

    for _ in range(20):
        created = _create(database, redis, ada, READ_ORDERS)
        key_id = created.key.id
        at_once(
            2,
            lambda number, key_id=key_id: (  # type: ignore[misc]
                revoke_key(ada, key_id, units[0]) if number == 0 else restore_keys(units[1])
            ),
        )
        assert _scopes(redis, created) is None


def test_last_use_is_recorded_by_day(database: Database, redis: Redis) -> None:
    uow = StaffUnitOfWork(database, redis)
    created = _create(database, redis, _owner(database, redis, "ada"), READ_ORDERS)
    ApiKeyCache(redis).find(created.token)

    assert record_last_uses(uow) == 1
    assert record_last_uses(uow) == 0

    [key] = uow.api_keys.newest()
    assert key.last_used_on == datetime.now(UTC).date()


def test_key_cannot_manage_staff(database: Database, redis: Redis) -> None:
    created = _create(database, redis, _owner(database, redis, "ada"), READ_ORDERS)

    with pytest.raises(Exception, match="api_key_scopes_of_keys"):
        database.execute(
            "INSERT INTO api_key_scopes (key_id, scope) VALUES (%(id)s, 'manage_staff')", {"id": created.key.id}
        )


def test_changes_of_keys_are_in_the_audit_log(database: Database, redis: Redis) -> None:
    ada = _owner(database, redis, "ada")
    created = _create(database, redis, ada, READ_ORDERS)
    for _ in range(2):
        revoke_key(ada, created.key.id, StaffUnitOfWork(database, redis))

    rows = database.rows(
        "SELECT action FROM audit_log WHERE entity = 'api_key' AND user_id = %(user)s AND entity_id = %(id)s",
        {"user": ada.user_id, "id": created.key.id},
    )
    assert [row["action"] for row in rows] == ["api_key.create", "api_key.revoke"]
