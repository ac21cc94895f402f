"""A lease lets one run at a time proceed, and expires with its execution."""

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


def test_a_lease_is_free_after_its_holder_has_ended(database: Database, connect: Connect) -> None:
    other, execution = connect(), an_execution(milliseconds_left=60_000)
    with (
        lease(database, "resolve", execution) as first,
        lease(other, "resolve", execution) as second,
        lease(other, "expire", execution) as another,
    ):
        assert (first, second, another) == (True, False, True)

    with lease(other, "resolve", execution) as third:
        assert third


def test_a_lease_expires_with_the_execution_of_a_dead_holder(database: Database, connect: Connect) -> None:
    dead = lease(database, "resolve", an_execution(milliseconds_left=60_000))
    dead.__enter__()
    database.execute("UPDATE leases SET held_until = held_until - INTERVAL 59 SECOND")
    with lease(connect(), "resolve", an_execution()) as too_early:
        assert not too_early
    database.execute("UPDATE leases SET held_until = held_until - INTERVAL 1 SECOND")

    with lease(connect(), "resolve", an_execution()) as held:
        assert held
        dead.__exit__(None, None, None)  # the holder was only slow, and another run has the lease now
        with lease(connect(), "resolve", an_execution()) as second:
            assert not second
