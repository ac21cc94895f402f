"""What every stack has: the work, powertools' log and metrics, and a client of boto3 if BOTO3_CLIENT names one."""

import importlib
import os
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

logger = Logger(service="shop")
metrics = Metrics(namespace="shop", service="shop")

answer: Callable[[str, str | None], tuple[int, Any]] = importlib.import_module(os.environ["WORK"]).answer

if os.environ.get("BOTO3_CLIENT"):
    import boto3

    client = boto3.client(os.environ["BOTO3_CLIENT"])


def record(route: str, status: int) -> None:
    """Write the log line of a request, and count it."""
    logger.info("request", extra={"route": route, "status": status})
    metrics.add_metric(name="requests", unit=MetricUnit.Count, value=1)
