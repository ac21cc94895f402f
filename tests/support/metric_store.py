"""Stores metrics as CloudWatch does, by namespace, name and exact dimensions, and computes statistics of periods.

The values come from the output of functions (embedded metric format) or, for metrics of AWS, from the tests.
"""

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

type Dimensions = frozenset[tuple[str, str]]

_QUERY = re.compile(
    r"SELECT (?P<function>[A-Z]+)\((?P<metric>\w+)\) FROM "
    r'(?:SCHEMA\("(?P<schema>[^"]+)", (?P<keys>[\w, ]+)\)|"(?P<all>[^"]+)")'
)
_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Sum": sum,
    "Minimum": min,
    "Maximum": max,
    "SampleCount": len,
}
_STATISTIC_OF = {"AVG": "Average", "SUM": "Sum", "MIN": "Minimum", "MAX": "Maximum", "COUNT": "SampleCount"}


@dataclass(frozen=True)
class MetricId:
    """The identity of a metric. Two sets of dimensions are two metrics, however alike (CloudWatch, "Dimensions")."""

    namespace: str
    name: str
    dimensions: Dimensions = frozenset()


def metric_id(namespace: str, name: str, **dimensions: str) -> MetricId:
    """A metric by its parts."""
    return MetricId(namespace, name, frozenset(dimensions.items()))


class MetricStore:
    """Values with their times in seconds. A period is given by its first second and its length."""

    def __init__(self) -> None:
        self._values: defaultdict[MetricId, list[tuple[float, float]]] = defaultdict(list)

    @property
    def metrics(self) -> set[MetricId]:
        """Every metric that ever had a value."""
        return set(self._values)

    def put(self, metric: MetricId, value: float, at: float) -> None:
        """Store one value."""
        self._values[metric].append((at, value))

    def take(self, lines: Iterable[str], at: float) -> None:
        """Store the metrics in the output of a function, with the time `at`. Other lines are ignored."""
        for metric, values in emitted(lines):
            for value in values:
                self.put(metric, value, at)

    def statistic(self, metric: MetricId, statistic: str, start: float, period: float) -> float | None:
        """The data point of one period, or None without a value in it."""
        return _statistic(statistic, self._within(metric, start, period))

    def query(self, text: str, start: float, period: float) -> float | None:
        """The data point of one period of a Metrics Insights query without WHERE and GROUP BY."""
        function, metrics = self.matching(text)
        values = [value for metric in metrics for value in self._within(metric, start, period)]
        return _statistic(_STATISTIC_OF[function], values)

    def matching(self, text: str) -> tuple[str, list[MetricId]]:
        """The function of a query and its metrics, which have exactly the dimensions of SCHEMA."""
        parts = _QUERY.fullmatch(text)
        if parts is None:
            raise ValueError(f"This query is not supported: {text}")
        namespace = parts["schema"] or parts["all"]
        keys = {key.strip() for key in parts["keys"].split(",")} if parts["keys"] else None
        found = [
            metric
            for metric in self._values
            if (metric.namespace, metric.name) == (namespace, parts["metric"])
            and keys in (None, {name for name, _ in metric.dimensions})
        ]
        return parts["function"], found

    def _within(self, metric: MetricId, start: float, period: float) -> list[float]:
        return [value for at, value in self._values.get(metric, ()) if start <= at < start + period]


def emitted(lines: Iterable[str]) -> Iterator[tuple[MetricId, list[float]]]:
    """The metrics of each line in embedded metric format, one for each set of dimensions of the line."""
    for line in lines:
        record = _record(line)
        for directive in record.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, str(record[name])) for name in names)
                for metric in directive["Metrics"]:
                    value = record[metric["Name"]]
                    values = value if isinstance(value, list) else [value]
                    yield MetricId(directive["Namespace"], metric["Name"], dimensions), [float(one) for one in values]


def _record(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _statistic(name: str, values: list[float]) -> float | None:
    if not values:
        return None
    if name.startswith("p"):
        # The nearest rank; CloudWatch interpolates within classes of values that are about one percent wide.
        ranked = sorted(values)
        return ranked[max(math.ceil(float(name[1:]) / 100 * len(ranked)), 1) - 1]
    return _STATISTICS[name](values)
