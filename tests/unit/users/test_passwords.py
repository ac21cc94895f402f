"""Rules of passwords, and how they are hashed."""

import unicodedata

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from microshop.users.passwords import hash_password, needs_rehash, verify_password
from microshop.users.user import check_new_password
from tests.support.table_rows import not_refused


def test_password_has_8_to_128_characters_of_any_kind() -> None:
    passwords = ["12345678", "x" * 128, "пароль😀😀", "        "]

    assert [check_new_password(password) for password in passwords] == passwords
    assert not_refused(check_new_password, ["", "1234567", "x" * 129], "8 to 128 characters") == []


def test_refused_password_is_not_repeated_in_the_reason() -> None:
    with pytest.raises(ValueError, match="8 to 128") as refusal:
        check_new_password("hunter2")

    assert "hunter2" not in str(refusal.value)


def test_password_is_verified_against_its_own_hash_only() -> None:
    hashed = hash_password("correct horse")

    assert verify_password("correct horse", hashed)
    assert not verify_password("correct hors", hashed)


def test_same_password_has_another_hash_every_time() -> None:
    assert hash_password("correct horse") != hash_password("correct horse")


def test_hash_has_the_parameters_that_owasp_recommends() -> None:
    found = extract_parameters(hash_password("correct horse"))

    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19 * 1024, 2, 1)


def test_unknown_account_costs_a_hash_of_the_same_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    checked, verify = list[str](), PasswordHasher.verify

    def record(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(hashed)
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", record)
    for hashed in (hash_password("correct horse"), None):
        verify_password("another horse", hashed)

    known, unknown = map(extract_parameters, checked)
    assert unknown == known


def test_unknown_account_has_no_right_password() -> None:
    assert not verify_password("correct horse", None)


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    hashed = hash_password(unicodedata.normalize("NFC", "pässwörter"))

    assert verify_password(unicodedata.normalize("NFD", "pässwörter"), hashed)


def test_hash_of_weaker_parameters_needs_a_rehash() -> None:
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse"))


def test_hash_of_current_parameters_needs_no_rehash() -> None:
    assert not needs_rehash(hash_password("correct horse"))
