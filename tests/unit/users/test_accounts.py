"""Use cases of accounts, on fakes."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from microshop.caller import CUSTOMER, Role
from microshop.errors import (
    Conflict,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    NotFound,
    TooManyAttempts,
    TransactionConflict,
    Unavailable,
    WrongPassword,
)
from microshop.scopes import REFUND, Scope
from microshop.users import login
from microshop.users.events import UserRegistered
from microshop.users.login import Login, log_in
from microshop.users.password_change import change_password
from microshop.users.passwords import hash_password, needs_rehash, verify_password
from microshop.users.reading import get_profile
from microshop.users.registration import register
from microshop.users.schemas import ChangePasswordRequest, LogInRequest, RegisterRequest, UpdateProfileRequest
from microshop.users.sessions import EndedSessions
from microshop.users.updating import end_sessions, update_profile
from microshop.users.user import User
from microshop.users.view import login_view
from tests.support.builders import a_caller, a_user
from tests.support.fakes import FakeLoginAttempts, FakeSessions, FakeUsers, FakeUsersUnitOfWork, interrupted_by

_PASSWORD = "correct horse"
_HASH = hash_password(_PASSWORD)


def _ada(*, role: Role = CUSTOMER, password_hash: str = _HASH) -> User:
    return a_user(user_id=17, email="ada@example.com", role=role, password_hash=password_hash)


def _register(uow: FakeUsersUnitOfWork, *, email: str = "ada@example.com", password: str = _PASSWORD) -> int:
    return register(
        RegisterRequest(username="Ada", email=email, password=password, language="zh"), uow, shop_name="Teahouse"
    )


def _log_in(
    users: FakeUsers,
    *,
    email: str = "ada@example.com",
    password: str = _PASSWORD,
    sessions: FakeSessions | None = None,
    attempts: FakeLoginAttempts | None = None,
) -> Login:
    return log_in(
        LogInRequest(email=email, password=password),
        lifetime_seconds=60,
        sessions=sessions or FakeSessions(),
        attempts=attempts or FakeLoginAttempts(),
        users=users,
    )


def _change_password(
    uow: FakeUsersUnitOfWork,
    *,
    current: str = _PASSWORD,
    session: str = "mine",
    new: str = "another horse",
    sessions: FakeSessions | None = None,
    attempts: FakeLoginAttempts | None = None,
) -> None:
    change_password(
        a_caller(user_id=17, session=session),
        ChangePasswordRequest(current_password=current, new_password=new),
        shop_name="Teahouse",
        sessions=sessions or FakeSessions(),
        attempts=attempts or FakeLoginAttempts(),
        uow=uow,
    )


class _AwaySessions(FakeSessions):
    def end_all(self, user_id: int, *, keep: str | None = None) -> EndedSessions:  # noqa: ARG002
        raise Unavailable("redis")


def test_registering_makes_a_customer_with_a_hashed_password() -> None:
    uow = FakeUsersUnitOfWork()

    user_id = _register(uow)

    user = uow.users.accounts[user_id]
    assert (user.email, user.username, user.role, user.language) == ("ada@example.com", "Ada", CUSTOMER, "zh")
    assert verify_password(_PASSWORD, user.password_hash)


def test_registering_announces_the_account_without_its_address() -> None:
    uow = FakeUsersUnitOfWork()

    user_id = _register(uow)

    [event] = uow.outbox.events
    assert isinstance(event, UserRegistered)
    assert (event.data, event.aggregate) == ({"user_id": user_id, "language": "zh"}, f"user:{user_id}")


def test_taken_address_leaves_no_account_and_no_event() -> None:
    uow = FakeUsersUnitOfWork(FakeUsers(_ada()))

    with pytest.raises(EmailTaken):
        _register(uow)

    assert list(uow.users.accounts) == [17]
    assert uow.outbox.events == []


@pytest.mark.parametrize("password", ["password", "teahouse1", "ada@example.com"])
def test_guessable_password_makes_no_account(password: str) -> None:
    uow = FakeUsersUnitOfWork()

    with pytest.raises(InvalidInput) as refused:
        _register(uow, password=password)

    assert [problem.field for problem in refused.value.problems] == ["password"]
    assert uow.users.accounts == {}


@pytest.mark.parametrize("password", ["password", "teahouse1", "ada@example.com"])
def test_guessable_new_password_is_refused(password: str) -> None:
    users, attempts = FakeUsers(_ada()), FakeLoginAttempts()

    with pytest.raises(InvalidInput) as refused:
        _change_password(FakeUsersUnitOfWork(users), new=password, attempts=attempts)

    assert [problem.field for problem in refused.value.problems] == ["new_password"]
    assert (users.accounts[17], attempts.counts) == (_ada(), {})


def test_guessable_password_of_before_still_logs_in() -> None:
    assert _log_in(FakeUsers(_ada(password_hash=hash_password("password"))), password="password").user.id == 17


def test_registration_that_lost_a_race_is_run_again() -> None:
    uow = FakeUsersUnitOfWork()
    commit, losses = uow.commit, [TransactionConflict("error 1213"), TransactionConflict("error 1205")]

    def lose_twice() -> None:
        if losses:
            raise losses.pop()
        commit()

    uow.commit = lose_twice  # type: ignore[method-assign]

    _register(uow)

    assert len(uow.users.accounts) == len(uow.outbox.events) == 1


def test_logging_in_opens_a_session_with_the_accounts_scopes() -> None:
    sessions, users = FakeSessions(), FakeUsers(_ada())
    users.scopes[17] = frozenset({REFUND})

    logged_in = _log_in(users, sessions=sessions)

    caller = sessions.find(logged_in.session.token)
    assert caller is not None
    assert (caller.user_id, caller.scopes) == (17, frozenset({REFUND}))
    assert logged_in.user.id == 17


@pytest.mark.parametrize(
    ("scopes", "is_enrolled", "is_required", "missing"),
    [
        ({REFUND}, False, False, None),
        ({REFUND}, False, True, "enrolment-required"),
        ({REFUND}, True, False, "required"),
        ({REFUND}, True, True, "required"),
        (set(), False, True, None),
        (set(), True, True, None),  # no longer staff
    ],
)
def test_response_to_a_login_names_the_missing_step(
    scopes: set[Scope], is_enrolled: bool, is_required: bool, missing: str | None
) -> None:
    users = FakeUsers(_ada())
    users.scopes[17] = frozenset(scopes)
    users.enrolled = {17} if is_enrolled else set()

    view = login_view(_log_in(users), second_factor_required=is_required)

    assert view["second_factor"] == missing


def test_session_of_an_enrolled_account_has_no_scopes_before_a_code() -> None:
    sessions, users = FakeSessions(), FakeUsers(_ada())
    users.scopes[17], users.enrolled = frozenset({REFUND}), {17}

    caller = sessions.find(_log_in(users, sessions=sessions).session.token)

    assert caller is not None
    assert (caller.scopes, caller.withheld) == (frozenset(), True)


def test_disabled_account_cannot_log_in() -> None:
    sessions, users = FakeSessions(), FakeUsers(_ada())
    users.disabled.add(17)

    with pytest.raises(InvalidCredentials):
        _log_in(users, sessions=sessions)

    assert sessions.open_sessions == {}


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong horse"), ("nobody@example.com", _PASSWORD)],
)
def test_unknown_address_and_a_wrong_password_get_the_same_error(email: str, password: str) -> None:
    sessions = FakeSessions()

    with pytest.raises(InvalidCredentials):
        _log_in(FakeUsers(_ada()), email=email, password=password, sessions=sessions)

    assert sessions.open_sessions == {}


def test_unknown_address_costs_a_hash_like_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str | None] = []
    monkeypatch.setattr(login, "verify_password", lambda _password, hashed: checked.append(hashed))

    with pytest.raises(InvalidCredentials):
        _log_in(FakeUsers(), email="nobody@example.com")

    assert checked == [None]


def test_attempt_is_counted_before_the_password_is_checked() -> None:
    attempts = FakeLoginAttempts(free_attempts=0)

    with pytest.raises(TooManyAttempts):
        _log_in(FakeUsers(_ada()), attempts=attempts)


def test_attempts_of_unknown_addresses_are_counted() -> None:
    attempts = FakeLoginAttempts()

    with pytest.raises(InvalidCredentials):
        _log_in(FakeUsers(), email="nobody@example.com", attempts=attempts)

    assert attempts.counts == {"nobody@example.com": 1}


def test_right_password_clears_the_count_of_attempts() -> None:
    attempts = FakeLoginAttempts()
    attempts.count("ada@example.com")

    _log_in(FakeUsers(_ada()), attempts=attempts)

    assert attempts.counts == {}


def test_login_overtaken_by_a_password_change_leaves_no_session() -> None:
    sessions, users = FakeSessions(), FakeUsers(_ada())
    interrupted_by(lambda: _change_password(FakeUsersUnitOfWork(users)), users)

    with pytest.raises(InvalidCredentials):
        _log_in(users, sessions=sessions)

    assert sessions.open_sessions == {}


def test_password_hash_of_older_parameters_is_renewed_at_login() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(_PASSWORD)
    users = FakeUsers(_ada(password_hash=weak))

    _log_in(users)

    assert not needs_rehash(users.accounts[17].password_hash)
    assert verify_password(_PASSWORD, users.accounts[17].password_hash)


def test_profile_is_the_callers_own() -> None:
    assert get_profile(a_caller(user_id=17), FakeUsers(_ada(), a_user(user_id=18))).id == 17


def test_profile_of_a_deleted_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        get_profile(a_caller(user_id=17), FakeUsers())


def test_profile_change_keeps_fields_that_are_not_given() -> None:
    users = FakeUsers(_ada())

    found = update_profile(a_caller(user_id=17), UpdateProfileRequest(username="Grace"), users)

    assert (found.username, found.language, found.email) == ("Grace", "en", "ada@example.com")


def test_profile_change_of_a_deleted_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        update_profile(a_caller(user_id=17), UpdateProfileRequest(username="Grace"), FakeUsers())


def test_changed_password_replaces_the_old_one() -> None:
    users = FakeUsers(_ada())

    _change_password(FakeUsersUnitOfWork(users))

    assert verify_password("another horse", users.accounts[17].password_hash)


def test_changed_password_ends_every_other_session_of_the_account() -> None:
    sessions = FakeSessions()
    mine, other, strangers = (
        sessions.open(17, 60),
        sessions.open(17, 60),
        sessions.open(18, 60),
    )

    _change_password(FakeUsersUnitOfWork(FakeUsers(_ada())), session=mine.hash, sessions=sessions)

    assert sessions.find(mine.token)
    assert not sessions.find(other.token)
    assert sessions.find(strangers.token)


def test_wrong_current_password_changes_nothing_and_is_counted() -> None:
    users, attempts = FakeUsers(_ada()), FakeLoginAttempts()

    with pytest.raises(WrongPassword):
        _change_password(FakeUsersUnitOfWork(users), current="wrong horse", attempts=attempts)

    assert users.accounts[17] == _ada()
    assert attempts.counts == {"mine": 1}


def test_password_can_be_changed_while_logins_must_wait() -> None:
    users, attempts = FakeUsers(_ada()), FakeLoginAttempts()
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            _log_in(users, password="a guess", attempts=attempts)

    _change_password(FakeUsersUnitOfWork(users), attempts=attempts)

    assert verify_password("another horse", users.accounts[17].password_hash)


def test_guesses_of_a_stolen_session_delay_no_other_session() -> None:
    users, attempts = FakeUsers(_ada()), FakeLoginAttempts(free_attempts=1)
    with pytest.raises(WrongPassword):
        _change_password(FakeUsersUnitOfWork(users), current="a guess", session="stolen", attempts=attempts)

    _change_password(FakeUsersUnitOfWork(users), attempts=attempts)

    assert verify_password("another horse", users.accounts[17].password_hash)


def test_guessing_the_current_password_is_slowed_down_like_logging_in() -> None:
    attempts = FakeLoginAttempts(free_attempts=0)

    with pytest.raises(TooManyAttempts):
        _change_password(FakeUsersUnitOfWork(FakeUsers(_ada())), attempts=attempts)


def test_password_stays_when_the_sessions_cannot_be_ended() -> None:
    users = FakeUsers(_ada())

    with pytest.raises(Unavailable):
        _change_password(FakeUsersUnitOfWork(users), sessions=_AwaySessions())

    assert users.accounts[17] == _ada()


def test_second_of_two_concurrent_password_changes_is_refused() -> None:
    users = FakeUsers(_ada())
    uow = FakeUsersUnitOfWork(users)
    users.set_password = lambda user, password_hash: False  # type: ignore[method-assign]  # noqa: ARG005

    with pytest.raises(Conflict):
        _change_password(uow)

    assert not uow.committed


def test_operator_ends_the_sessions_of_one_user_only() -> None:
    sessions, uow = FakeSessions(), FakeUsersUnitOfWork(FakeUsers(_ada()))
    ended, strangers = sessions.open(17, 60), sessions.open(18, 60)

    assert end_sessions("ada@example.com", sessions, uow) == (17, 1)

    assert sessions.find(ended.token) is None
    assert sessions.find(strangers.token)


def test_login_overtaken_by_an_end_of_sessions_leaves_no_session() -> None:
    sessions, users = FakeSessions(), FakeUsers(_ada())
    interrupted_by(lambda: end_sessions("ada@example.com", sessions, FakeUsersUnitOfWork(users)), users)

    with pytest.raises(InvalidCredentials):
        _log_in(users, sessions=sessions)

    assert sessions.open_sessions == {}


def test_end_of_sessions_is_refused_without_an_account() -> None:
    with pytest.raises(NotFound):
        end_sessions("nobody@example.com", FakeSessions(), FakeUsersUnitOfWork())


@pytest.mark.parametrize(
    "change",
    [
        lambda sessions, uow: _change_password(uow, sessions=sessions),
        lambda sessions, uow: end_sessions("ada@example.com", sessions, uow),
    ],
    ids=["password", "sessions"],
)
def test_ended_sessions_are_deleted_after_the_commit(
    change: Callable[[FakeSessions, FakeUsersUnitOfWork], object],
) -> None:
    uow, committed = FakeUsersUnitOfWork(FakeUsers(_ada())), list[bool]()

    class Watched(FakeSessions):
        def delete_ended(self, ended: EndedSessions) -> None:  # noqa: ARG002
            committed.append(uow.committed)

    change(Watched(), uow)

    assert committed == [True]
