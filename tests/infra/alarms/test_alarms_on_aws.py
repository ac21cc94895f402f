"""Every alarm on AWS's metrics fires beyond its threshold and recovers below it; some fire without data."""

from collections.abc import Callable, Mapping

import pytest

from tests.support.alarm_simulation import WITH_EVERYTHING, Watch, alarms, alarms_of, every_alarm, read_alarm
from tests.support.alarms import Alarm, State
from tests.support.deployment import Templates

_MIB, _GIB = 1024**2, 1024**3

# Alarm → the values of its metrics while all is well, and those at which it fires, by id ("watched" where the alarm has
# one metric). Alarms on metrics of the shop: tests/integration/functions/alarms runs the functions.
_FINE_AND_WRONG: dict[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    "HighErrorRate": (
        {"errors": 5, "requests": 100},
        {"errors": 3, "staff_errors": 3, "requests": 80, "staff_requests": 20},
    ),
    "HighClientErrorRate": (
        {"refused": 100, "requests": 200},
        {"refused": 90, "staff_refused": 11, "requests": 180, "staff_requests": 20},
    ),
    "StripeWebhookFailing": ({"refused": 2, "failed": 3}, {"refused": 3, "failed": 3}),
    **{name: ({"watched": 0}, {"watched": 1}) for name in alarms() if name.endswith("DeadLetters")},
    "EventsDelayed": (
        dict.fromkeys(alarms()["EventsDelayed"].metrics, 600),
        dict.fromkeys(alarms()["EventsDelayed"].metrics, 0) | {"lowStockAlert": 601},
    ),
    "SchedulesFailing": ({"reconcile": 5}, {"relayOutbox": 3, "purgeExpired": 3}),
    "LambdaThrottles": ({"watched": 0}, {"watched": 1}),
    "ConcurrencyHigh": ({"claimed": 800, "running": 10}, {"claimed": 801, "running": 10}),
    "HighCPU": ({"watched": 80}, {"watched": 81}),
    "DatabaseConnectionsHigh": ({"value": 48}, {"value": 49}),
    "RedisHighCPU": ({"watched": 80}, {"watched": 81}),
    "RedisHighMemory": ({"watched": 85}, {"watched": 86}),
    "MailBounces": ({"watched": 0.05}, {"watched": 0.051}),
    "MailComplaints": ({"watched": 0.001}, {"watched": 0.0011}),
}
_OF_ITS_ENGINE: dict[tuple[str, str], tuple[float, float]] = {
    ("HighMemory", "FreeableMemory-mysql"): (0.06 * _GIB, 0.04 * _GIB),  # db.t4g.micro has 1 GiB
    ("HighMemory", "FreeableMemory-aurora"): (130 * _MIB, 126 * _MIB),  # 4 units of 2 GiB
    ("HighDisk", "FreeStorageSpace-mysql"): (3.1 * _GIB, 2.9 * _GIB),  # of 20 GiB
    ("HighDisk", "AuroraVolumeBytesLeftTotal-aurora"): (39 * 1024 * _GIB, 38 * 1024 * _GIB),  # of 256 TiB
}


def _is_on_aws(alarm: Alarm) -> bool:
    return any(watched.metric.namespace.startswith("AWS/") for watched in alarm.metrics.values())


_NOT_RUNNING = [name for name in alarms() if name.endswith("NotRunning")]
# The alarms of missing runs have their own tests.
_ON_AWS = {
    name: alarm
    for name, alarm in every_alarm().items()
    if _is_on_aws(alarm) and name.rpartition("-")[0] not in _NOT_RUNNING
}


def test_an_alarm_on_aws_metrics_fires_beyond_its_threshold_and_recovers() -> None:
    found, expected = {}, {}
    for name, alarm in _ON_AWS.items():
        fine, wrong = _situations(name, alarm)
        watch = Watch(alarm)
        found[name] = [watch.periods(10, _putting(alarm, values)) for values in (fine, wrong, fine)]
        to_alarm = ["OK", "ALARM"] if alarm.needed > 1 else ["ALARM"]
        to_ok = ["ALARM", "OK"] if alarm.needed < alarm.periods else ["OK"]
        expected[name] = [["OK"], to_alarm, to_ok]

    assert found == expected


def test_every_alarm_on_aws_metrics_has_a_situation_in_which_it_fires() -> None:
    described = _FINE_AND_WRONG.keys() | {name for name, _ in _OF_ITS_ENGINE}

    assert described == {name.rpartition("-")[0] for name in _ON_AWS}


@pytest.mark.parametrize("how", ["fails every time", "runs no more"])
def test_a_schedule_that_fails_or_stops_raises_its_alarm(how: str) -> None:
    states = {name: _states_of_schedule(alarms()[name], fails=how == "fails every time") for name in _NOT_RUNNING}

    assert states == dict.fromkeys(_NOT_RUNNING, (["OK"], ["OK"], ["ALARM"], ["OK"]))


def test_a_schedule_that_skips_a_minute_raises_no_alarm() -> None:
    alarm = alarms()["RelayOutboxNotRunning"]
    watch = Watch(alarm)

    def sometimes(watch: Watch) -> None:
        if watch.now % 120 == 0:
            watch.put(alarm.metrics["runs"].metric, 1)
            watch.put(alarm.metrics["failures"].metric, 0)

    assert watch.periods(30, sometimes) == ["OK"]


def test_a_missing_nightly_reconciliation_raises_an_alarm_in_the_morning() -> None:
    alarm = alarms()["ReconcileNotRunning"]
    watch = Watch(alarm)
    night = 3 * 3600 + 17 * 60

    def nightly(watch: Watch) -> None:
        if watch.now % 86_400 == night:
            watch.put(alarm.metrics["runs"].metric, 1)
            watch.put(alarm.metrics["failures"].metric, 0)

    watch.minutes(2 * 1440, nightly)  # before that there was none

    assert watch.minutes(1440, nightly) == ["OK"]
    assert watch.minutes(9 * 60) == ["OK"]  # none at 03:17, which is six hours ago
    assert watch.minutes(60) == ["OK", "ALARM"]


def test_errors_of_a_few_requests_raise_no_alarm() -> None:
    watch = Watch(alarms()["HighErrorRate"])

    assert watch.periods(5, _putting(watch.alarm, {"errors": 4, "requests": 4})) == ["OK"]


@pytest.mark.parametrize(
    ("instance_class", "free"), [("db.t4g.micro", 60), ("db.m7g.large", 300), ("db.r7g.large", 250)]
)
def test_a_full_buffer_pool_raises_no_alarm(instance_class: str, free: int) -> None:
    resources = alarms_of(Templates(DatabaseInstanceClass=instance_class, **WITH_EVERYTHING))
    watch = Watch(read_alarm(resources["HighMemory"]))

    assert watch.periods(5, _putting(watch.alarm, {"value": free * _MIB, "mostSwapped": 20 * _MIB})) == ["OK"]


def test_a_database_that_swaps_more_and_more_raises_an_alarm() -> None:
    watch = Watch(alarms()["HighMemory"])

    def swaps(watch: Watch) -> None:
        watch.put(watch.alarm.metrics["value"].metric, 0.2 * _GIB)
        watch.put(watch.alarm.metrics["mostSwapped"].metric, 100 * _MIB, 133 * _MIB)

    assert watch.periods(1, swaps) == ["OK"]
    assert watch.periods(1, swaps) == ["ALARM"]
    assert watch.periods(2, _putting(watch.alarm, {"value": 0.2 * _GIB, "mostSwapped": 133 * _MIB})) == ["OK"]


def test_no_alarm_of_aurora_watches_swap() -> None:
    # RDS reports SwapUsage of Aurora MySQL for classes db.t* only; an expression without its metric has no value.
    watched = {one.metric.name for alarm in alarms("aurora").values() for one in alarm.metrics.values()}

    assert "FreeableMemory" in watched
    assert "SwapUsage" not in watched


def test_only_metrics_that_must_never_stop_raise_an_alarm_without_data() -> None:
    always = {"ServiceDown", *(name for name in alarms() if name.endswith("NotRunning"))}

    alarmed = {name for name, alarm in alarms().items() if "ALARM" in Watch(alarm).periods(alarm.periods + 3)}

    assert alarmed == always


def _states_of_schedule(alarm: Alarm, *, fails: bool) -> tuple[list[State], ...]:
    """Returns the states while it runs, before and after the alarm has waited, and when it runs again."""
    watch = Watch(alarm)
    runs, failures = (alarm.metrics[one].metric for one in ("runs", "failures"))

    def well(watch: Watch) -> None:
        watch.put(runs, 1)
        watch.put(failures, 0)

    def badly(watch: Watch) -> None:
        if fails:
            watch.put(runs, 1)
            watch.put(failures, 1)

    return (
        watch.periods(10, well),
        watch.periods(alarm.periods - 1, badly),
        watch.periods(5, badly),
        watch.periods(10, well),
    )


def _situations(name: str, alarm: Alarm) -> tuple[Mapping[str, float], Mapping[str, float]]:
    alarm_name, _, engine = name.rpartition("-")
    if alarm_name in _FINE_AND_WRONG:
        return _FINE_AND_WRONG[alarm_name]
    fine, wrong = _OF_ITS_ENGINE[alarm_name, f"{alarm.metrics['value'].metric.name}-{engine}"]
    return {"value": fine}, {"value": wrong}


def _putting(alarm: Alarm, values: Mapping[str, float]) -> Callable[[Watch], None]:
    def put(watch: Watch) -> None:
        for one, value in values.items():
            watched = alarm.metrics[one]
            if watched.statistic == "SampleCount":
                watch.put(watched.metric, *[1.0] * int(value))
            else:
                watch.put(watched.metric, value)

    return put
