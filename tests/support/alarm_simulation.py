"""Simulates the alarms of the templates on metrics, minute by minute."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.support.alarms import Alarm, State
from tests.support.deployment import Resource, Templates
from tests.support.metric_store import MetricId, MetricStore, metric_id

# Without URLs, the stack creates a database and a Redis.
WITH_EVERYTHING = {"DatabaseUrl": "", "RedisUrl": "", "MonthlyBudgetUsd": "50"}
NAMESPACE = "microshop-dev"


def alarms_of(templates: Templates) -> dict[str, Resource]:
    """Logical id → alarm, without the alarms of gradual deployments."""
    return {
        alarm.logical_id: alarm
        for alarm in templates.of("AWS::CloudWatch::Alarm")
        if alarm.stack.file.name == "observability.yaml"
    }


@functools.cache
def deployed(engine: str = "mysql") -> Templates:
    """A deployment that creates everything, with a database of the engine."""
    return Templates(DatabaseEngine=engine, **WITH_EVERYTHING)


@functools.cache
def alarms(engine: str = "mysql") -> dict[str, Alarm]:
    """Logical id → alarm of such a deployment."""
    return {name: read_alarm(alarm) for name, alarm in alarms_of(deployed(engine)).items()}


@functools.cache
def every_alarm() -> dict[str, Alarm]:
    """Returns each alarm as `Name-mysql`, and as `Name-aurora` those that differ there."""
    return {
        f"{name}-{engine}": alarm
        for engine in ("mysql", "aurora")
        for name, alarm in alarms(engine).items()
        if engine == "mysql" or alarm != alarms()[name]
    }


def read_alarm(resource: Resource) -> Alarm:
    """Returns the alarm for the evaluator."""
    names = (
        "AlarmName ComparisonOperator Threshold EvaluationPeriods DatapointsToAlarm TreatMissingData MetricName "
        "Namespace Dimensions Statistic ExtendedStatistic Period Metrics"
    )
    return Alarm.read({name: resource[name] for name in names.split()})


def ours(name: str, **dimensions: str) -> MetricId:
    """A metric that functions emit."""
    return metric_id(NAMESPACE, name, service="microshop", **dimensions)


@dataclass
class Watch:
    """One alarm with its metrics and clock. It starts in the state OK."""

    alarm: Alarm
    store: MetricStore = field(default_factory=MetricStore)
    now: float = 30 * 86_400.0
    state: State = "OK"

    def minutes(self, count: int, each: Callable[["Watch"], object] | None = None) -> list[State]:
        """Let minutes pass, with a call of `each` in each. Returns the states, without repetitions."""
        states: list[State] = []
        for _ in range(count):
            if each:
                each(self)
            self.now += 60
            self.state = self.alarm.state(self.store, self.now, self.state)
            if states[-1:] != [self.state]:
                states.append(self.state)
        return states

    def periods(self, count: int, each: Callable[["Watch"], object] | None = None) -> list[State]:
        """Let periods of the alarm pass, with a call of `each` in each. Returns the states, without repetitions."""
        states: list[State] = []
        for _ in range(count):
            if each:
                each(self)
            self.now += self.alarm.period
            self.state = self.alarm.state(self.store, self.now, self.state)
            if states[-1:] != [self.state]:
                states.append(self.state)
        return states

    def states_after(self, *outputs: list[str]) -> list[State]:
        """Emit the metrics of each output in some periods. Returns the state of the alarm after each output."""
        states = []
        for lines in outputs:
            self.periods(self.alarm.periods + 3, lambda watch, lines=lines: watch.emit(lines))  # type: ignore[misc]
            states.append(self.state)
        return states

    def emit(self, lines: Iterable[str]) -> None:
        """Add the metrics in the output of functions to this minute."""
        self.store.take(lines, self.now)

    def put(self, metric: MetricId, *values: float) -> None:
        """Add values of a metric to this minute."""
        for value in values:
            self.store.put(metric, value, self.now)
