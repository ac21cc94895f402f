"""The read-only switch in Redis, and the state of events in the inbox, for the operator's functions."""

from microshop.messaging.inbox import Inbox
from microshop.messaging.queries import inbox_records
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.read_only import ReadOnlySwitch
from microshop.users.sessions import Sessions
from tests.support.builders import AN_EVENT_ID

_REASON = "数据库搬家 until 10:30 UTC."


def test_a_session_has_the_reason_of_read_only_at_the_next_request(redis: Redis) -> None:
    sessions, switch = Sessions(redis), ReadOnlySwitch(redis)
    token = sessions.open(17, 60).token

    reasons = []
    for change in (lambda: None, lambda: switch.turn_on(_REASON, "ada on laptop"), switch.turn_off):
        change()
        caller = sessions.find(token)
        assert caller is not None
        reasons.append(caller.read_only)

    assert reasons == [None, _REASON, None]


def test_an_unknown_token_stays_unknown_while_the_shop_is_read_only(redis: Redis) -> None:
    ReadOnlySwitch(redis).turn_on(_REASON, "ada on laptop")

    assert Sessions(redis).find("A" * 43) is None


def test_the_switch_stays_on_until_it_is_turned_off(redis: Redis) -> None:
    switch = ReadOnlySwitch(redis)
    switch.turn_on("first", "ada on laptop")
    switch.turn_on(_REASON, "grace on laptop")

    state = switch.state()

    assert state is not None
    assert (state.reason, state.operator, redis.command("TTL", "read-only")) == (_REASON, "grace on laptop", -1)
    assert (switch.turn_off(), switch.turn_off(), switch.state()) == (True, False, None)


def test_the_inbox_lists_handled_and_started_events(database: Database) -> None:
    inbox, started = Inbox(database, "send_customer_mail"), AN_EVENT_ID[:-1] + "f"
    for event_id in (AN_EVENT_ID, started):
        inbox.claim(event_id, 30)
    inbox.mark_done(AN_EVENT_ID)

    seen = inbox_records(database, "send_customer_mail", [AN_EVENT_ID, started, "unknown"])

    assert {each.event_id: each.done_at is not None for each in seen} == {AN_EVENT_ID: True, started: False}
    assert inbox_records(database, "count_orders", [AN_EVENT_ID]) == []
    assert inbox_records(database, "send_customer_mail", []) == []
