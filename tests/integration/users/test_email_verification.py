"""Verification of an address: with a link that still belongs to it, any number of times."""

import pytest

from microshop.errors import InvalidLink, TooManyAttempts
from microshop.mail_links.link import Purpose
from microshop.mail_links.repository import MailLinks
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.users.email_verification import VerificationOutcome, request_verification, verify_email
from microshop.users.mail_attempts import MailAttempts
from microshop.users.repository import UserRepository
from tests.integration.conftest import Connect
from tests.support.account_owner import Owner
from tests.support.builders import a_caller
from tests.support.threads import at_once

_VERIFY = Purpose.VERIFY_EMAIL


@pytest.fixture
def ada(database: Database, redis: Redis) -> Owner:
    return Owner.registered(database, redis)


def _verify(database: Database, token: str) -> VerificationOutcome:
    return verify_email(token, MailLinks(database), UserRepository(database))


def _request(ada: Owner) -> None:
    request_verification(a_caller(user_id=ada.user_id), attempts=MailAttempts(ada.redis), uow=ada.uow)


def test_link_verifies_the_address_and_says_so_when_clicked_twice(ada: Owner) -> None:
    token = ada.link(_VERIFY)
    assert not ada.account.is_email_verified

    outcomes = [_verify(ada.database, token), _verify(ada.database, token)]

    assert outcomes == ["verified", "already-verified"]
    assert ada.account.is_email_verified


def test_both_of_two_links_at_once_succeed(ada: Owner, connect: Connect) -> None:
    tokens, connections = [ada.link(_VERIFY) for _ in range(2)], [connect() for _ in range(2)]

    outcomes = at_once(2, lambda number: _verify(connections[number], tokens[number]))

    assert sorted(map(str, outcomes)) == ["already-verified", "verified"]


@pytest.mark.parametrize("purpose", [Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL])
def test_link_for_something_else_verifies_nothing(ada: Owner, purpose: Purpose) -> None:
    with pytest.raises(InvalidLink):
        _verify(ada.database, ada.link(purpose))


def test_link_to_a_former_address_verifies_nothing(ada: Owner) -> None:
    token = ada.link(_VERIFY, "former@example.com")

    with pytest.raises(InvalidLink):
        _verify(ada.database, token)
    assert not ada.account.is_email_verified


def test_second_mail_must_wait(ada: Owner) -> None:
    _request(ada)

    with pytest.raises(TooManyAttempts):
        _request(ada)
    assert ada.events() == ["EmailVerificationRequested"]


def test_verified_address_needs_no_mail(ada: Owner) -> None:
    _verify(ada.database, ada.link(_VERIFY))

    _request(ada)
    _request(ada)

    assert ada.events() == []
