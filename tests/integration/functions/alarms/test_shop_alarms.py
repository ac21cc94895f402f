"""Every alarm on a metric of the shop fires for the metrics that functions emit, and resolves when they recover.

The functions run in this process on real servers, the alarms are those of the templates, and only the clock is
simulated. An alarm on a metric or dimension that no function emits would not fire here.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from microshop.errors import ReadOnly
from microshop.http import Request, Response, endpoint, ok
from microshop.messaging.outbox import Outbox
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.unit_of_work import UnitOfWork
from microshop.read_only import ReadOnlySwitch
from microshop.users.events import UserRegistered
from tests.integration.functions.alarms.conftest import Action
from tests.support.alarm_simulation import Watch
from tests.support.alarms import State
from tests.support.builders import a_batch, a_message, an_api_event, an_execution
from tests.support.fakes import FakeInbox
from tests.support.functions import plug, sample_event
from tests.support.proxy import Proxy


def _serve_requests(
    answer: Response | Exception, *, seconds: float, times: int, monkeypatch: pytest.MonkeyPatch
) -> Action:
    clock = iter(float(tick) for pair in range(times) for tick in (pair * 100, pair * 100 + seconds))

    @endpoint()
    def serve(_request: Request) -> Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    def act() -> None:
        monkeypatch.setattr(sys.modules["microshop.http.endpoint"], "time", Mock(perf_counter=lambda: next(clock)))
        for _ in range(times):
            serve(an_api_event(), an_execution())

    return act


def test_high_response_time_fires_for_slow_responses(watches: Any, deploy: Any, printed: Any) -> None:
    def serve(seconds: float, answer: Response | Exception) -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            found: list[str] = printed(_serve_requests(answer, seconds=seconds, times=4, monkeypatch=patch))
        return found

    fast, slow = serve(0.4, ok({})), serve(0.6, ok({}))
    slow_failure = serve(3.0, RuntimeError("slow and wrong"))

    assert watches["HighResponseTime"]().states_after(fast, slow, fast) == ["OK", "ALARM", "OK"]
    assert watches["HighResponseTime"]().states_after(fast + slow_failure) == ["ALARM"]  # 1.7 s on average
    assert watches["HighResponseTime"]().states_after(fast * 9 + slow) == ["OK"]


def test_high_error_rate_ignores_the_refusals_of_a_read_only_shop(
    watches: Any, deploy: Any, printed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch: Watch = watches["HighErrorRate"]()
    fast, refused = (
        printed(_serve_requests(answer, seconds=0.1, times=20, monkeypatch=monkeypatch))
        for answer in (ok({}), ReadOnly("maintenance"))
    )

    def gateway(failed: int, lines: list[str]) -> State:
        def each(watch: Watch) -> None:
            watch.emit(lines)
            watch.put(watch.alarm.metrics["errors"].metric, failed)
            watch.put(watch.alarm.metrics["requests"].metric, *[1.0] * 40)

        watch.periods(3, each)
        return watch.state

    assert [gateway(20, refused), gateway(25, refused), gateway(0, fast)] == ["OK", "ALARM", "OK"]


def test_high_system_errors_counts_errors_of_all_types(
    watches: Any, deploy: Any, printed: Any, to_database: Proxy
) -> None:
    health, mailer = deploy("health/health"), deploy("consumers/alert_low_stock")
    plug(mailer, Inbox=FakeInbox())
    mailer.send_mail = Mock(side_effect=RuntimeError("not verified"))
    healthy = printed(lambda: health.handler(an_api_event(), an_execution()))

    to_database.shut_down()
    down = printed(lambda: [health.handler(an_api_event(), an_execution()) for _ in range(6)])
    not_sent = printed(lambda: [mailer.handler(_low_stock(4), an_execution()) for _ in range(5)])

    states = watches["HighSystemErrors"]().states_after(healthy, down + not_sent, healthy)
    assert states == ["OK", "ALARM", "OK"]
    assert watches["HighSystemErrors"]().states_after(down, not_sent) == ["OK", "OK"]  # 6 and 5, not 11 at once


def test_service_down_fires_for_failed_and_for_missing_probes(
    watches: Any, deploy: Any, printed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1/dev")  # nothing listens there
    probe = deploy("health/probe_health")
    down = printed(lambda: probe.handler(sample_event("health/probe_health"), an_execution()))
    monkeypatch.setattr(probe, "_problem", lambda _url: None)
    up = printed(lambda: probe.handler(sample_event("health/probe_health"), an_execution()))

    assert watches["ServiceDown"]().states_after(up, down, up) == ["OK", "ALARM", "OK"]
    watch = watches["ServiceDown"]()
    assert watch.states_after(up) == ["OK"]
    assert watch.minutes(6) == ["OK", "ALARM"]
    assert watch.states_after(up) == ["OK"]


def test_service_down_tolerates_a_probe_that_is_a_minute_late(
    watches: Any, deploy: Any, printed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = deploy("health/probe_health")
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1/dev")
    monkeypatch.setattr(probe, "_problem", lambda _url: None)
    up = printed(lambda: probe.handler(sample_event("health/probe_health"), an_execution()))

    watch = watches["ServiceDown"]()
    watch.minutes(5, lambda watch: watch.emit(up))

    assert watch.minutes(20, lambda watch: watch.emit(up) if watch.now % 240 else None) == ["OK"]


def test_low_product_stock_fires_for_a_product_with_few_units(watches: Any, deploy: Any, printed: Any) -> None:
    consumer = deploy("consumers/alert_low_stock")
    plug(consumer, Inbox=FakeInbox())
    consumer.send_mail = Mock()
    few = printed(lambda: consumer.handler(_low_stock(9), an_execution()))
    enough = printed(lambda: consumer.handler(_low_stock(49, event=2), an_execution()))  # its own threshold is 50

    assert watches["LowProductStock"]().states_after(enough, few, []) == ["OK", "ALARM", "OK"]


def test_read_only_too_long_fires_after_an_hour(watches: Any, deploy: Any, printed: Any, redis: Redis) -> None:
    function, switch = deploy("schedules/measure_active_users"), ReadOnlySwitch(redis)
    measure = lambda: function.handler(sample_event("schedules/measure_active_users"), an_execution())  # noqa: E731
    off = printed(measure)
    switch.turn_on("restoring a backup", "ada")
    on = printed(measure)
    switch.turn_off()

    watch = watches["ReadOnlyTooLong"]()
    watch.minutes(5, lambda watch: watch.emit(off))

    assert watch.minutes(59, lambda watch: watch.emit(on)) == ["OK"]
    assert watch.states_after(on, off) == ["ALARM", "OK"]


def test_outbox_alarms_fire_for_delayed_and_stuck_events(
    watches: Any, deploy: Any, printed: Any, database: Database
) -> None:
    relay = deploy("events/relay_outbox")
    relay.put_events = lambda _bus, rows: ["ThrottlingException: slow down"] * len(rows)
    run = lambda: relay.handler(sample_event("events/relay_outbox"), an_execution())  # noqa: E731
    empty = printed(run)
    with UnitOfWork(database) as transaction:
        Outbox(database).add(UserRegistered(user_id=1, language="en"))
        transaction.commit()
    late = datetime.now(UTC) - timedelta(minutes=3)
    database.execute("UPDATE outbox SET created_at = %(late)s", {"late": late})
    waiting = printed(run)
    database.execute("UPDATE outbox SET attempts = 5, next_attempt_at = created_at")
    stuck = printed(run)

    assert watches["OutboxDelayed"]().states_after(empty, waiting, empty) == ["OK", "ALARM", "OK"]
    assert watches["OutboxStuck"]().states_after(empty, waiting, stuck, empty) == ["OK", "OK", "ALARM", "OK"]
    watch = watches["OutboxDelayed"]()
    assert watch.states_after(waiting, []) == ["ALARM", "ALARM"]  # a stopped relay does not resolve the alarm


def _low_stock(stock: int, *, event: int = 1) -> dict[str, Any]:
    data = {"product_id": 5, "sku": "SKU-5", "name": "Kettle", "stock": stock, "threshold": 50}
    event_id = f"{event:08}-1111-4111-8111-111111111111"
    return json.loads(json.dumps(a_batch(a_message(event_type="StockLow", event_id=event_id, data=data))))  # type: ignore[no-any-return]
