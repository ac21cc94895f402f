"""After a restore, tombstones erase again everybody who was erased before."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from microshop.platform import settings
from microshop.platform.mysql import Database
from microshop.privacy.columns import TABLES
from microshop.privacy.tombstones import Tombstones
from tests.integration.privacy.conftest import ErasingFunctions
from tests.support.marked_person import MarkedPerson
from tests.support.servers import DatabaseUrls

_DUE = datetime.now(UTC) - timedelta(minutes=1)


class Dump:
    """All rows of the shop, as a snapshot of the database has them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = {name: database.rows(f"SELECT * FROM {name}") for name in TABLES}  # noqa: S608 - names of the map
        generated = database.rows(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND extra LIKE '%%GENERATED%%'",
            {},
        )
        self._generated = {(row["t"], row["c"]) for row in generated}

    def restore(self) -> None:
        """Make the database what it was."""
        self._database.execute("SET foreign_key_checks = 0")
        for name, rows in self._rows.items():
            self._database.execute(f"DELETE FROM {name}")  # noqa: S608 - names of the map
            for row in rows:
                columns = [column for column in row if (name, column) not in self._generated]
                values = ", ".join(f"%({column})s" for column in columns)
                self._database.execute(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values})", row)  # noqa: S608
        self._database.execute("SET foreign_key_checks = 1")


@pytest.fixture
def dump(person: MarkedPerson, database_urls: DatabaseUrls) -> Iterator[Dump]:
    person.ask(_DUE)
    # The user of migrations may delete rows of every table.
    with closing(Database(settings.database_address(database_urls.migrations))) as connection:
        yield Dump(connection)


def test_replay_erases_everybody_again_in_a_restored_database(
    person: MarkedPerson, dump: Dump, functions: ErasingFunctions
) -> None:
    functions.run()
    dump.restore()
    restored = person.found_in()

    replayed = [functions.replay() for _ in range(2)]

    assert restored != []
    assert replayed == [{"tombstones": 1, "erased": erased, "complete": True} for erased in (1, 0)]
    assert (person.found_in(), person.state()) == ([], "erased")


def test_replay_erases_also_what_was_open_at_the_moment_of_the_snapshot(
    person: MarkedPerson, dump: Dump, functions: ErasingFunctions
) -> None:
    functions.run()
    dump.restore()
    person.database.execute("INSERT INTO user_roles (user_id, role_id) VALUES (%s, 3)", (person.user_id,))
    person.database.execute("DELETE FROM erasures")
    person.database.execute("UPDATE orders SET dispute_status = 'open'")

    functions.replay()

    assert person.found_in() == []
    assert person.database.rows("SELECT * FROM user_roles WHERE user_id = %s", (person.user_id,)) == []
    person.database.execute("UPDATE orders SET dispute_status = NULL")


def test_replay_sends_no_second_mail(person: MarkedPerson, dump: Dump, functions: ErasingFunctions) -> None:
    functions.run()
    dump.restore()

    functions.replay()

    assert person.database.rows("SELECT * FROM mail_recipients") == []
    event = person.database.rows("SELECT detail FROM outbox ORDER BY id")[-1]
    assert '"recipient_id":null' in event["detail"].replace(" ", "")


@pytest.mark.usefixtures("dump")
def test_account_that_got_the_number_of_an_erased_one_is_kept(
    person: MarkedPerson, functions: ErasingFunctions, tombstones: Tombstones
) -> None:
    tombstones.add(person.user_id, datetime.now(UTC) - timedelta(days=1))

    assert functions.replay()["erased"] == 0
    assert (person.owner.account.email, person.state()) == (person.email, "asked")


def test_replay_ignores_accounts_that_the_database_does_not_have(
    database: Database, functions: ErasingFunctions, tombstones: Tombstones
) -> None:
    tombstones.add(999_999, datetime.now(UTC))

    assert functions.replay() == {"tombstones": 1, "erased": 0, "complete": True}
    assert database.rows("SELECT * FROM erasures") == []
