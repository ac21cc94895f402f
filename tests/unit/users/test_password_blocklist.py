"""New passwords that are refused: common ones, and those made of names that an attacker knows."""
# ruff: noqa: RUF001 - digits of full width, letters of several scripts

import gzip

from microshop.errors import InvalidInput
from microshop.users.password_blocklist import refuse_guessable
from tests.support.table_rows import wrong_answers
from tools.common_passwords import FILE, listed

_COMMON = gzip.decompress(FILE.read_bytes()).decode().split("\n")[1:-1]

_IS_COMMON = "is a common password, or one with digits or signs around it, which attackers try first"
_REPEATS = "must not only repeat characters or follow their order, as abcabc or 1234"
_IS_KNOWN = "must not be made of the shop's name, the user name or the email address alone"


def _reason(password: str, *, username: str = "Ada Lovelace", email: str = "ada.l@analytical.example") -> str:
    try:
        refuse_guessable(password, field="password", shop_name="Tea House", username=username, email=email)
    except InvalidInput as refused:
        [problem] = refused.problems
        assert problem.field == "password"
        return problem.reason
    return ""


def test_common_password_is_refused_in_any_spelling() -> None:
    passwords = [
        _COMMON[0],
        _COMMON[-1],
        "password",
        "12345678",
        "qwertyuiop",
        "iloveyou",
        "PassWord1",
        "P@ssw0rd",
        "１２３４５６７８",
    ]

    assert wrong_answers(_reason, [(password, _IS_COMMON) for password in passwords]) == []


def test_common_password_is_refused_with_blanks_and_additions() -> None:
    passwords = [
        "Password!!",
        "password2026",
        "Summer2026!",
        "!!qwerty!!",
        "$ummer2026",
        "Pa$$w0rd2026!",
        "  password  ",
        "p a s s w o r d",
        "\u200bpass\u2060word\u3164",
        "pass\ufe0fword",
        "password\u00a0\u2800",
        "adminadmin",
        "PasswordPassword",
        "qwerty2026qwerty2026",
        "password12345678",
    ]

    assert wrong_answers(_reason, [(password, _IS_COMMON) for password in passwords]) == []


def test_password_is_refused_when_it_only_repeats_or_counts() -> None:
    passwords = [
        "abcabcabc",
        "1" * 16,
        "zzzzzzzzzz9",
        "!!!!????!!!!",
        "xkcq.xkcq.xkcq.",
        "cdefghijk!",
        "wxyz5678ponm",
        "ябябябяб",
    ]

    assert wrong_answers(_reason, [(password, _REPEATS) for password in passwords]) == []


def test_password_is_refused_when_it_is_made_of_known_words() -> None:
    passwords = [
        "microshop",
        "MicroShop2026!",
        "m1cr0sh0p",
        "teahouse",
        "Tea House 7",
        "T3@H0us3!!",
        "t-e-a-h-o-u-s-e",
        "esuohaet",
        "adalovelace",
        "lovelaceada",
        "Lovelace1815",
        "L0vel@ce1815",
        "ada.l@analytical.example",
        "analytical1",
        "ada12345",
        "ada.ada.lovelace",
        "tea\u200bhouse",
    ]

    assert wrong_answers(_reason, [(password, _IS_KNOWN) for password in passwords]) == []


def test_user_names_of_every_script_are_known_words() -> None:
    rows = [("王小明", "王小明123456"), ("Jos\u00e9 Garc\u00eda", "Jose\u0301Garci\u0301a1"), ("प्रिया", "प्रिया@2026")]

    def reason(username: str, password: str) -> str:
        return _reason(password, username=username)

    assert wrong_answers(reason, [(*row, _IS_KNOWN) for row in rows]) == []


def test_other_passwords_are_accepted_without_rules_of_composition() -> None:
    passwords = [
        "correct horse battery",
        "lovelace likes tea",  # contains a known word, but NIST compares the entire password
        "password of ada",
        "从前有座山山上有座庙",
        "40271863",
        "6481437192",  # not the shop's "tea", backwards and with digits for letters
        "password 83920174",  # the added part would be enough alone
        "😀 Ada🔑🔑🔑",
        "admin-password",
        "abc, it is easy as 123",
        "xK9#q2vT",
        "correct horse correct horse",
        "три весёлых медведя",
        "می‌خواهم چای بنوشم",
        "我有三只猫和一条狗",
        "चाय और बिस्कुट",
        "きょうはあめがふる",
        "πάντα ῥεῖ και τίποτα",
        "오늘은비가온다네요",
    ]

    assert wrong_answers(_reason, [(password, "") for password in passwords]) == []


def test_single_letters_and_digits_of_a_user_name_are_not_known_words() -> None:
    names = ["A", "a b c d e f g h i j k l m n o p q r s t u v w x y z", "12345", "-"]

    assert [name for name in names if _reason("banana bread", username=name)] == []


def test_password_list_is_normalised_sorted_and_without_duplicates() -> None:
    assert len(_COMMON) > 40_000
    assert listed(_COMMON) == _COMMON
