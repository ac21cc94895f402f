"""The alarm evaluator of tests/support against the examples of the CloudWatch user guide."""

import json

import pytest

from tests.support.alarms import Alarm, State, state_of
from tests.support.metric_math import evaluate
from tests.support.metric_store import MetricStore, metric_id
from tests.support.table_rows import wrong_answers

_RETAINED = "retained"
# "How alarm state is evaluated when data is missing": the oldest point on the left, 0 is fine, X breaches, - is
# missing; then the states for missing, ignore, breaching and notBreaching.
_THREE_OF_THREE = {
    "0-X-X": ("OK", "OK", "OK", "OK"),
    "----0": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", _RETAINED, "ALARM", "OK"),
    "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", _RETAINED, "ALARM", "OK"),
}
_TWO_OF_THREE = {
    "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0-X--": ("OK", "OK", "ALARM", "OK"),
    "----0": ("OK", "OK", "ALARM", "OK"),
    "---X-": ("ALARM", _RETAINED, "ALARM", "OK"),
}
_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_EXAMPLES = [
    (needed, points, treatment, expected)
    for needed, table in ((3, _THREE_OF_THREE), (2, _TWO_OF_THREE))
    for points, states in table.items()
    for treatment, expected in zip(_TREATMENTS, states, strict=True)
]


def _alarm(*, needed: int = 1, periods: int = 1, missing: str = "notBreaching", **watched: object) -> Alarm:
    properties = {
        "AlarmName": "alarm",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 3,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": needed,
        "TreatMissingData": missing,
        **(watched or {"Namespace": "shop", "MetricName": "waiting", "Statistic": "Maximum", "Period": 60}),
    }
    return Alarm.read(properties)


def test_missing_data_leads_to_the_states_of_the_user_guide() -> None:
    def state(needed: int, points: str, treatment: str, before: State) -> State:
        alarm = _alarm(needed=needed, periods=3, missing=treatment)
        return state_of([{"0": False, "X": True, "-": None}[point] for point in points], alarm, before)

    rows = [
        (needed, points, treatment, before, before if expected == _RETAINED else expected)
        for needed, points, treatment, expected in _EXAMPLES
        for before in ("OK", "ALARM")
    ]
    assert wrong_answers(state, rows) == []


def test_alarm_waits_when_the_next_point_may_end_the_breach() -> None:
    alarm = _alarm(needed=3, periods=3, missing="missing")

    for points in ([None] * 4 + [True], [None] * 3 + [True, None]):
        assert state_of(points, alarm, "OK") == "OK"


def test_alarm_needs_its_breaching_periods_and_ends_with_a_good_one() -> None:
    # The figure of "Alarm evaluation": threshold 3, 3 of 3.
    store, alarm = MetricStore(), _alarm(needed=3, periods=3)
    for minute, value in enumerate([2, 4, 4, 4, 4, 2, 2, 2, 4, 2]):
        store.put(metric_id("shop", "waiting"), value, minute * 60)

    states = [alarm.state(store, (minute + 1) * 60, "OK") for minute in range(10)]

    assert states == ["OK"] * 3 + ["ALARM"] * 2 + ["OK"] * 5


def test_period_of_five_minutes_slides_every_minute() -> None:
    store = MetricStore()
    alarm = _alarm(Namespace="shop", MetricName="failed", Statistic="Sum", Period=300)
    for minute in (3, 4, 6, 7):
        store.put(metric_id("shop", "failed"), 1, minute * 60)

    assert [alarm.state(store, minute * 60, "OK") for minute in (5, 8, 9)] == ["OK", "ALARM", "OK"]


def test_metric_of_other_dimensions_is_another_metric() -> None:
    store = MetricStore()
    store.put(metric_id("shop", "waiting", service="shop", status="5xx"), 9, 0)

    assert store.statistic(metric_id("shop", "waiting", service="shop"), "Sum", 0, 60) is None
    assert store.statistic(metric_id("shop", "waiting", service="shop", status="5xx"), "Sum", 0, 60) == 9
    assert store.statistic(metric_id("other", "waiting", service="shop", status="5xx"), "Sum", 0, 60) is None


def test_statistics_are_taken_over_the_values_of_one_period() -> None:
    store, metric = MetricStore(), metric_id("shop", "waiting")
    for value, at in ((1, 60), (4, 70), (5, 80), (50, 119), (1000, 120)):
        store.put(metric, value, at)
    rows = [("Sum", 60), ("Average", 15), ("Minimum", 1), ("Maximum", 50), ("SampleCount", 4), ("p50", 4), ("p95", 50)]

    assert wrong_answers(lambda statistic: store.statistic(metric, statistic, 60, 60), rows) == []


def test_line_makes_one_metric_per_set_of_dimensions() -> None:
    directive = {
        "Namespace": "shop",
        "Dimensions": [["service"], ["service", "type"]],
        "Metrics": [{"Name": "errors", "Unit": "Count"}],
    }
    line = {"_aws": {"CloudWatchMetrics": [directive]}, "service": "s", "type": "t", "errors": [1.0, 2.0], "id": 7}
    store, of_all = MetricStore(), metric_id("shop", "errors", service="s")

    store.take([json.dumps(line), '{"message": "no metric"}', "START RequestId: 1"], 0)

    assert store.metrics == {of_all, metric_id("shop", "errors", service="s", type="t")}
    assert store.statistic(of_all, "Sum", 0, 60) == 3


def test_query_covers_a_name_or_exactly_its_schema() -> None:
    store = MetricStore()
    store.put(metric_id("shop", "errors", service="s", type="a"), 1, 0)
    store.put(metric_id("shop", "errors", service="s", type="b"), 3, 0)
    store.put(metric_id("shop", "errors", service="s", type="c", consumer="d"), 5, 0)
    store.put(metric_id("elsewhere", "errors", service="s", type="a"), 100, 0)

    assert store.query('SELECT SUM(errors) FROM "shop"', 0, 60) == 9
    assert store.query('SELECT AVG(errors) FROM SCHEMA("shop", service, type)', 0, 60) == 2
    assert store.query('SELECT SUM(others) FROM "shop"', 0, 60) is None


def test_metric_math_handles_missing_values_and_division_by_zero() -> None:
    values = {"a": 3.0, "b": 2.0, "zero": 0.0, "none": None}
    rows = [
        ("a - b", 1),
        ("a - none", 3),
        ("none - none", None),
        ("100 * none", None),
        ("a / zero", None),
        ("100 * (1 - a / 6)", 50),
        ("SUM([a, b, none])", 5),
        ("MAX([a, none])", 3),
        ("SUM([none])", None),
        ("IF(a >= 3, a * 2, 0)", 6),
        ("IF(b > 2, 1, 0)", 0),
        ("IF(none >= 3, 1, 0)", None),
        ("FILL(none, 0) - FILL(b, 0)", -2),
    ]

    assert wrong_answers(lambda expression: evaluate(expression, values), rows) == []


def test_unknown_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="AVG"):
        evaluate("AVG([a])", {"a": 1.0})
    with pytest.raises(ValueError, match="query is not supported"):
        MetricStore().query("SELECT SUM(a) FROM shop WHERE b = 'c'", 0, 60)
