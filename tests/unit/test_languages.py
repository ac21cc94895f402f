import pytest

from microshop.languages import InvalidLanguages, in_language, parse_languages


def test_languages_keep_their_order() -> None:
    assert parse_languages("en, zh,de") == ("en", "zh", "de")


@pytest.mark.parametrize("text", ["", "en,,zh", "EN", "english", "en,en"])
def test_invalid_languages_are_refused(text: str) -> None:
    with pytest.raises(InvalidLanguages):
        parse_languages(text)


def test_missing_text_is_in_the_default_language() -> None:
    texts = {"en": "Shirt", "zh": ""}
    assert in_language(texts, "zh", "en") == "Shirt"
    assert in_language(texts, "de", "en") == "Shirt"
