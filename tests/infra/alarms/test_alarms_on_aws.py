"""Every alarm on AWS's metrics goes off beyond its threshold and is over below; what must speak may not be silent."""

from collections.abc import Callable, Mapping

import pytest

from tests.support.alarms import Alarm
from tests.support.deployment import Templates
from tests.support.watching import WITH_EVERYTHING, Watch, alarms, alarms_of, every_alarm, read_alarm

_MIB, _GIB = 1024**2, 1024**3

# Alarm → what its metrics say while all is well, and what they say when it is to fire, by id ("watched" where the alarm
# is on one metric). Those on the shop's own metrics are fed by real functions: tests/integration/test_alarms_fire.py.
_FINE_AND_WRONG: dict[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    "HighErrorRate": ({"errors": 5, "requests": 100}, {"errors": 6, "requests": 100}),
    "HighClientErrorRate": ({"refused": 100, "requests": 200}, {"refused": 101, "requests": 200}),
    "StripeWebhookFailing": ({"refused": 2, "failed": 3}, {"refused": 3, "failed": 3}),
    **{name: ({"watched": 0}, {"watched": 1}) for name in alarms() if name.endswith("DeadLetters")},
    "EventsDelayed": (
        dict.fromkeys(alarms()["EventsDelayed"].asked, 600),
        dict.fromkeys(alarms()["EventsDelayed"].asked, 0) | {"lowStockAlert": 601},
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


@pytest.mark.parametrize(("name", "engine", "alarm"), every_alarm())
def test_an_alarm_on_aws_metrics_fires_beyond_its_threshold(name: str, engine: str, alarm: Alarm) -> None:
    if not _is_on_aws(alarm) or name.endswith("NotRunning"):
        return  # those are other tests'
    fine, wrong = _situations(name, engine, alarm)
    watch = Watch(alarm)

    states = [watch.periods(10, _putting(alarm, values)) for values in (fine, wrong, fine)]

    to_alarm = ["OK", "ALARM"] if alarm.needed > 1 else ["ALARM"]
    to_ok = ["ALARM", "OK"] if alarm.needed < alarm.periods else ["OK"]
    assert states == [["OK"], to_alarm, to_ok]


def test_every_alarm_on_aws_metrics_has_a_situation_in_which_it_fires() -> None:
    on_aws = {name for name, alarm in alarms().items() if _is_on_aws(alarm)}

    told = _FINE_AND_WRONG.keys() | {name for name, _ in _OF_ITS_ENGINE}

    assert on_aws == told | {name for name in alarms() if name.endswith("NotRunning")}


@pytest.mark.parametrize("name", [name for name in alarms() if name.endswith("NotRunning")])
@pytest.mark.parametrize("how", ["fails every time", "runs no more"])
def test_a_schedule_that_fails_every_time_or_runs_no_more_is_noticed(name: str, how: str) -> None:
    alarm = alarms()[name]
    watch = Watch(alarm)
    runs, failures = (alarm.asked[one].metric for one in ("runs", "failures"))

    def well(watch: Watch) -> None:
        watch.put(runs, 1)
        watch.put(failures, 0)

    def badly(watch: Watch) -> None:
        if how == "fails every time":
            watch.put(runs, 1)
            watch.put(failures, 1)

    assert watch.periods(10, well) == ["OK"]
    assert watch.periods(alarm.periods - 1, badly) == ["OK"]
    assert watch.periods(5, badly) == ["ALARM"]
    assert watch.periods(10, well) == ["OK"]


def test_a_schedule_that_skips_a_minute_is_no_alarm() -> None:
    alarm = alarms()["RelayOutboxNotRunning"]
    watch = Watch(alarm)

    def sometimes(watch: Watch) -> None:
        if watch.now % 120 == 0:
            watch.put(alarm.asked["runs"].metric, 1)
            watch.put(alarm.asked["failures"].metric, 0)

    assert watch.periods(30, sometimes) == ["OK"]


def test_the_nightly_reconciliation_is_missed_on_the_day_after_and_not_before() -> None:
    alarm = alarms()["ReconcileNotRunning"]
    watch = Watch(alarm)
    night = 3 * 3600 + 17 * 60

    def nightly(watch: Watch) -> None:
        if watch.now % 86_400 == night:
            watch.put(alarm.asked["runs"].metric, 1)
            watch.put(alarm.asked["failures"].metric, 0)

    watch.minutes(2 * 1440, nightly)  # before that there was none

    assert watch.minutes(1440, nightly) == ["OK"]
    assert watch.minutes(9 * 60) == ["OK"]  # none at 03:17, which is six hours ago
    assert watch.minutes(60) == ["OK", "ALARM"]


def test_a_handful_of_requests_is_no_rate() -> None:
    watch = Watch(alarms()["HighErrorRate"])

    assert watch.periods(5, _putting(watch.alarm, {"errors": 4, "requests": 4})) == ["OK"]


@pytest.mark.parametrize(
    ("instance_class", "free"), [("db.t4g.micro", 60), ("db.m7g.large", 300), ("db.r7g.large", 250)]
)
def test_a_database_whose_buffer_pool_is_full_is_no_alarm(instance_class: str, free: int) -> None:
    resources = alarms_of(Templates(DatabaseInstanceClass=instance_class, **WITH_EVERYTHING))
    watch = Watch(read_alarm(resources["HighMemory"]))

    assert watch.periods(5, _putting(watch.alarm, {"value": free * _MIB, "mostSwapped": 20 * _MIB})) == ["OK"]


def test_a_database_that_swaps_more_and_more_is_an_alarm_until_it_stops() -> None:
    watch = Watch(alarms()["HighMemory"])

    def swaps(watch: Watch) -> None:
        watch.put(watch.alarm.asked["value"].metric, 0.2 * _GIB)
        watch.put(watch.alarm.asked["mostSwapped"].metric, 100 * _MIB, 133 * _MIB)

    assert watch.periods(1, swaps) == ["OK"]
    assert watch.periods(1, swaps) == ["ALARM"]
    assert watch.periods(2, _putting(watch.alarm, {"value": 0.2 * _GIB, "mostSwapped": 133 * _MIB})) == ["OK"]


def test_no_alarm_of_aurora_waits_for_swap() -> None:
    # RDS reports SwapUsage of Aurora MySQL for classes db.t* only; an expression without its metric has no value.
    asked = {one.metric.name for alarm in alarms("aurora").values() for one in alarm.asked.values()}

    assert "FreeableMemory" in asked
    assert "SwapUsage" not in asked


def test_silence_is_no_alarm_but_for_what_must_always_speak() -> None:
    always = {"ServiceDown", *(name for name in alarms() if name.endswith("NotRunning"))}

    alarmed = {name for name, alarm in alarms().items() if "ALARM" in Watch(alarm).periods(alarm.periods + 3)}

    assert alarmed == always


def _situations(name: str, engine: str, alarm: Alarm) -> tuple[Mapping[str, float], Mapping[str, float]]:
    if name in _FINE_AND_WRONG:
        return _FINE_AND_WRONG[name]
    fine, wrong = _OF_ITS_ENGINE[name, f"{alarm.asked['value'].metric.name}-{engine}"]
    return {"value": fine}, {"value": wrong}


def _putting(alarm: Alarm, values: Mapping[str, float]) -> Callable[[Watch], None]:
    def put(watch: Watch) -> None:
        for one, value in values.items():
            asked = alarm.asked[one]
            if asked.statistic == "SampleCount":
                watch.put(asked.metric, *[1.0] * int(value))
            else:
                watch.put(asked.metric, value)

    return put


def _is_on_aws(alarm: Alarm) -> bool:
    return any(asked.metric.namespace.startswith("AWS/") for asked in alarm.asked.values())
