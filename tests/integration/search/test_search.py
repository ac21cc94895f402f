"""What searches find, and in which order."""

from microshop.platform.mysql import Database
from microshop.search.index_repository import IndexedText, SearchIndexRepository
from microshop.search.queries import SearchQueries
from microshop.search.result import SearchPosition
from tests.support.tables import row_counts


def _put(database: Database, listing_id: int, name: str, *others: str, in_stock: bool = True) -> None:
    database.begin()
    SearchIndexRepository(database).put(listing_id, {"en": IndexedText(name, others)}, in_stock=in_stock)
    database.commit()


def _found(database: Database, text: str) -> list[int]:
    return list(SearchQueries(database).find(text, "en", None, 20).ids)


def test_a_search_finds_words_of_both_scripts(database: Database) -> None:
    _put(database, 1, "苹果iPhone手机壳", "Case")
    _put(database, 2, "Popcorn", "苹果")

    assert {
        text: _found(database, text) for text in ("iphone", "手机", "手机壳", "壳", "pc", "pop", "苹果", "苹果 case")
    } == {
        "iphone": [1],
        "手机": [1],
        "手机壳": [1],
        "壳": [1],
        "pc": [],
        "pop": [2],
        "苹果": [1, 2],
        "苹果 case": [1],
    }


def test_results_are_sorted_by_relevance_and_then_by_age(database: Database) -> None:
    _put(database, 1, "Shirt, linen")
    _put(database, 2, "Trousers", "match a shirt")
    _put(database, 3, "Shirts")
    _put(database, 4, "Shirt", in_stock=False)
    _put(database, 5, "Shirt")
    _put(database, 6, "Hangers", "for shirts")
    _put(database, 7, "Hangers", "for shirts", in_stock=False)
    _put(database, 8, "Boots", "not with a shirt", in_stock=False)
    _put(database, 9, "Shirts", "a shirt for two")

    assert _found(database, "shirt") == [5, 1, 4, 9, 3, 2, 8, 6, 7]
    pages, after = [], None
    while True:
        result = SearchQueries(database).find("shirt", "en", after, 2)
        pages.append(list(result.ids))
        after = result.next
        if after is None:
            break
    assert pages == [[5, 1], [4, 9], [3, 2], [8, 6], [7]]


def test_a_search_corrects_one_typing_error(database: Database) -> None:
    _put(database, 1, "Keyboard", "KEY-001")

    for text in ("keybord", "kebyoard", "keyboardd", "keyboerd", "Key-Board"):
        assert _found(database, text) == [1], text
    assert SearchQueries(database).find("keybord", "en", None, 20).corrections == {"keybord": ("keyboard",)}
    assert [_found(database, text) for text in ("kebord", "key-002", "key-001", "key001", "001", "key 0")] == [
        [],
        [],
        [1],
        [1],
        [1],
        [1],
    ]


def test_a_removed_listing_leaves_nothing_behind(database: Database) -> None:
    _put(database, 1, "Keyboard")
    database.begin()
    index = SearchIndexRepository(database)
    index.set_in_stock(1, in_stock=False)
    assert SearchQueries(database).find("keyboard", "en", None, 1).positions == [SearchPosition(6, 1)]
    index.remove(1)
    database.commit()

    assert {
        table: count for table, count in row_counts(database).items() if count and table.startswith("search_")
    } == {}
