"""The language of Accept-Language."""

from microshop.http.language import preferred_language
from tests.support.table_rows import wrong_answers


def test_preferred_language_is_the_supported_one_of_highest_quality() -> None:
    rows = [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh-TW,zh;q=0.9", "zh"),
        ("zh-Hans-CN", "zh"),
        ("ZH-hant", "zh"),
        ("en-GB", "en"),
        ("zh-CN,zh;q=0.9,en-US;q=0.8,en;q=0.7", "zh"),
        ("en;q=0.8, zh;q=0.9", "zh"),
        ("en ; q=0.8 , zh ; q=0.7", "en"),
        ("zh;q=0.1, en-GB;q=0.2, zh-CN;q=0.3", "zh"),
        ("zh, en", "zh"),
        ("en, zh", "en"),
        ("de, fr;q=0.9", "en"),
        ("de, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("en;q=0, *", "zh"),
        ("*", "en"),
        ("zh;q=0.5, *;q=0.7", "en"),
        ("zh;q=nan", "en"),
        ("zh;q=9", "en"),
        ("zh;q=", "en"),
        (",;,=;q", "en"),
        ("zhx", "en"),
    ]

    assert wrong_answers(lambda header: preferred_language(header, ("en", "zh")), rows) == []
