"""The contract of account stores: the repository, and the fake that unit tests use instead of it."""

from typing import Any

import pytest

from microshop.caller import CUSTOMER
from microshop.errors import EmailTaken
from microshop.users.ports import Users
from microshop.users.repository import UserRepository
from microshop.users.user import User
from tests.support.fakes import FakeUsers


@pytest.fixture(params=["database", "fake"])
def users(request: pytest.FixtureRequest) -> Users:
    if request.param == "fake":
        return FakeUsers()
    return UserRepository(request.getfixturevalue("database"))


def _add(users: Users, *, email: str = "ada@example.com", username: str = "Ada", password_hash: str = "hash") -> int:  # noqa: S107
    return users.add(email=email, username=username, role=CUSTOMER, language="en", password_hash=password_hash)


def _get(users: Users, user_id: int) -> User:
    user = users.by_id(user_id)
    assert user is not None
    return user


def _without_times(user: User) -> dict[str, Any]:
    return {name: value for name, value in vars(user).items() if name not in ("created_at", "updated_at")}


def test_an_account_is_found_by_id_and_by_email(users: Users) -> None:
    user_id = _add(users)

    assert users.by_id(user_id) == users.by_email("ada@example.com")
    assert _without_times(_get(users, user_id)) == {
        "id": user_id,
        "email": "ada@example.com",
        "username": "Ada",
        "role": CUSTOMER,
        "language": "en",
        "password_hash": "hash",
        "credentials_version": 1,
        "email_verified_at": None,
        "erasure_due_at": None,
    }


def test_times_of_an_account_are_in_utc(users: Users) -> None:
    user = _get(users, _add(users))

    assert str(user.created_at.tzinfo) == str(user.updated_at.tzinfo) == "UTC"
    assert user.created_at == user.updated_at


@pytest.mark.parametrize("name", ["王小明", "😀👩‍💻", 'O\'Brien \\ "x" %s %(id)s', "é" * 50, "; DROP TABLE users; --"])
def test_a_username_is_stored_unchanged(users: Users, name: str) -> None:
    assert _get(users, _add(users, username=name)).username == name


def test_an_unknown_account_is_not_found(users: Users) -> None:
    assert users.by_id(2**62) is None
    assert users.by_email("nobody@example.com") is None
    assert users.read_credentials_version(2**62) is None


def test_adding_a_second_account_with_an_email_is_refused(users: Users) -> None:
    _add(users)

    with pytest.raises(EmailTaken):
        _add(users, username="Another")


@pytest.mark.parametrize("other", ["ada@example.con", "ada+x@example.com", "ada@example.com.de", "ad@example.com"])
def test_similar_emails_belong_to_different_accounts(users: Users, other: str) -> None:
    _add(users)

    assert users.by_email(other) is None
    assert _add(users, email=other)


def test_a_profile_change_keeps_the_fields_that_are_none(users: Users) -> None:
    user_id = _add(users)

    users.update_profile(user_id, username="Grace", language=None)
    users.update_profile(user_id, username=None, language="zh")

    user = _get(users, user_id)
    assert (user.username, user.language, user.credentials_version) == ("Grace", "zh", 1)
    assert user.updated_at > user.created_at


def test_changing_the_profile_of_an_unknown_account_changes_nothing(users: Users) -> None:
    users.update_profile(2**62, username="Grace", language=None)

    assert users.by_id(2**62) is None


def test_a_password_is_set_once_per_credentials_version(users: Users) -> None:
    before = _get(users, _add(users))

    assert users.set_password(before, "second")
    assert not users.set_password(before, "third")

    after = _get(users, before.id)
    assert (after.password_hash, after.credentials_version) == ("second", 2)
    assert users.read_credentials_version(before.id) == 2


def test_setting_the_password_of_an_unknown_account_fails(users: Users) -> None:
    gone = _get(FakeUsers(User(**vars(_get(users, _add(users))) | {"id": 2**62})), 2**62)

    assert not users.set_password(gone, "second")


def test_replacing_a_hash_keeps_the_credentials_version(users: Users) -> None:
    before = _get(users, _add(users))

    users.replace_hash(before, "newer")

    after = _get(users, before.id)
    assert (after.password_hash, after.credentials_version) == ("newer", 1)


def test_a_hash_is_not_replaced_after_a_password_change(users: Users) -> None:
    before = _get(users, _add(users))
    users.set_password(before, "second")

    users.replace_hash(before, "newer")

    assert _get(users, before.id).password_hash == "second"


def test_address_is_verified_once_and_only_if_it_is_the_accounts(users: Users) -> None:
    user_id = _add(users)

    outcomes = [users.verify_email(user_id, email) for email in ("bea@example.com", *["ada@example.com"] * 2)]

    assert outcomes == [False, True, False]
    assert _get(users, user_id).is_email_verified


def test_new_address_is_verified_and_ends_logins_in_progress(users: Users) -> None:
    user_id = _add(users)

    users.set_email(user_id, "new@example.com")

    user = _get(users, user_id)
    assert (user.email, user.is_email_verified, user.credentials_version) == ("new@example.com", True, 2)


def test_new_address_of_another_account_is_refused(users: Users) -> None:
    user_id = _add(users)
    _add(users, email="bea@example.com")

    with pytest.raises(EmailTaken):
        users.set_email(user_id, "bea@example.com")


def test_enabled_account_is_found_by_address_and_locked(users: Users) -> None:
    user_id = _add(users)

    assert users.enabled_by_email("ada@example.com") == users.lock_enabled(user_id) == _get(users, user_id)
    assert users.enabled_by_email("bea@example.com") is users.lock_enabled(user_id + 1) is None
