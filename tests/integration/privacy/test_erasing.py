"""Erasing accounts that are due: what goes, what stays, and what happens when a run is interrupted."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from microshop.errors import InvalidCredentials, Unavailable
from microshop.platform.mysql import Database
from microshop.privacy.columns import ERASED_EMAIL, TABLES
from microshop.privacy.erasing_repository import ErasingRepository
from microshop.privacy.tombstones import Tombstones
from microshop.read_only import ReadOnlySwitch
from microshop.users.device_repository import Devices
from tests.integration.privacy.conftest import ErasingFunctions
from tests.support.account_owner import Owner
from tests.support.marked_person import MarkedPerson
from tests.support.payments import Till

_DUE = datetime.now(UTC) - timedelta(minutes=1)
_ERASED, _WAITING, _FAILED, _NOTHING = (
    {"erased": erased, "waiting": waiting, "failed": failed}
    for erased, waiting, failed in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0))
)


def _order(person: MarkedPerson) -> Mapping[str, Any]:
    row = person.database.row("SELECT * FROM orders WHERE id = %(id)s", {"id": person.order_id})
    assert row is not None
    return row


def _contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {name: database.rows(f"SELECT * FROM {name}") for name in TABLES if name != "leases"}  # noqa: S608


def test_person_of_these_tests_has_data_in_every_column_that_is_erased(person: MarkedPerson) -> None:
    erased = {f"{name}.{column}" for name, table in TABLES.items() for column in table.erased.split()}
    found = set(person.found_in())

    assert erased - found == {"users.email_verified_at"}
    assert {each.partition(".")[0] for each in found} >= {
        name for name, table in TABLES.items() if table.deleted and name != "user_roles"
    }


def test_erasing_leaves_nothing_of_the_person(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(_DUE)

    assert functions.run() == _ERASED

    recipients = person.database.rows("SELECT email FROM mail_recipients")
    assert [row["email"] for row in recipients] == [person.email]  # of the last mail, which deletes it
    person.database.execute("DELETE FROM mail_recipients")
    assert (person.found_in(), person.state()) == ([], "erased")


def test_erasing_keeps_amounts_products_and_where_the_tax_is_due(
    person: MarkedPerson, functions: ErasingFunctions
) -> None:
    before = _order(person)
    person.ask(_DUE)

    functions.run()

    after = _order(person)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"address", "tracking_number"}
    assert json.loads(after["address"]) == {
        "recipient": "erased",
        "street": "erased",
        "country": "US",
        "region": "IL",
    }
    lines = person.database.rows("SELECT sku, quantity FROM order_lines")
    assert [line["quantity"] for line in lines] == [1]


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ('"zq7 Street 1, Springfield"', "erased"),
        (
            '{"recipient": "zq7", "street": "zq7", "country": "SG"}',
            {"recipient": "erased", "street": "erased", "country": "SG"},
        ),
    ],
)
def test_erasing_replaces_every_form_of_address(
    person: MarkedPerson, functions: ErasingFunctions, address: str, left: object
) -> None:
    person.database.execute("UPDATE orders SET address = %(address)s", {"address": address})
    person.ask(_DUE)

    functions.run()

    assert json.loads(_order(person)["address"]) == left


def test_erasing_changes_nothing_of_anybody_else(
    person: MarkedPerson, functions: ErasingFunctions, till: Till, kettle: int
) -> None:
    till.place_and_pay((kettle, 1))
    other = {"id": till.customer.user_id}
    queries = (
        "SELECT * FROM users WHERE id = %(id)s",
        "SELECT * FROM orders WHERE user_id = %(id)s",
        "SELECT h.* FROM order_history h JOIN orders o ON o.id = h.order_id WHERE o.user_id = %(id)s",
        "SELECT p.* FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.user_id = %(id)s",
        "SELECT * FROM outbox WHERE type <> 'AccountErased'",
    )
    before = [person.database.rows(query, other) for query in queries]
    person.ask(_DUE)

    functions.run()

    assert [person.database.rows(query, other) for query in queries] == before


def test_erasing_ends_sessions_forgets_devices_and_frees_the_address(
    person: MarkedPerson, functions: ErasingFunctions
) -> None:
    owner, email = person.owner, person.email
    session = owner.logged_in().session
    devices = Devices(person.redis)
    devices.record(person.user_id, session, "Firefox on zq7", 600)
    devices.remember(person.user_id, "Firefox on zq7")
    person.ask(_DUE)

    functions.run()

    assert owner.account.email == ERASED_EMAIL.format(user_id=person.user_id)
    assert (owner.sessions.count(person.user_id), devices.sessions(person.user_id)) == (0, [])
    _, keys = cast("tuple[bytes, list[bytes]]", person.redis.command("SCAN", 0, "COUNT", 10_000))
    # Of the login: hashes, which expire (privacy/columns.py).
    assert {key for key in keys if not key.startswith(b"login-attempts:")} <= {b"presence"}
    newcomer = Owner.registered(person.database, person.redis, email.partition("@")[0])
    assert newcomer.user_id != person.user_id
    newcomer.logged_in()


def test_owner_of_an_erased_account_cannot_log_in(person: MarkedPerson, functions: ErasingFunctions) -> None:
    version = person.owner.account.credentials_version
    person.ask(_DUE)
    functions.run()

    with pytest.raises(InvalidCredentials):
        person.owner.logged_in(email=person.email)
    assert person.owner.account.credentials_version == version + 1  # a login in progress gets no session


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET status = 'shipped', payment_status = 'paid', refunded_minor = 0",
        "UPDATE orders SET dispute_status = 'open'",
        "UPDATE refunds SET state = 'pending'",
        "UPDATE orders SET status = 'cancelled', payment_status = 'review'",
        "UPDATE payments SET state = 'stray', refunded_minor = 0",
        "UPDATE orders SET status = 'returned', payment_status = 'paid', refunded_minor = 0",
    ],
)
def test_erasing_waits_while_something_is_open(person: MarkedPerson, functions: ErasingFunctions, change: str) -> None:
    before = {table: person.database.rows(f"SELECT * FROM {table}") for table in ("orders", "refunds", "payments")}  # noqa: S608
    person.ask(_DUE)
    person.database.execute(change)

    outcome = functions.run()

    assert (outcome, person.state()) == (_WAITING, "asked")
    assert person.owner.account.email == person.email
    _write_back(person.database, before)
    assert functions.run() == _ERASED


def _write_back(database: Database, before: Mapping[str, list[dict[str, Any]]]) -> None:
    for table, rows in before.items():
        for row in rows:
            columns = [name for name in row if name not in ("id", "live_order_id", "provider_key")]
            assignments = ", ".join(f"{name} = %({name})s" for name in columns)
            database.execute(f"UPDATE {table} SET {assignments} WHERE id = %(id)s", row)  # noqa: S608


def test_erasing_waits_while_the_account_is_one_of_the_staff(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(_DUE)
    person.database.execute("INSERT INTO user_roles (user_id, role_id) VALUES (%s, 3)", (person.user_id,))

    assert functions.run() == _WAITING


def test_nothing_is_erased_in_the_grace_period(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(datetime.now(UTC) + timedelta(days=1))

    assert (functions.run(), person.state()) == (_NOTHING, "asked")


def test_nothing_is_erased_while_the_shop_is_read_only(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(_DUE)
    ReadOnlySwitch(person.redis).turn_on("maintenance", "ops")

    assert (functions.run(), person.state()) == (_NOTHING, "asked")


def test_repeated_runs_change_nothing(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(_DUE)
    functions.run()
    before = _contents(person.database)

    assert functions.run() == _NOTHING
    assert _contents(person.database) == before


def test_nothing_is_erased_before_its_tombstone_is_written(
    person: MarkedPerson, functions: ErasingFunctions, tombstones: Tombstones, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Unavailable("storage", "timeout")

    person.ask(_DUE)
    with monkeypatch.context() as patched:
        patched.setattr(Tombstones, "add", fail)
        assert functions.run() == _FAILED

    assert (person.owner.account.email, person.state()) == (person.email, "erasing")
    assert functions.run() == _ERASED
    assert list(tombstones.pages()) == [[person.user_id]]


def test_run_that_ends_within_the_transaction_is_continued(
    person: MarkedPerson, functions: ErasingFunctions, tombstones: Tombstones, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    person.ask(_DUE)
    with monkeypatch.context() as patched:
        patched.setattr(ErasingRepository, "revoke_keys", fail)
        assert functions.run() == _FAILED

    assert (person.owner.account.email, list(tombstones.pages())) == (person.email, [[person.user_id]])
    assert functions.run() == _ERASED


def test_run_stops_before_its_timeout(person: MarkedPerson, functions: ErasingFunctions) -> None:
    person.ask(_DUE)

    assert functions.run(milliseconds_left=20_000) == _NOTHING


def test_event_and_log_of_an_erasure_name_nobody(
    person: MarkedPerson, functions: ErasingFunctions, capsys: pytest.CaptureFixture[str]
) -> None:
    person.ask(_DUE)

    functions.run()

    event = person.database.rows("SELECT type, detail FROM outbox ORDER BY id")[-1]
    assert event["type"] == "AccountErased"
    assert "zq7" not in event["detail"]
    assert "zq7" not in capsys.readouterr().out
