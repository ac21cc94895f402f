"""What widgets of the dashboard are made of: metrics of the shop's own, lines where alarms go off, graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

type Metric = list[Any]


@dataclass(frozen=True)
class Widget:
    """A widget without its place."""

    body: dict[str, Any]
    width: int
    height: int = 6


@dataclass(frozen=True)
class Row:
    """Widgets under one title."""

    title: str
    widgets: Sequence[Widget]


def graph(title: str, metrics: list[Metric], *, width: int = 6, unit: str = "", **properties: Any) -> Widget:
    """Metrics over time. `stat` and `period` are for those that say none."""
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
    """A line where an alarm goes off."""
    return {"annotations": {"horizontal": [{"value": value, "label": label}]}}


def alarm_states(*names: str, width: int, height: int) -> Widget:
    """The states of alarms."""
    prefix = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:microshop-${Stage}-"
    properties = {"title": "Alarms", "alarms": [prefix + name for name in names]}
    return Widget({"type": "alarm", "properties": properties}, width, height)


def ours(name: str, *dimensions: str, **options: Any) -> Metric:
    """A metric of the shop's own."""
    return ["${MetricsNamespace}", name, "service", "microshop", *dimensions, options]


def query(function: str, metric: str, keys: str, group: str, **options: Any) -> Metric:
    """A line for each value of a dimension of one of the shop's own metrics, whatever values there are."""
    schema = ", ".join(keys.split())
    text = f'SELECT {function}({metric}) FROM SCHEMA("${{MetricsNamespace}}", {schema}) GROUP BY {group}'  # noqa: S608 - CloudWatch's
    return [{"expression": text, "id": f"q_{metric}", "label": "", **options}]
