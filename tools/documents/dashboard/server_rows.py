"""The dashboard's rows about the database and Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.documents.dashboard.widgets import Row, Widget, alarm_states, graph, threshold

if TYPE_CHECKING:
    from tools.documents.dashboard.widgets import Metric


def _server(title: str, metric: Metric, unit: str = "%", **properties: Any) -> Widget:
    return graph(title, [metric], unit=unit, stat="Average", period=60, **properties)


_NODE = ["CacheClusterId", "${RedisNodeId}", "CacheNodeId", "0001"]
# The template replaces this with several quoted JSON values (see `Dimensions` there).
_DATABASE = "${Dimensions}"

SERVER_ROWS = (
    Row(
        "Database",
        [
            alarm_states("HighCPU", "HighMemory", "HighDisk", "DatabaseConnectionsHigh", width=24, height=2),
            _server("Processors", ["AWS/RDS", "CPUUtilization", _DATABASE], **threshold(80, "HighCPU")),
            _server("Connections", ["AWS/RDS", "DatabaseConnections", _DATABASE], unit="of ${DatabaseMaxConnections}"),
            graph(
                "Free memory and swap",
                [
                    ["AWS/RDS", "FreeableMemory", _DATABASE, {"label": "free"}],
                    ["AWS/RDS", "SwapUsage", _DATABASE, {"label": "swapped out"}],
                ],
                unit="bytes",
                stat="Average",
                period=60,
            ),
            _server("Free storage", ["AWS/RDS", "${Storage}"], unit="bytes"),
        ],
    ),
    Row(
        "Redis ${RedisCacheId}",
        [
            alarm_states("RedisHighCPU", "RedisHighMemory", width=24, height=2),
            _server("Engine", ["AWS/ElastiCache", "EngineCPUUtilization", *_NODE], **threshold(80, "RedisHighCPU")),
            _server(
                "Memory",
                ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", *_NODE],
                **threshold(85, "RedisHighMemory"),
            ),
        ],
    ),
)
