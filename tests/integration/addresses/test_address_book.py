"""The address book on the real database: its limit, its default, its owner, and changes at the same time."""

import pytest

from microshop.addresses.address import MAX_ADDRESSES
from microshop.caller import Caller
from microshop.errors import Conflict, IdempotencyKeyReused, NotFound, PreconditionRequired, VersionConflict
from microshop.idempotency.key import idempotency_key
from microshop.platform.mysql import Database
from microshop.platform.mysql_errors import ConstraintRefused, DuplicateKey
from microshop.versions import ExpectedVersion
from tests.support import address_worker
from tests.support.address_book import AddressBook, an_address
from tests.support.orders import a_customer
from tests.support.process_race import race
from tests.support.query_cost import ExplainingDatabase
from tests.support.records import count

_INSERT = """
INSERT INTO addresses (user_id, slot, address, is_default, created_at, updated_at)
VALUES (%(user_id)s, %(slot)s, '{}', %(is_default)s, NOW(6), NOW(6))
"""


@pytest.fixture
def ada(database: Database) -> Caller:
    return a_customer(database)


@pytest.fixture
def book(database: Database, ada: Caller) -> AddressBook:
    return AddressBook(ada.user_id, database)


def test_the_only_address_is_the_default_and_others_only_if_asked(book: AddressBook) -> None:
    home, office = book.add(), book.add()
    assert (home.is_default, office.is_default, book.defaults) == (True, False, [home.id])

    parents = book.add(is_default=True)

    assert [each.id for each in book.addresses] == [parents.id, office.id, home.id]
    assert book.defaults == [parents.id]


def test_change_replaces_all_fields_and_keeps_the_default(book: AddressBook) -> None:
    home = book.add(street2="2nd floor")

    changed = book.change(home.id, home.version, street="2 High Street")

    assert changed.address == an_address(street="2 High Street")
    assert (changed.is_default, changed.version) == (True, 2)
    assert book.addresses == [changed]


def test_change_moves_and_ends_the_default(book: AddressBook) -> None:
    _, office = book.add(), book.add()

    book.change(office.id, is_default=True)
    assert book.defaults == [office.id]

    book.change(office.id, is_default=False)
    assert book.defaults == []


def test_change_needs_the_current_version(book: AddressBook) -> None:
    home = book.add()
    book.change(home.id, home.version, street="2 High Street")

    with pytest.raises(VersionConflict):
        book.change(home.id, home.version, street="3 Low Street")
    with pytest.raises(PreconditionRequired):
        ExpectedVersion().require(1)

    assert book.addresses[0].address["street"] == "2 High Street"


def test_deleted_default_leaves_the_account_without_one(book: AddressBook) -> None:
    home, office = book.add(), book.add()

    book.delete(home.id)

    assert [(each.id, each.is_default) for each in book.addresses] == [(office.id, False)]
    with pytest.raises(NotFound):
        book.delete(home.id)


def test_addresses_of_somebody_else_are_not_found(database: Database, book: AddressBook) -> None:
    home, stranger = book.add(), AddressBook(a_customer(database).user_id, database)

    for attempt in (stranger.change, stranger.delete):
        with pytest.raises(NotFound):
            attempt(home.id)

    assert stranger.addresses == []
    assert [(each.id, each.version) for each in book.addresses] == [(home.id, 1)]


def test_account_without_a_free_slot_can_add_after_deleting_one(book: AddressBook) -> None:
    added = [book.add() for _ in range(MAX_ADDRESSES)]
    with pytest.raises(Conflict, match="20 addresses"):
        book.add()

    book.delete(added[7].id)
    book.add()

    assert sorted(each.slot for each in book.addresses) == list(range(1, MAX_ADDRESSES + 1))


def test_repeated_request_adds_once_and_stores_no_address(database: Database, book: AddressBook) -> None:
    key, other = (idempotency_key(book.user_id, ["k"], "POST /api/v1/users/addresses", body) for body in (1, 2))

    first, again = book.add(key=key), book.add(key=key)

    assert first == again
    assert len(book.addresses) == 1
    with pytest.raises(IdempotencyKeyReused):
        book.add(key=other)
    [row] = database.rows("SELECT answer FROM idempotency_keys")
    assert "Main Street" not in row["answer"]


def test_account_that_is_gone_adds_nothing(database: Database) -> None:
    with pytest.raises(NotFound):
        AddressBook(2**62, database).add()

    assert count(database, "addresses") == 0


def test_columns_refuse_a_second_default_and_a_further_slot(database: Database, ada: Caller) -> None:
    database.execute(_INSERT, {"user_id": ada.user_id, "slot": 1, "is_default": True})

    for slot, is_default, error in [(2, True, DuplicateKey), (1, False, DuplicateKey), (21, False, ConstraintRefused)]:
        with pytest.raises(error):
            database.execute(_INSERT, {"user_id": ada.user_id, "slot": slot, "is_default": is_default})


def test_processes_that_add_at_once_stop_at_the_limit(
    database: Database, database_url: str, redis_url: str, book: AddressBook
) -> None:
    for _ in range(MAX_ADDRESSES - 2):
        book.add()

    outcomes = race(address_worker, [("add", book.user_id)] * 4, database_url, redis_url)

    assert sorted(outcomes) == ["AddedAddress", "AddedAddress", "Conflict", "Conflict"]
    assert len(book.addresses) == MAX_ADDRESSES
    assert len(book.defaults) == 1


def test_processes_that_choose_a_default_at_once_leave_one(
    database: Database, database_url: str, redis_url: str, book: AddressBook
) -> None:
    added = [book.add() for _ in range(4)]

    outcomes = race(address_worker, [("default", book.user_id, each.id) for each in added], database_url, redis_url)

    assert outcomes == ["SavedAddress"] * 4
    assert len(book.defaults) == 1


def test_list_reads_the_index_of_the_account(database: Database, book: AddressBook) -> None:
    explaining = ExplainingDatabase(database)

    AddressBook(book.user_id, explaining).addresses  # noqa: B018 - reads them

    assert explaining.keys == {("addresses", "addresses_slot")}
