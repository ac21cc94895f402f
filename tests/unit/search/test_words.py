"""How texts and searches are split into words."""

from microshop.search.words import MAX_QUERY_WORDS, Term, terms_of, words_of
from tests.support.table_rows import wrong_answers


def test_a_text_is_split_into_words() -> None:
    rows = [
        ("Linen shirt, blue", "linen shirt blue"),
        ("CAFÉ Straße Ærø", "cafe strasse aero"),
        ("\uff2c\uff49nen \uff11\uff12", "linen 12"),  # full width
        ("Кофе ΚΑΦΈΣ", "кофе καφεσ"),
        ("苹果iPhone手机壳", "苹 果 苹果 iphone 手 机 壳 手机 机壳"),
        ("一", "一"),
        ("ラーメン", "ラ ー メ ン ラー ーメ メン"),
        ("옷 한국어", "옷 한 국 어 한국 국어"),
        ("ไทย", "ไ ท ย ไท ทย"),
        ("ลัง", "ลั ง ลัง"),
        ("हिन्दी", "हिन्दी"),
        ("می\u200cشود", "میشود"),
        ("٣٤", "34"),
        ("iPhone15Pro", "iphone 15 pro iphone15pro"),
        ("COF-001", "cof 001 cof001"),
        ("cof_001", "cof 001 cof001"),
        ("T-shirt, women's, H&M", "t shirt tshirt women s womens h m hm"),
        ("women\u2019s A\u2011B", "women s womens a b ab"),
        ("1-5 2024-11-30", "1 5 2024 11 30"),
        ("a--b - c/d", "a b c d"),
        ("C++ and C#, F#.", "c++ and c# f#"),
        ("C++17 a#b ab++", "c 17 a b ab"),
        ("coffeeЖ", "coffee ж coffeeж"),
        ("☕🍵 ♥ Lego\u2122", "lego"),
        ("the", "the"),
        ("", ""),
        (" - _ ' & \u0301", ""),
        ("x" * 80, "x" * 64),
    ]

    assert wrong_answers(words_of, [(text, frozenset(words.split())) for text, words in rows]) == []


def test_a_search_has_the_words_of_the_texts_that_it_finds() -> None:
    rows = [
        ("shirt shirt", [Term(("shirt",), "shirt")]),
        ("COF-001", [Term(("cof", "001"), "cof001")]),
        ("手机壳 红", [Term(("手机", "机壳"), ""), Term(("红",), "")]),
        ("iphone手机", [Term(("iphone",), "iphone"), Term(("手机",), "")]),
        ("1-5", [Term(("1", "5"), "")]),
        ("☕", []),
    ]

    assert wrong_answers(terms_of, rows) == []


def test_a_search_has_at_most_16_words() -> None:
    letters = " ".join("abcdefghijklmnopqrstuvwxyz")
    characters = "".join(chr(0x4E00 + number) for number in range(50))

    for text in (letters, characters, f"a b {characters}", "-".join(letters.split())):
        assert sum(len(term.words) for term in terms_of(text)) == MAX_QUERY_WORDS
