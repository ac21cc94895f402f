import pytest

from microshop.collation import fold, name_key, sort_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAFÉ", "cafe"),
        ("\uff21\uff23\uff2d\uff25", "acme"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("ﬁne", "fine"),
        ("İzmir", "izmir"),
    ],
)
def test_fold_ignores_case_accents_and_width(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_keeps_marks_that_make_another_word() -> None:
    assert fold("が") != fold("か")
    assert fold("नि") != fold("न")


def test_name_key_ignores_case_and_repeated_blanks() -> None:
    assert name_key("Home  &  Garden") == name_key("home & garden")
    assert name_key("C#") != name_key("C")


def test_sort_key_sorts_names_as_readers_of_english_expect() -> None:
    names = ["Zebra", "apple", "Äpfel", "“Quoted”", "box 10", "box 2", "Éclair", "3M"]
    assert sorted(names, key=lambda name: sort_key(name, "en")) == [
        "3M", "Äpfel", "apple", "box 2", "box 10", "Éclair", "“Quoted”", "Zebra",
    ]  # fmt: skip


def test_sort_key_sorts_chinese_names_by_pronunciation() -> None:
    names = ["图书", "电子产品", "服装", "Apple", "玩具", "工具", "家居"]
    assert sorted(names, key=lambda name: sort_key(name, "zh")) == [
        "Apple", "电子产品", "服装", "工具", "家居", "图书", "玩具",
    ]  # fmt: skip


def test_keys_fit_into_their_columns() -> None:
    assert len(name_key("衬" * 200)) <= 255
    assert len(sort_key("衬" * 200, "zh")) <= 255
