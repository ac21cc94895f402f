"""The inbox: the contract of the one in the database and of the fake; concurrent claims."""

from collections.abc import Callable

import pytest

from microshop.messaging.event import Claim
from microshop.messaging.inbox import Inbox
from microshop.messaging.once import Inbox as AnyInbox
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.builders import AN_EVENT_ID
from tests.support.fakes import FakeInbox
from tests.support.threads import at_once

type Wait = Callable[[float], None]


@pytest.fixture(params=["database", "fake"])
def inbox_and_wait(request: pytest.FixtureRequest) -> tuple[AnyInbox, Wait]:
    """An inbox, and a function that moves its time forward."""
    if request.param == "fake":
        fake = FakeInbox()
        return fake, lambda seconds: setattr(fake, "now", fake.now + seconds)
    database: Database = request.getfixturevalue("database")
    earlier = "UPDATE inbox SET claimed_until = claimed_until - INTERVAL %(microseconds)s MICROSECOND"
    return Inbox(database, "a_consumer"), lambda seconds: _run(database, earlier, seconds)


def _run(database: Database, sql: str, seconds: float) -> None:
    database.execute(sql, {"microseconds": int(seconds * 1_000_000)})


def test_a_new_event_can_be_claimed(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, _ = inbox_and_wait

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_a_claimed_event_is_busy(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    wait(29)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.BUSY


def test_an_expired_claim_can_be_taken_over(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    wait(30.1)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_a_claim_that_was_taken_over_lasts_its_full_time(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)
    wait(30.1)
    inbox.claim(AN_EVENT_ID, 30)

    wait(29)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.BUSY


def test_a_released_event_can_be_claimed_immediately(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, _ = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    inbox.release(AN_EVENT_ID)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_a_handled_event_stays_done(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)
    inbox.mark_done(AN_EVENT_ID)

    inbox.release(AN_EVENT_ID)
    wait(3600)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.DONE


def test_each_consumer_claims_an_event_for_itself(database: Database) -> None:
    Inbox(database, "one").claim(AN_EVENT_ID, 30)

    assert Inbox(database, "two").claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_only_one_of_twenty_concurrent_claims_is_granted(database: Database, connect: Connect) -> None:
    inboxes = [Inbox(connect(), "a_consumer") for _ in range(20)]

    outcomes = at_once(20, lambda number: inboxes[number].claim(AN_EVENT_ID, 30))

    assert outcomes.count(Claim.GRANTED) == 1
    assert outcomes.count(Claim.BUSY) == 19


def test_only_one_of_twenty_takes_over_an_expired_claim(database: Database, connect: Connect) -> None:
    Inbox(database, "a_consumer").claim(AN_EVENT_ID, -1)
    inboxes = [Inbox(connect(), "a_consumer") for _ in range(20)]

    outcomes = at_once(20, lambda number: inboxes[number].claim(AN_EVENT_ID, 30))

    assert outcomes.count(Claim.GRANTED) == 1
    assert outcomes.count(Claim.BUSY) == 19
