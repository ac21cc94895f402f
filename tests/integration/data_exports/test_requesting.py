"""Requests for an export: who may ask, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from microshop.data_exports.requesting import request_data_export
from microshop.data_exports.schemas import RequestDataExportRequest
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.errors import NotFound, TooManyAttempts, WrongPassword
from microshop.platform.mysql_errors import DuplicateKey
from microshop.users.login_attempts import CallerAttempts
from tests.support import data_export_worker
from tests.support.account_owner import OLD_PASSWORD, Owner
from tests.support.process_race import race

if TYPE_CHECKING:
    from microshop.data_exports.data_export import DataExport
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis

_PROCESSES = 4


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def _ask(owner: Owner, password: str = OLD_PASSWORD) -> DataExport:
    return request_data_export(
        owner.logged_in(),
        RequestDataExportRequest(current_password=password),
        attempts=CallerAttempts(owner.redis),
        uow=DataExportsUnitOfWork(owner.database),
    )


def _exports(owner: Owner) -> list[str]:
    return [row["state"] for row in owner.database.rows("SELECT state FROM data_exports ORDER BY id")]


def _change(owner: Owner, changes: str) -> None:
    owner.database.execute(f"UPDATE data_exports SET {changes}")  # noqa: S608 - a constant of this file


_READY = """
state = 'ready', next_attempt_at = NULL, ready_at = UTC_TIMESTAMP(6), expires_at = UTC_TIMESTAMP(6) + INTERVAL 7 DAY
"""


def test_wrong_password_asks_for_nothing(ada: Owner) -> None:
    with pytest.raises(WrongPassword):
        _ask(ada, "wrong horse battery")

    assert _exports(ada) == []


def test_wrong_passwords_must_wait(ada: Owner) -> None:
    caller, outcomes = ada.logged_in(), []
    for _ in range(7):
        try:
            request_data_export(
                caller,
                RequestDataExportRequest(current_password="wrong horse battery"),
                attempts=CallerAttempts(ada.redis),
                uow=DataExportsUnitOfWork(ada.database),
            )
        except (WrongPassword, TooManyAttempts) as refused:
            outcomes.append(type(refused))

    assert outcomes[-1] is TooManyAttempts


def test_second_request_returns_the_open_export(ada: Owner) -> None:
    assert _ask(ada) == _ask(ada)
    assert _exports(ada) == ["requested"]


def test_request_within_a_day_returns_the_ready_export(ada: Owner) -> None:
    first = _ask(ada)
    _change(ada, _READY)

    second = _ask(ada)

    assert (second.id, second.state) == (first.id, "ready")


def test_next_export_may_be_asked_for_after_a_day(ada: Owner) -> None:
    _ask(ada)
    _change(ada, f"{_READY}, requested_at = requested_at - INTERVAL 1 DAY")

    _ask(ada)

    assert _exports(ada) == ["ready", "requested"]


def test_failed_export_may_be_asked_for_again_at_once(ada: Owner) -> None:
    _ask(ada)
    _change(ada, "state = 'failed', next_attempt_at = NULL")

    _ask(ada)

    assert _exports(ada) == ["failed", "requested"]


def test_disabled_account_gets_no_export(ada: Owner) -> None:
    caller = ada.logged_in()
    ada.disable()

    with pytest.raises(NotFound):
        request_data_export(
            caller,
            RequestDataExportRequest(current_password=OLD_PASSWORD),
            attempts=CallerAttempts(ada.redis),
            uow=DataExportsUnitOfWork(ada.database),
        )


def test_exports_of_others_do_not_count(ada: Owner) -> None:
    _ask(Owner.registered(ada.database, ada.redis, "bea"))

    _ask(ada)

    assert _exports(ada) == ["requested", "requested"]


def test_requests_at_the_same_time_make_one_export(ada: Owner, database_url: str, redis_url: str) -> None:
    session = ada.logged_in().session

    outcomes = race(data_export_worker, [(ada.user_id, session)] * _PROCESSES, database_url, redis_url)

    assert (outcomes, _exports(ada)) == (["DataExport"] * _PROCESSES, ["requested"])


def test_database_refuses_a_second_open_export(ada: Owner) -> None:
    exports, now = DataExportsUnitOfWork(ada.database).exports, datetime.now(UTC)
    exports.add(ada.user_id, now)

    with pytest.raises(DuplicateKey):
        exports.add(ada.user_id, now + timedelta(days=2))
