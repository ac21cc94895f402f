"""The dashboard shows metrics that exist, has every endpoint and every alarm, and can be drawn."""

import itertools
import json
import re
from typing import Any

import pytest

from tests.support.alarm_simulation import NAMESPACE, WITH_EVERYTHING, alarms, deployed
from tests.support.aws_metrics import AWS_METRICS
from tests.support.deployment import Templates
from tests.support.own_metrics import OWN_METRICS
from tests.support.templates import http_routes
from tools.documents.dashboard.layout import routes
from tools.templates.deployment import deployment

_QUERY = re.compile(r'SELECT (SUM|AVG|MAX|MIN)\((\w+)\) FROM SCHEMA\("([\w-]+)", ([\w, ]+)\) GROUP BY (\w+)')


def _widgets(templates: Templates) -> list[dict[str, Any]]:
    [dashboard] = templates.of("AWS::CloudWatch::Dashboard")
    body = dashboard["DashboardBody"]
    widgets: list[dict[str, Any]] = json.loads(body)["widgets"]
    assert "${" not in body
    return widgets


def _metrics(widget: dict[str, Any]) -> list[tuple[list[str], dict[str, Any]]]:
    """Returns the words of each metric or expression, and its options with those of the widget."""
    found = []
    for metric in widget["properties"]["metrics"]:
        options = metric[-1] if isinstance(metric[-1], dict) else {}
        words = [word for word in metric if not isinstance(word, dict)]
        found.append((words, {"stat": widget["properties"]["stat"], **options}))
    return found


@pytest.fixture(scope="module", params=["mysql", "aurora"])
def widgets(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """The widgets of a deployment that creates everything."""
    return _widgets(deployed(request.param))


def _graphs(widgets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [widget for widget in widgets if widget["type"] == "metric"]


def test_no_widget_overlaps_another_or_leaves_the_24_columns(widgets: list[dict[str, Any]]) -> None:
    cells = [
        (x, y)
        for one in widgets
        for x, y in itertools.product(
            range(one["x"], one["x"] + one["width"]), range(one["y"], one["y"] + one["height"])
        )
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_every_graph_has_a_title_a_region_and_metrics(widgets: list[dict[str, Any]]) -> None:
    graphs = _graphs(widgets)
    titles = [graph["properties"]["title"] for graph in graphs]

    assert graphs
    assert all(titles)
    for graph in graphs:
        assert graph["properties"]["region"] == "us-east-1", graph
        assert graph["properties"]["metrics"], graph


def test_every_drawn_metric_is_emitted_with_these_dimensions(widgets: list[dict[str, Any]]) -> None:
    for graph in _graphs(widgets):
        for words, options in _metrics(graph):
            if not words:
                continue
            namespace, name, *pairs = words
            dimensions = frozenset(pairs[::2])
            assert all(pairs[1::2]), words
            if namespace == NAMESPACE:
                assert dimensions - {"service"} in OWN_METRICS[name], words
            else:
                documented = AWS_METRICS[namespace, name]
                assert dimensions in documented.dimensions, words
                assert options["stat"] in documented.statistics, words


def test_every_queried_metric_is_emitted_with_these_dimensions(widgets: list[dict[str, Any]]) -> None:
    queries = [
        options["expression"]
        for graph in _graphs(widgets)
        for _, options in _metrics(graph)
        if options.get("expression", "").startswith("SELECT")
    ]

    assert queries
    for query in queries:
        parts = _QUERY.fullmatch(query)
        assert parts is not None, query
        keys = {key.strip() for key in parts[4].split(",")}
        assert parts[3] == NAMESPACE
        assert frozenset(keys - {"service"}) in OWN_METRICS[parts[2]]
        assert parts[5] in keys


def test_every_endpoint_shows_latency_requests_refusals_and_failures() -> None:
    shown = {
        (words[1], words[words.index("Method") + 1], words[words.index("Resource") + 1])
        for graph in _graphs(_widgets(deployed()))
        for words, _ in _metrics(graph)
        if "Method" in words
    }

    served = {(route.method, route.path) for route in http_routes() if route.method != "HEAD"}

    assert set(routes()) == served
    names = ("Latency", "Count", "4XXError", "5XXError")
    assert shown == {(name, *route) for name in names for route in served}


def test_every_schedule_shows_its_runs() -> None:
    shown = {
        options["label"]
        for graph in _graphs(_widgets(deployed()))
        if graph["properties"]["title"] in ("Runs", "Failed runs")
        for _, options in _metrics(graph)
    }

    schedules = {each.logical_id.removesuffix("Function") for each in deployment("prod").functions if each.schedule}
    assert shown == schedules - {"ProbeHealth"}  # its metric has a graph of its own


def test_every_metric_of_the_shop_is_on_the_dashboard() -> None:
    text = json.dumps(_widgets(deployed()))

    assert {name for name in OWN_METRICS if name not in text} == {"http_requests_total"}  # API Gateway counts them


def test_every_alarm_is_on_the_dashboard() -> None:
    shown = {
        arn.rpartition("-")[2]
        for widget in _widgets(deployed())
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    }

    assert shown == alarms().keys()


def test_a_line_is_at_the_threshold_of_its_alarm() -> None:
    lines = [
        line
        for graph in _graphs(_widgets(deployed()))
        for line in graph["properties"].get("annotations", {}).get("horizontal", ())
    ]

    named = {line["label"].removesuffix(" below"): line["value"] for line in lines}

    of_alarms = {name: value for name, value in named.items() if name in alarms()}
    assert len(of_alarms) >= 12
    # "More than 0" is drawn at 1.
    assert of_alarms == {name: alarms()[name].threshold or 1 for name in of_alarms}


def test_servers_that_are_not_created_are_not_on_the_dashboard() -> None:
    given = {"DatabaseUrl": "mysql://a@b:3306/c", "MigrationDatabaseUrl": "mysql://m@b:3306/c", "RedisUrl": "redis://b"}

    text = json.dumps(_widgets(Templates(**(WITH_EVERYTHING | given))))

    assert "AWS/RDS" not in text
    assert "AWS/ElastiCache" not in text
