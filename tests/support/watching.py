"""The alarms of the templates, and a clock that shows them metrics minute by minute."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.support.alarms import Alarm, State
from tests.support.deployment import Resource, Templates
from tests.support.metric_store import MetricId, MetricStore, metric_id

# A database and a Redis are created where no URL is given.
WITH_EVERYTHING = {"DatabaseUrl": "", "RedisUrl": "", "MonthlyBudgetUsd": "50"}
NAMESPACE = "microshop-dev"


def alarms_of(templates: Templates) -> dict[str, Resource]:
    """Logical id → alarm, those of gradual deployments left out."""
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
    """An alarm as the evaluator takes it."""
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
    """One alarm, from a fine start on."""

    alarm: Alarm
    store: MetricStore = field(default_factory=MetricStore)
    now: float = 30 * 86_400.0
    state: State = "OK"

    def minutes(self, count: int, each: Callable[["Watch"], object] | None = None) -> list[State]:
        """Let minutes pass, in each of which `each` may happen; the states, each once."""
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
        """The same for as many of the alarm's own periods; `each` happens once in each, the state is looked at then."""
        states: list[State] = []
        for _ in range(count):
            if each:
                each(self)
            self.now += self.alarm.period
            self.state = self.alarm.state(self.store, self.now, self.state)
            if states[-1:] != [self.state]:
                states.append(self.state)
        return states

    def told(self, lines: Iterable[str]) -> None:
        """What functions have printed this minute."""
        self.store.take(lines, self.now)

    def put(self, metric: MetricId, *values: float) -> None:
        """What AWS has measured this minute."""
        for value in values:
            self.store.put(metric, value, self.now)
