"""Metrics of AWS that alarms and the dashboard may use, as AWS documents them.

A metric that is not listed here, or has other dimensions or another statistic, would have no data.
"""

from dataclasses import dataclass

_RATE = frozenset({"Sum", "Average"})
_LEVEL = frozenset({"Average", "Minimum", "Maximum"})
_LATENCY = frozenset({"Average", "Maximum", "p50", "p90", "p95", "p99"})
_STAGE = frozenset({"ApiName", "Stage"})
_METHOD = frozenset({"ApiName", "Method", "Resource", "Stage"})  # only where MethodSettings enable detailed metrics
_FUNCTION = frozenset({"FunctionName"})
_ACCOUNT = frozenset[str]()
_QUEUE = frozenset({"QueueName"})
_INSTANCE = frozenset({"DBInstanceIdentifier"})
_WRITER = frozenset({"DBClusterIdentifier", "Role"})
_CLUSTER = frozenset({"DBClusterIdentifier"})
_NODE = frozenset({"CacheClusterId", "CacheNodeId"})


@dataclass(frozen=True)
class Documented:
    """The sets of dimensions of a metric, its useful statistics, its unit, and the page that documents it."""

    dimensions: tuple[frozenset[str], ...]
    statistics: frozenset[str]
    unit: str
    page: str


_GATEWAY = "API Gateway: Amazon API Gateway dimensions and metrics"
_LAMBDA = "Lambda: Types of metrics for Lambda functions"
_CONCURRENCY = "Lambda: Monitoring concurrency"
_SQS = "SQS: Available CloudWatch metrics for Amazon SQS"
_RDS = "RDS: Amazon CloudWatch instance-level metrics for Amazon RDS"
_AURORA = "Aurora: Amazon CloudWatch metrics for Amazon Aurora"
_CACHE = "ElastiCache: Metrics for Valkey and Redis OSS"
_SES = "SES: Creating reputation monitoring alarms using CloudWatch"

AWS_METRICS: dict[tuple[str, str], Documented] = {
    ("AWS/ApiGateway", "4XXError"): Documented((_STAGE, _METHOD), _RATE, "Count", _GATEWAY),
    ("AWS/ApiGateway", "5XXError"): Documented((_STAGE, _METHOD), _RATE, "Count", _GATEWAY),
    ("AWS/ApiGateway", "Count"): Documented((_STAGE, _METHOD), frozenset({"SampleCount"}), "Count", _GATEWAY),
    ("AWS/ApiGateway", "Latency"): Documented((_STAGE, _METHOD), _LATENCY, "Milliseconds", _GATEWAY),
    ("AWS/ApiGateway", "IntegrationLatency"): Documented((_STAGE, _METHOD), _LATENCY, "Milliseconds", _GATEWAY),
    ("AWS/Lambda", "Invocations"): Documented((_FUNCTION, _ACCOUNT), frozenset({"Sum"}), "Count", _LAMBDA),
    ("AWS/Lambda", "Errors"): Documented((_FUNCTION, _ACCOUNT), frozenset({"Sum"}), "Count", _LAMBDA),
    ("AWS/Lambda", "Throttles"): Documented((_FUNCTION, _ACCOUNT), frozenset({"Sum"}), "Count", _LAMBDA),
    ("AWS/Lambda", "Duration"): Documented((_FUNCTION, _ACCOUNT), _LATENCY, "Milliseconds", _LAMBDA),
    ("AWS/Lambda", "ConcurrentExecutions"): Documented(
        (_FUNCTION, _ACCOUNT), frozenset({"Maximum"}), "Count", _CONCURRENCY
    ),
    ("AWS/Lambda", "ClaimedAccountConcurrency"): Documented((_ACCOUNT,), frozenset({"Maximum"}), "Count", _CONCURRENCY),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): Documented((_QUEUE,), _LEVEL, "Count", _SQS),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): Documented((_QUEUE,), _LEVEL, "Seconds", _SQS),
    ("AWS/RDS", "CPUUtilization"): Documented((_INSTANCE, _WRITER), _LEVEL, "Percent", _RDS),
    ("AWS/RDS", "FreeableMemory"): Documented((_INSTANCE, _WRITER), _LEVEL, "Bytes", _RDS),
    ("AWS/RDS", "SwapUsage"): Documented((_INSTANCE, _WRITER), _LEVEL, "Bytes", _RDS),
    ("AWS/RDS", "DatabaseConnections"): Documented((_INSTANCE, _WRITER), _LEVEL, "Count", _RDS),
    ("AWS/RDS", "FreeStorageSpace"): Documented((_INSTANCE,), _LEVEL, "Bytes", _RDS),
    ("AWS/RDS", "AuroraVolumeBytesLeftTotal"): Documented((_CLUSTER,), _LEVEL, "Bytes", _AURORA),
    ("AWS/ElastiCache", "EngineCPUUtilization"): Documented((_NODE,), _LEVEL, "Percent", _CACHE),
    ("AWS/ElastiCache", "DatabaseMemoryUsagePercentage"): Documented((_NODE,), _LEVEL, "Percent", _CACHE),
    ("AWS/SES", "Reputation.BounceRate"): Documented((_ACCOUNT,), _LEVEL, "Percent", _SES),
    ("AWS/SES", "Reputation.ComplaintRate"): Documented((_ACCOUNT,), _LEVEL, "Percent", _SES),
}
