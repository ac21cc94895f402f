"""Searches of customers on the real database: what they find, their indexes, and the rows that they read."""

import pytest

from microshop.caller import CUSTOMER
from microshop.customers.customer import RECENT_ORDERS, CustomerSearch
from microshop.customers.paging import Position
from microshop.customers.queries import CustomerQueries
from microshop.platform.mysql import Database
from microshop.users.repository import UserRepository
from tests.support.orders import a_customer, placed_order_id
from tests.support.query_cost import ExplainingDatabase, rows_read

_MANY = """
INSERT INTO users (email, username, role, language, password_hash, credentials_version, created_at, updated_at)
SELECT CONCAT('user', LPAD(seq.number, 4, '0'), '@example.com'), CONCAT('User ', LPAD(seq.number DIV 4, 4, '0')),
       'customer', 'en', 'hash', 1, NOW(6), NOW(6)
FROM (
    SELECT a.n + 10 * b.n + 100 * c.n AS number
    FROM (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5
          UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) a
    CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
                UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) b
    CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) c
) seq
ORDER BY seq.number
"""
_PAGE = 11


@pytest.fixture
def many(database: Database) -> Database:
    """400 accounts, four of each name."""
    database.execute(_MANY)
    database.rows("ANALYZE TABLE users")
    return database


def _add(database: Database, email: str, username: str) -> int:
    return UserRepository(database).add(
        email=email, username=username, role=CUSTOMER, language="en", password_hash="hash"
    )


def test_characters_of_patterns_are_searched_as_they_are(database: Database) -> None:
    ids = {
        name: _add(database, f"{name}@example.com", username)
        for name, username in [("a_b", "100% Ada"), ("axb", "100 Ada"), ("b", "Ada\\Bea")]
    }
    queries = CustomerQueries(database)

    found = [
        [each.id for each in queries.page(search, None, _PAGE)]
        for search in (
            CustomerSearch(email="a_"),
            CustomerSearch(email="%"),
            CustomerSearch(username="100%"),
            CustomerSearch(username="ada\\b"),
        )
    ]

    assert found == [[ids["a_b"]], [], [ids["a_b"]], [ids["b"]]]


@pytest.mark.parametrize(
    ("search", "index"),
    [
        (CustomerSearch(), "PRIMARY"),
        (CustomerSearch(id=5), "PRIMARY"),
        (CustomerSearch(email="user"), "users_email"),
        (CustomerSearch(username="user"), "users_by_username"),
    ],
)
def test_each_search_uses_its_index_without_sorting(many: Database, search: CustomerSearch, index: str) -> None:
    for after in (None, Position("User 0050", 100)):
        explaining = ExplainingDatabase(many)
        CustomerQueries(explaining).page(search, after, _PAGE)

        assert explaining.keys <= {("users", index), (None, None)}
        assert "filesort" not in str(explaining.plan)


def test_search_reads_a_page_however_many_accounts_match(many: Database) -> None:
    queries = CustomerQueries(many)
    last = queries.page(CustomerSearch(username="User 0090"), None, 1)[0]
    positions = {
        CustomerSearch(): Position("", last.id),
        CustomerSearch(email="user"): Position(last.email, last.id),
        CustomerSearch(username="user"): Position(last.username, last.id),
    }

    read = [
        rows_read(many, lambda search=search, after=after: queries.page(search, after, _PAGE))  # type: ignore[misc]
        for search, position in positions.items()
        for after in (None, position)
    ]

    # A page, a look beyond it, and the beginnings of two ranges.
    assert max(read) <= _PAGE + 4


def test_pages_repeat_and_skip_nobody_of_one_name(many: Database) -> None:
    queries, search = CustomerQueries(many), CustomerSearch(username="user 00")
    everybody = [each.id for each in queries.page(search, None, 1000)]
    paged, after = list[int](), None
    while page := queries.page(search, after, 3):
        paged += [each.id for each in page]
        after = Position(page[-1].username, page[-1].id)

    assert paged == everybody
    assert len(set(paged)) == 400


def test_orders_of_a_customer_are_the_newest(database: Database) -> None:
    ada, bob = a_customer(database), a_customer(database)
    placed = [placed_order_id(database, ada) for _ in range(RECENT_ORDERS + 1)]
    placed_order_id(database, bob)

    recent = CustomerQueries(database).recent_orders(ada.user_id)

    assert [order.id for order in recent.orders] == sorted(placed, reverse=True)[:RECENT_ORDERS]
    assert recent.notes == []
