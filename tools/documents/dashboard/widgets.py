"""Building blocks of the dashboard: widgets, metrics and thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

type Metric = list[Any]


@dataclass(frozen=True)
class Widget:
    """A widget without its position."""

    body: dict[str, Any]
    width: int
    height: int = 6


@dataclass(frozen=True)
class Row:
    """Widgets with a common title."""

    title: str
    widgets: Sequence[Widget]


def graph(title: str, metrics: list[Metric], *, width: int = 6, unit: str = "", **properties: Any) -> Widget:
    """Returns a graph of metrics over time. `stat` and `period` are defaults of its metrics."""
    body = {
        "title": title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "stat": "Sum",
        "period": 300,
        "metrics": metrics,
        "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
        **properties,
    }
    return Widget({"type": "metric", "properties": body}, width)


def threshold(value: float, label: str) -> dict[str, Any]:
    """Returns a horizontal line at an alarm's threshold."""
    return {"annotations": {"horizontal": [{"value": value, "label": label}]}}


def alarm_states(*names: str, width: int, height: int) -> Widget:
    """Returns a widget with the states of alarms."""
    prefix = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:microshop-${Stage}-"
    properties = {"title": "Alarms", "alarms": [prefix + name for name in names]}
    return Widget({"type": "alarm", "properties": properties}, width, height)


def ours(name: str, *dimensions: str, **options: Any) -> Metric:
    """Returns one of the shop's own metrics."""
    return ["${MetricsNamespace}", name, "service", "microshop", *dimensions, options]


def query(function: str, metric: str, keys: str, group: str, **options: Any) -> Metric:
    """Returns a query for one of the shop's own metrics, with a line per value of a dimension."""
    schema = ", ".join(keys.split())
    text = f'SELECT {function}({metric}) FROM SCHEMA("${{MetricsNamespace}}", {schema}) GROUP BY {group}'  # noqa: S608 - CloudWatch's
    return [{"expression": text, "id": f"q_{metric}", "label": "", **options}]
