"""The tables of the search index agree, whatever changes it."""

from microshop.platform.mysql import Database
from microshop.search.index_repository import IndexedText, SearchIndexRepository
from microshop.search.queries import SearchQueries
from microshop.search.result import SearchPosition
from tests.support import search_worker
from tests.support.process_race import race
from tests.support.query_cost import rows_read
from tests.support.search_index import add_listings, found, put, put_texts, set_in_stock, wrong_rows
from tests.support.search_worker import LISTING_IDS, change_at_random
from tests.support.tables import row_counts


def test_random_changes_leave_tables_that_agree(database: Database) -> None:
    for seed in range(20):
        change_at_random(database, seed, 10)

        assert wrong_rows(database) == {}, seed


def test_concurrent_changes_leave_tables_that_agree(database: Database, database_url: str, redis_url: str) -> None:
    add_listings(database, LISTING_IDS)

    outcomes = race(search_worker, [(seed, 60) for seed in range(4)], database_url, redis_url)

    assert outcomes == ["NoneType"] * 4
    assert wrong_rows(database) == {}


def test_a_removed_listing_leaves_nothing_behind(database: Database) -> None:
    put(database, 1, "Keyboard, 手机壳", "COF-001")
    SearchIndexRepository(database).remove(1)

    tables = {table: count for table, count in row_counts(database).items() if count and table.startswith("search_")}
    assert tables == {}


def test_an_unchanged_listing_writes_nothing(database: Database) -> None:
    texts = {"en": IndexedText("Keyboard", ["COF-001"]), "zh": IndexedText("键盘", [])}
    put_texts(database, 1, texts, in_stock=True)

    before = _writes(database)
    put_texts(database, 1, texts, in_stock=True)

    assert _writes(database) == before


def _writes(database: Database) -> dict[str, int]:
    rows = database.rows("SHOW SESSION STATUS LIKE 'Handler_%'")
    kinds = ("Handler_update", "Handler_delete")  # reading the status writes rows itself
    return {row["Variable_name"]: int(row["Value"]) for row in rows if row["Variable_name"] in kinds}


def test_a_sold_out_listing_keeps_its_words_and_loses_its_rank(database: Database) -> None:
    put(database, 1, "Keyboard", "for typing")
    put(database, 2, "Keyboard", "for typing")

    set_in_stock(database, 2, in_stock=False)

    assert [found(database, text) for text in ("keyboard", "typing")] == [[1, 2], [1, 2]]
    assert wrong_rows(database) == {}
    set_in_stock(database, 2, in_stock=True)
    assert found(database, "keyboard") == [2, 1]
    set_in_stock(database, 3, in_stock=True)
    assert wrong_rows(database) == {}


def test_the_index_of_each_language_has_its_own_texts(database: Database) -> None:
    put_texts(database, 1, {"en": IndexedText("Kettle", []), "zh": IndexedText("水壶 Kettle2", [])}, in_stock=True)

    assert [found(database, "水壶", language) for language in ("en", "zh")] == [[], [1]]
    assert [found(database, "kettle", language) for language in ("en", "zh")] == [[1], [1]]
    assert SearchQueries(database).find("kettle", "fr", None, 20).ids == []


def test_a_long_description_does_not_displace_the_sku(database: Database) -> None:
    put(database, 1, "Book", " ".join(f"word{number}" for number in range(2000)), "COF-001")

    assert found(database, "cof-001") == [1]
    assert wrong_rows(database) == {}


def test_removing_a_listing_reads_only_its_own_rows(database: Database) -> None:
    for listing_id in range(1, 60):
        put(database, listing_id, f"Kettle number {listing_id}", "steel")
    database.rows("ANALYZE TABLE search_postings, search_words, search_deletions, search_documents")

    read = rows_read(database, lambda: SearchIndexRepository(database).remove(30))

    assert read <= 60


def test_positions_have_the_relevance_and_the_id(database: Database) -> None:
    put(database, 1, "Keyboard", in_stock=False)
    put(database, 2, "Desk", "with a keyboard")

    result = SearchQueries(database).find("keyboard", "en", None, 20)

    assert result.positions == [SearchPosition(6, 1), SearchPosition(3, 2)]
