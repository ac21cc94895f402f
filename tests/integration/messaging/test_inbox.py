"""The inbox: what every record of events does, the one in the database and the fake."""

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
    """An inbox, and a way to let seconds pass without waiting for them."""
    if request.param == "fake":
        fake = FakeInbox()
        return fake, lambda seconds: setattr(fake, "now", fake.now + seconds)
    database: Database = request.getfixturevalue("database")
    earlier = "UPDATE inbox SET claimed_until = claimed_until - INTERVAL %(microseconds)s MICROSECOND"
    return Inbox(database, "a_consumer"), lambda seconds: _run(database, earlier, seconds)


def _run(database: Database, sql: str, seconds: float) -> None:
    database.execute(sql, {"microseconds": int(seconds * 1_000_000)})


def test_an_event_that_nobody_has_seen_is_mine(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, _ = inbox_and_wait

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_an_event_that_is_claimed_is_anothers(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    wait(29)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.BUSY


def test_a_claim_ends_with_its_time(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    wait(30.1)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_a_claim_that_was_taken_over_holds_anew(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)
    wait(30.1)
    inbox.claim(AN_EVENT_ID, 30)

    wait(29)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.BUSY


def test_a_released_event_is_to_be_had_at_once(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, _ = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)

    inbox.release(AN_EVENT_ID)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_what_is_done_stays_done(inbox_and_wait: tuple[AnyInbox, Wait]) -> None:
    inbox, wait = inbox_and_wait
    inbox.claim(AN_EVENT_ID, 30)
    inbox.mark_done(AN_EVENT_ID)

    inbox.release(AN_EVENT_ID)
    wait(3600)

    assert inbox.claim(AN_EVENT_ID, 30) is Claim.DONE


def test_two_consumers_see_the_same_event_each_for_itself(database: Database) -> None:
    Inbox(database, "one").claim(AN_EVENT_ID, 30)

    assert Inbox(database, "two").claim(AN_EVENT_ID, 30) is Claim.GRANTED


def test_of_twenty_who_claim_a_new_event_at_once_one_has_it(database: Database, connect: Connect) -> None:
    inboxes = [Inbox(connect(), "a_consumer") for _ in range(20)]

    outcomes = at_once(20, lambda number: inboxes[number].claim(AN_EVENT_ID, 30))

    assert outcomes.count(Claim.GRANTED) == 1
    assert outcomes.count(Claim.BUSY) == 19


def test_of_twenty_who_take_over_an_ended_claim_at_once_one_has_it(database: Database, connect: Connect) -> None:
    Inbox(database, "a_consumer").claim(AN_EVENT_ID, -1)
    inboxes = [Inbox(connect(), "a_consumer") for _ in range(20)]

    outcomes = at_once(20, lambda number: inboxes[number].claim(AN_EVENT_ID, 30))

    assert outcomes.count(Claim.GRANTED) == 1
    assert outcomes.count(Claim.BUSY) == 19
