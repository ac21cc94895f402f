"""A lease keeps a second run out while the first one is at work, and not for longer."""

from microshop.platform.lease import lease
from microshop.platform.mysql import Database
from tests.integration.conftest import Connect
from tests.support.builders import an_execution
from tests.support.threads import at_once


def test_one_of_several_concurrent_requests_gets_the_lease(database: Database, connect: Connect) -> None:
    connections = [connect() for _ in range(6)]
    leases = [lease(each, "resolve", an_execution(milliseconds_left=60_000)) for each in connections]

    held = at_once(6, lambda number: leases[number].__enter__())

    assert sorted(map(bool, held)) == [False] * 5 + [True]
    for each in leases:
        each.__exit__(None, None, None)


def test_a_lease_is_free_once_its_holder_has_ended(database: Database, connect: Connect) -> None:
    other, execution = connect(), an_execution(milliseconds_left=60_000)
    with (
        lease(database, "resolve", execution) as first,
        lease(other, "resolve", execution) as second,
        lease(other, "expire", execution) as another,
    ):
        assert (first, second, another) == (True, False, True)

    with lease(other, "resolve", execution) as third:
        assert third


def test_a_lease_whose_holder_died_ends_with_its_execution(database: Database, connect: Connect) -> None:
    dead = lease(database, "resolve", an_execution(milliseconds_left=60_000))
    dead.__enter__()
    database.execute("UPDATE leases SET held_until = held_until - INTERVAL 59 SECOND")
    with lease(connect(), "resolve", an_execution()) as too_early:
        assert not too_early
    database.execute("UPDATE leases SET held_until = held_until - INTERVAL 1 SECOND")

    with lease(connect(), "resolve", an_execution()) as held:
        assert held
        dead.__exit__(None, None, None)  # the holder was only slow; the lease belongs to another now
        with lease(connect(), "resolve", an_execution()) as second:
            assert not second
