"""What searches find, and in which order."""

from microshop.platform.mysql import Database
from microshop.search.queries import SearchQueries
from tests.support.search_index import found, pages_of, put


def test_a_search_finds_words_of_both_scripts(database: Database) -> None:
    put(database, 1, "苹果iPhone手机壳", "Case")
    put(database, 2, "Popcorn", "苹果")

    assert {
        text: found(database, text) for text in ("iphone", "手机", "手机壳", "壳", "pc", "pop", "苹果", "苹果 case")
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
    put(database, 1, "Shirt, linen")
    put(database, 2, "Trousers", "match a shirt")
    put(database, 3, "Shirts")
    put(database, 4, "Shirt", in_stock=False)
    put(database, 5, "Shirt")
    put(database, 6, "Hangers", "for shirts")
    put(database, 7, "Hangers", "for shirts", in_stock=False)
    put(database, 8, "Boots", "not with a shirt", in_stock=False)
    put(database, 9, "Shirts", "a shirt for two")

    assert found(database, "shirt") == [5, 1, 4, 9, 3, 2, 8, 6, 7]
    assert pages_of(database, "shirt", 2) == [[5, 1], [4, 9], [3, 2], [8, 6], [7]]


def test_a_search_corrects_one_typing_error(database: Database) -> None:
    put(database, 1, "Keyboard", "KEY-001")

    for text in ("keybord", "kebyoard", "keyboardd", "keyboerd", "Key-Board"):
        assert found(database, text) == [1], text
    assert SearchQueries(database).find("keybord", "en", None, 20).corrections == {"keybord": ("keyboard",)}
    assert [found(database, text) for text in ("kebord", "key-002", "key-001", "key001", "001", "key 0")] == [
        [],
        [],
        [1],
        [1],
        [1],
        [1],
    ]
