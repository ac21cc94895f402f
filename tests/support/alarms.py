"""CloudWatch's alarms: reads the alarm of a template, and evaluates its state each minute.

From "Alarm evaluation" of the CloudWatch user guide: an alarm is evaluated every minute over the periods that end then.
It reads more data points than EvaluationPeriods, because some may be missing; the guide gives the number only for its
example (two more).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.metric_math import Point, evaluate
from tests.support.metric_store import MetricId, MetricStore

type State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

_MORE_POINTS = 2
_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


@dataclass(frozen=True)
class WatchedMetric:
    """A metric and its statistic."""

    metric: MetricId
    statistic: str


@dataclass(frozen=True)
class Alarm:
    """An alarm on a metric, on metric math over some, or on a Metrics Insights query."""

    name: str
    threshold: float
    comparison: str
    periods: int
    needed: int
    missing: str
    period: int
    metrics: Mapping[str, WatchedMetric] = field(default_factory=dict)
    expression: str = ""

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> "Alarm":
        """The alarm with the resolved properties of an AWS::CloudWatch::Alarm."""
        metrics, expression, period = _watched(properties)
        return cls(
            name=properties["AlarmName"],
            threshold=float(properties["Threshold"]),
            comparison=properties["ComparisonOperator"],
            periods=int(properties["EvaluationPeriods"]),
            needed=int(properties.get("DatapointsToAlarm") or properties["EvaluationPeriods"]),
            missing=properties.get("TreatMissingData") or "missing",
            period=period,
            metrics=metrics,
            expression=expression,
        )

    @property
    def is_query(self) -> bool:
        """Whether it watches a Metrics Insights query."""
        return self.expression.startswith("SELECT ")

    def breaches(self, value: float) -> bool:
        """Whether a data point is beyond the threshold."""
        return _BREACHES[self.comparison](value, self.threshold)

    def point(self, store: MetricStore, start: float) -> Point:
        """The data point of the period that begins at `start`."""
        if self.is_query:
            return store.query(self.expression, start, self.period)
        points = {
            name: store.statistic(one.metric, one.statistic, start, self.period) for name, one in self.metrics.items()
        }
        return evaluate(self.expression, points)

    def state(self, store: MetricStore, now: float, before: State) -> State:
        """The state at `now`, a full minute, if it was `before`."""
        count = self.periods + _MORE_POINTS
        points = [self.point(store, now - age * self.period) for age in range(count, 0, -1)]
        return state_of([None if point is None else self.breaches(point) for point in points], self, before)


def state_of(points: list[bool | None], alarm: Alarm, before: State) -> State:
    """The state that data points lead to, the oldest first: True breaches, None is missing."""
    real = [point for point in points if point is not None]
    if len(real) >= alarm.periods:
        return _counted(real[-alarm.periods :], alarm)
    match alarm.missing:
        case "breaching" | "notBreaching":
            filled = [alarm.missing == "breaching"] * (alarm.periods - len(real))
            return _counted(real + filled, alarm)
        case "ignore":
            return _counted(real, alarm) if _is_sufficient(real, alarm) else before
    if not real:
        return "INSUFFICIENT_DATA"
    if _is_sufficient(real, alarm):
        return _counted(real, alarm)
    # Only breaching points, too few: an alarm once the oldest is as old as enough of them would be.
    age_of_oldest = len(points) - points.index(True)
    return "ALARM" if age_of_oldest >= alarm.needed else before


def _is_sufficient(real: list[bool], alarm: Alarm) -> bool:
    return not all(real) or len(real) >= alarm.needed


def _counted(points: list[bool], alarm: Alarm) -> State:
    return "ALARM" if sum(points) >= alarm.needed else "OK"


def _watched(properties: Mapping[str, Any]) -> tuple[dict[str, WatchedMetric], str, int]:
    if properties.get("MetricName"):
        statistic = properties.get("Statistic") or properties["ExtendedStatistic"]
        return {"watched": WatchedMetric(_metric(properties), statistic)}, "watched", int(properties["Period"])
    queries = properties["Metrics"]
    metrics = {
        query["Id"]: WatchedMetric(_metric(query["MetricStat"]["Metric"]), query["MetricStat"]["Stat"])
        for query in queries
        if "MetricStat" in query
    }
    (result,) = [query for query in queries if query.get("ReturnData", True)]
    periods = {int(query.get("Period") or query["MetricStat"]["Period"]) for query in queries if _has_period(query)}
    (period,) = periods  # "Each metric must be using the same period."
    return metrics, result.get("Expression", result["Id"]), period


def _has_period(query: Mapping[str, Any]) -> bool:
    return "MetricStat" in query or "Period" in query


def _metric(properties: Mapping[str, Any]) -> MetricId:
    dimensions = {one["Name"]: str(one["Value"]) for one in properties.get("Dimensions") or ()}
    return MetricId(properties["Namespace"], properties["MetricName"], frozenset(dimensions.items()))
