"""An export contains everything about a person and nothing about another one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from microshop.privacy.columns import REDIS_KEYS, TABLES, Fate
from microshop.users.device_repository import Devices
from microshop.users.sessions import Sessions
from tests.support.person_rows import Person, add_person
from tests.support.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis
    from tests.integration.data_exports.conftest import Writer

# Table → the file and the part of it that has its rows.
_PLACES = {
    "users": ("account.json", ""),
    "erasures": ("account.json", "erasure"),
    "addresses": ("addresses.json", ""),
    "second_factors": ("account.json", "second_factor"),
    "orders": ("orders.json", ""),
    "order_lines": ("orders.json", "lines"),
    "order_history": ("orders.json", "history"),
    "order_notes": ("orders.json", "staff_notes"),
    "payments": ("orders.json", "payments"),
    "payment_entries": ("orders.json", "payment_entries"),
    "refunds": ("orders.json", "refunds"),
    "refund_lines": ("orders.json", "refunded_units"),
    "disputes": ("orders.json", "disputes"),
    "mail_links": ("mails.json", "links"),
    "mail_recipients": ("mails.json", "waiting"),
    "staff_invitations": ("invitations.json", ""),
    "api_keys": ("api-keys.json", ""),
    "audit_log": ("audit-log.json", ""),
    "data_exports": ("data-exports.json", ""),
}
_SECRET, _BOOKKEEPING = "a secret", "bookkeeping of the shop, which says nothing about the person"
_OTHER_PERSON = "says which member of staff did something; that belongs to this person"
_OWNER = "is the number of the person, or of the row that it is shown with"
# Columns with personal data that no export has, and why. Some others with text are here, too.
_LEFT_OUT = {
    "users.password_hash": _SECRET,
    "second_factors.user_id": _OWNER,
    "second_factors.sealed_secret": _SECRET,
    "second_factors.last_step": _SECRET,
    "api_keys.user_id": _OWNER,
    "api_keys.key_hash": _SECRET,
    "mail_links.token_hash": _SECRET,
    "mail_links.subject_id": _OWNER,
    "mail_recipients.id": _BOOKKEEPING,
    "staff_invitations.invited_by": _OTHER_PERSON,
    "staff_invitations.user_id": _OWNER,
    "staff_invitations.open_email": "the address again",
    "orders.user_id": _OWNER,
    "erasures.user_id": _OWNER,
    "addresses.user_id": _OWNER,
    "addresses.slot": _BOOKKEEPING,
    "addresses.default_user_id": _BOOKKEEPING,
    "order_lines.order_id": _OWNER,
    "order_history.order_id": _OWNER,
    "order_history.actor_id": _OTHER_PERSON,
    "order_notes.id": _BOOKKEEPING,
    "order_notes.order_id": _OWNER,
    "order_notes.user_id": _OTHER_PERSON,
    "order_notes.key_id": _OTHER_PERSON,
    "payments.order_id": _OWNER,
    "payments.provider_key": "the provider and the reference again",
    "payment_entries.id": _BOOKKEEPING,
    "payment_entries.refund_id": _BOOKKEEPING,
    "refunds.id": _BOOKKEEPING,
    "refunds.order_id": _OWNER,
    "refunds.requested_by": _OTHER_PERSON,
    "refunds.request_key": _OTHER_PERSON,
    "refund_lines.refund_id": "shown as the number of the refund",
    "disputes.id": _BOOKKEEPING,
    "disputes.order_id": _OWNER,
    "audit_log.user_id": _OWNER,
    "data_exports.user_id": _OWNER,
    "data_exports.object_key": _SECRET,
    "data_exports.next_attempt_at": _BOOKKEEPING,
    "data_exports.open_user_id": _BOOKKEEPING,
}
_COPY = "a copy of data in other tables, deleted after some days"
# Tables with personal data that no export has, and why.
_LEFT_OUT_TABLES = {
    "idempotency_keys": _COPY,
    "outbox": _COPY,
    "user_roles": "the account has the names of the roles",
    "recovery_codes": _SECRET,
    "stock_movements": "the stock; what an order or a refund moved is with the order",
}
# Keys of Redis that name a person and that no export has, and why.
_LEFT_OUT_KEYS = {
    "session:*": _SECRET,
    "presence": "says for 15 minutes that the person is there; a session has the time of its last use",
    "login-attempts:*": "hashes of addresses, which name nobody; deleted 90 days after the last login",
    "login-wait:*": "deleted within 15 minutes",
    "mail-attempts:*": "deleted within an hour",
    "mail-wait:*": "deleted within 15 minutes",
    "limit:*": "deleted within minutes",
    "api-key:*": _COPY,
}
_EXPORTED_KEYS = {"sessions-of:*", "session-info:*", "known-devices:*"}

_DISABLED = """
INSERT INTO audit_log (at, user_id, action, entity, entity_id, changes, request_id)
VALUES (UTC_TIMESTAMP(6), %(bea)s, 'staff.disable', 'user', %(ada)s, '{"disabled": [false, true]}', 'of-bea')
"""


@pytest.fixture
def people(database: Database, redis: Redis) -> Iterator[Database]:
    """For people whose orders do not agree with stock and payments: they are deleted before the books are compared."""
    yield database
    database.execute("DELETE FROM data_exports")
    empty(database)


def _part(writer: Writer, person: Person, table: str) -> Any:
    file, part = _PLACES[table]
    found = writer.read(writer.newest(person.user_id), file)
    found = found[0] if isinstance(found, list) else found
    found = found[part] if part else found
    return found[0] if isinstance(found, list) else found


def _exported(writer: Writer, person: Person) -> dict[str, str]:
    writer.request(person.user_id, datetime.now(UTC))
    assert writer.run() == {"ready": 1}
    return writer.files(writer.newest(person.user_id))


def test_every_column_about_a_person_is_exported_or_left_out_with_a_reason(writer: Writer, people: Database) -> None:
    person = add_person(people, "ada")
    _exported(writer, person)

    missing = [
        f"{table}.{column}"
        for table, map_of_columns in TABLES.items()
        for column, fate, _ in map_of_columns.fates()
        if fate is not Fate.NOT_PERSONAL and table not in _LEFT_OUT_TABLES and f"{table}.{column}" not in _LEFT_OUT
        if table not in _PLACES or column.removesuffix("_minor") not in _part(writer, person, table)
    ]

    assert missing == []


def test_every_key_about_a_person_is_exported_or_left_out_with_a_reason() -> None:
    personal = {key for key, fate in REDIS_KEYS.items() if fate != "not personal"}

    assert personal - _EXPORTED_KEYS - _LEFT_OUT_KEYS.keys() == set()


def test_every_marked_value_of_a_person_is_in_their_export(writer: Writer, people: Database) -> None:
    person = add_person(people, "ada")

    text = "".join(_exported(writer, person).values())

    expected = {marker: column for marker, column in person.markers.items() if column not in _LEFT_OUT}
    assert len(expected) > 20
    assert [column for marker, column in expected.items() if marker not in text] == []


def test_nothing_that_is_left_out_is_in_an_export(writer: Writer, people: Database) -> None:
    person = add_person(people, "ada")

    text = "".join(_exported(writer, person).values())

    assert [column for marker, column in person.markers.items() if column in _LEFT_OUT and marker in text] == []


def test_nothing_of_another_person_is_in_an_export(writer: Writer, people: Database) -> None:
    ada, bea = add_person(people, "ada"), add_person(people, "bea")

    text = "".join(_exported(writer, ada).values())

    assert [column for marker, column in bea.markers.items() if marker in text] == []
    assert (str(bea.order_id) in text, "bea" in text) == (False, False)


def test_nothing_that_is_exported_reaches_logs_or_events(
    writer: Writer, people: Database, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ada = add_person(people, "ada")

    _exported(writer, ada)

    published = str(people.rows("SELECT type, aggregate, detail FROM outbox"))
    logged = str([vars(record) for record in caplog.records])
    written = published + capsys.readouterr().out + logged
    assert "DataExportReady" in published
    assert "'export_id'" in logged
    assert "ada" not in written
    assert writer.newest(ada.user_id).object_key not in written


def test_sessions_and_devices_of_a_person_are_exported(writer: Writer, people: Database, redis: Redis) -> None:
    ada, devices = add_person(people, "ada"), Devices(redis)
    session = Sessions(redis).open(ada.user_id, 600)
    devices.record(ada.user_id, session.hash, "Firefox on Linux", 600)
    devices.remember(ada.user_id, "Safari on iPhone")

    files = _exported(writer, ada)

    found = writer.read(writer.newest(ada.user_id), "sessions.json")
    assert [each["device"] for each in found["open_sessions"]] == ["Firefox on Linux"]
    assert [each["device"] for each in found["known_devices"]] == ["Safari on iPhone"]
    assert session.hash not in "".join(files.values())


def test_entries_about_an_account_do_not_say_who_made_them(writer: Writer, people: Database) -> None:
    ada, bea = add_person(people, "ada"), add_person(people, "bea")
    people.execute(_DISABLED, {"ada": ada.user_id, "bea": bea.user_id})

    _exported(writer, ada)

    [entry] = [each for each in writer.read(writer.newest(ada.user_id), "audit-log.json") if not each["by_you"]]
    assert (entry["action"], entry["changes"]) == ("staff.disable", {"disabled": [False, True]})
    assert not {"user_id", "key_id", "request_id"} & entry.keys()


@pytest.mark.parametrize(("language", "beginning"), [("en", "This archive has"), ("zh", "本压缩包")])
def test_export_is_explained_in_the_language_of_the_person(
    writer: Writer, people: Database, language: str, beginning: str
) -> None:
    files = _exported(writer, add_person(people, "ada", language=language))

    assert files["README.txt"].startswith(beginning)
    assert "Teahouse" in files["README.txt"]
    assert [name for name in files if name not in files["README.txt"] and name != "README.txt"] == []
