"""Reads queues, rules, archives, schedules and event source mappings out of a template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tools.templates.model import (
    Archive,
    EventSource,
    Queue,
    Rule,
    RuleTarget,
    Schedule,
    TemplateError,
    function_of_arn,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.templates.stack import Stack

_QUEUE_ATTRIBUTES = (
    "DelaySeconds",
    "FifoQueue",
    "ContentBasedDeduplication",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


def queues(stack: Stack) -> Iterator[Queue]:
    """Yields its queues, including dead-letter queues."""
    for logical_id, _ in stack.resources("AWS::SQS::Queue"):
        given = {name: stack.property(logical_id, name) for name in _QUEUE_ATTRIBUTES}
        attributes = {name: _attribute(value) for name, value in given.items() if value is not None}
        yield Queue(logical_id, stack.physical_name(logical_id), attributes)


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | bool) else str(value)


def rules(stack: Stack) -> Iterator[Rule | Schedule]:
    """Yields EventBridge rules with a pattern, and a schedule for each function of a scheduled rule."""
    for logical_id, _ in stack.resources("AWS::Events::Rule"):
        name = stack.physical_name(logical_id)
        targets = stack.property(logical_id, "Targets", [])
        enabled = stack.property(logical_id, "State", "ENABLED") != "DISABLED"
        pattern = stack.property(logical_id, "EventPattern")
        if pattern is not None:
            yield Rule(
                name=name,
                bus=str(stack.property(logical_id, "EventBusName", "default")).rpartition("/")[2],
                pattern=pattern,
                enabled=enabled,
                targets=tuple(
                    RuleTarget(
                        target["Id"],
                        target["Arn"],
                        {key: value for key, value in target.items() if key not in {"Id", "Arn"}},
                    )
                    for target in targets
                ),
            )
        expression = stack.property(logical_id, "ScheduleExpression")
        if expression is not None and enabled:
            for target in targets:
                if ":lambda:" in target["Arn"]:
                    yield _schedule(f"{name}/{target['Id']}", stack.arn(logical_id), expression, target)


def archives(stack: Stack) -> Iterator[Archive]:
    """Yields EventBridge archives."""
    for logical_id, _ in stack.resources("AWS::Events::Archive"):
        yield Archive(
            name=stack.physical_name(logical_id),
            bus=str(stack.property(logical_id, "SourceArn")).rpartition("/")[2],
            pattern=stack.property(logical_id, "EventPattern"),
            days=int(stack.property(logical_id, "RetentionDays", 0)),
        )


def _schedule(name: str, arn: str, expression: str, target: Mapping[str, Any], timezone: str = "UTC") -> Schedule:
    return Schedule(
        name=name,
        arn=arn,
        expression=expression,
        function=function_of_arn(target["Arn"]),
        payload=json.loads(target["Input"]) if "Input" in target else None,
        has_payload="Input" in target,
        timezone=timezone,
    )


def scheduler_schedules(stack: Stack) -> Iterator[Schedule]:
    """Yields EventBridge Scheduler's schedules of functions."""
    for logical_id, _ in stack.resources("AWS::Scheduler::Schedule"):
        target = stack.property(logical_id, "Target", {})
        if stack.property(logical_id, "State", "ENABLED") == "ENABLED" and ":lambda:" in target.get("Arn", ""):
            yield _schedule(
                stack.physical_name(logical_id),
                stack.arn(logical_id),
                stack.property(logical_id, "ScheduleExpression"),
                target,
                stack.property(logical_id, "ScheduleExpressionTimezone", "UTC"),
            )


def event_sources(stack: Stack) -> Iterator[EventSource]:
    """Yields event source mappings from queues to functions."""
    for logical_id, _ in stack.resources("AWS::Lambda::EventSourceMapping"):
        arn = stack.property(logical_id, "EventSourceArn", "")
        if ":sqs:" not in arn:
            raise TemplateError(f"{stack.file.name}, {logical_id}, EventSourceArn: only queues are supported.")
        maximum = stack.property(logical_id, "ScalingConfig", {}).get("MaximumConcurrency")
        yield EventSource(
            function=function_of_arn(stack.property(logical_id, "FunctionName")),
            queue=arn.rpartition(":")[2],
            batch_size=int(stack.property(logical_id, "BatchSize", 10)),
            window=float(stack.property(logical_id, "MaximumBatchingWindowInSeconds", 0)),
            partial_failures="ReportBatchItemFailures" in stack.property(logical_id, "FunctionResponseTypes", []),
            concurrency=None if maximum is None else int(maximum),
            enabled=stack.property(logical_id, "Enabled", default=True) in {True, "true"},
        )
