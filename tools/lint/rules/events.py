"""Rules for events: none is lost unnoticed, and a success is not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed, Resource

_SQS_DEFAULT_VISIBILITY = 30
_LAMBDAS_DEFAULT_TIMEOUT = 3
_MARGIN = 6  # AWS's own advice: time for the batches that Lambda throttles and retries
_ATTEMPTS = range(5, 11)  # AWS advises at least five: a throttled batch counts as an attempt
_LONGEST_RETENTION = 1_209_600  # 14 days, the most that SQS allows


class ConsumedQueuesHaveDeadLetterQueues(policy.Rule):
    id = "E9201"
    shortdesc = "A queue with a consumer has a dead-letter queue for what fails five times or more"
    description = "Without one, an event that always fails is retried until it expires, and is then lost unnoticed."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for queue in _consumed(template):
            for target in template.values(queue.properties, "RedrivePolicy", "deadLetterTargetArn"):
                if not _is_queue(template, target):
                    yield queue.logical_id, "is consumed and needs a RedrivePolicy to a queue of this template"
                    break
            for attempts in template.values(queue.properties, "RedrivePolicy", "maxReceiveCount"):
                if str(attempts) not in map(str, _ATTEMPTS):
                    yield queue.logical_id, f"needs a maxReceiveCount from {_ATTEMPTS[0]} to {_ATTEMPTS[-1]}"
                    break


class RuleTargetsHaveDeadLetterQueues(policy.Rule):
    id = "E9202"
    shortdesc = "A rule's target has a dead-letter queue"
    description = (
        "EventBridge drops an event after a day of failed attempts. Schedules are exempt: their next run comes anyway."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for rule in template.resources("AWS::Events::Rule"):
            if "EventPattern" not in rule.properties:
                continue
            for target in template.items(rule.properties, "Targets"):
                if None in template.values(target, "DeadLetterConfig", "Arn"):
                    yield rule.logical_id, f"needs a DeadLetterConfig for its target {target.get('Id')}"


class DeadLetterQueueNamesAreOutputs(policy.Rule):
    id = "E9203"
    shortdesc = "The name of a dead-letter queue is an output"
    description = "The alarm on a dead-letter queue is in another template and refers to the queue by name."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        named = [output.get("Value") for output in template.outputs.values()]
        for logical_id in sorted(_dead_letter_queues(template)):
            as_list, as_text = {"Fn::GetAtt": [logical_id, "QueueName"]}, {"Fn::GetAtt": f"{logical_id}.QueueName"}
            if as_list not in named and as_text not in named:
                yield logical_id, f"holds dead letters: make !GetAtt {logical_id}.QueueName an output, for its alarm"


class ConsumersReportPartialFailures(policy.Rule):
    id = "E9204"
    shortdesc = "A consumer reports partial failures"
    description = "Without ReportBatchItemFailures, one failed event repeats the nine good ones of its batch."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for source in template.resources("AWS::Lambda::EventSourceMapping"):
            for answers in template.values(source.properties, "FunctionResponseTypes"):
                if not isinstance(answers, list) or "ReportBatchItemFailures" not in answers:
                    yield source.logical_id, "needs FunctionResponseTypes: [ReportBatchItemFailures]"
                    break


class VisibilityTimeoutsCoverRetries(policy.Rule):
    id = "E9205"
    shortdesc = "A queue's visibility timeout is six times its consumer's timeout"
    description = (
        "A shorter one delivers an event again while its first delivery is still being handled or retried. Queue and"
        " function must be in one template, so that this rule can compare them."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for source in template.resources("AWS::Lambda::EventSourceMapping"):
            queue = template.named(source.properties.get("EventSourceArn"))
            function = template.named(source.properties.get("FunctionName"))
            if queue is None or function is None:
                yield source.logical_id, "needs its queue and its function in this template"
                continue
            longest = max(_seconds(template, function, "Timeout", _LAMBDAS_DEFAULT_TIMEOUT))
            if min(_seconds(template, queue, "VisibilityTimeout", _SQS_DEFAULT_VISIBILITY)) < _MARGIN * longest:
                asked = f"{_MARGIN * longest:.0f} s" if longest < float("inf") else "known"
                yield (
                    queue.logical_id,
                    f"needs a VisibilityTimeout of {asked}: {_MARGIN} times {function.logical_id}'s Timeout",
                )


class SchedulesHaveRetryPolicies(policy.Rule):
    id = "E9206"
    shortdesc = "A schedule has a retry policy"
    description = "EventBridge's default is 185 attempts within a day: runs would pile up after an outage."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for rule in template.resources("AWS::Events::Rule"):
            for target in template.items(rule.properties, "Targets") if "ScheduleExpression" in rule.properties else []:
                if None in template.values(target, "RetryPolicy", "MaximumRetryAttempts"):
                    yield rule.logical_id, "needs a RetryPolicy with MaximumRetryAttempts"
        for schedule in template.resources("AWS::Scheduler::Schedule"):
            if None in template.values(schedule.properties, "Target", "RetryPolicy", "MaximumRetryAttempts"):
                yield schedule.logical_id, "needs a RetryPolicy with MaximumRetryAttempts"


class DeadLetterQueuesKeepMessages(policy.Rule):
    id = "E9207"
    shortdesc = "A dead-letter queue keeps its messages for 14 days"
    description = "SQS's default is four days, which a weekend and a holiday use up. Nothing moves them on."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id in sorted(_dead_letter_queues(template)):
            queue = template.by_id[logical_id].properties
            if {str(each) for each in template.values(queue, "MessageRetentionPeriod")} != {str(_LONGEST_RETENTION)}:
                yield logical_id, f"holds dead letters and needs MessageRetentionPeriod: {_LONGEST_RETENTION}"
            if template.values(queue, "RedrivePolicy") != [None]:
                yield logical_id, "holds dead letters and must have no RedrivePolicy of its own"


def _consumed(template: Deployed) -> Iterator[Resource]:
    for source in template.resources("AWS::Lambda::EventSourceMapping"):
        queue = template.named(source.properties.get("EventSourceArn"))
        if queue is not None and queue.type == "AWS::SQS::Queue":
            yield queue


def _dead_letter_queues(template: Deployed) -> set[str]:
    """Logical ids of the dead-letter queues of queues, rules, schedules and functions."""
    targets: list[Any] = []
    for queue in template.resources("AWS::SQS::Queue"):
        targets += template.values(queue.properties, "RedrivePolicy", "deadLetterTargetArn")
    for rule in template.resources("AWS::Events::Rule"):
        for target in template.items(rule.properties, "Targets"):
            targets += template.values(target, "DeadLetterConfig", "Arn")
    for schedule in template.resources("AWS::Scheduler::Schedule"):
        targets += template.values(schedule.properties, "Target", "DeadLetterConfig", "Arn")
    for function in template.resources("AWS::Lambda::Function"):
        targets += template.values(function.properties, "DeadLetterConfig", "TargetArn")
    queues = [template.named(target) for target in targets]
    return {queue.logical_id for queue in queues if queue is not None and queue.type == "AWS::SQS::Queue"}


def _is_queue(template: Deployed, value: Any) -> bool:
    named = template.named(value)
    return named is not None and named.type == "AWS::SQS::Queue"


def _seconds(template: Deployed, resource: Resource, name: str, default: int) -> list[float]:
    """Every value that a property may have; an unknown one counts as the worst."""
    worst = float("inf") if name == "Timeout" else -1.0
    values = template.values(resource.properties, name)
    return [worst if isinstance(value, Unknown) else float(default if value is None else value) for value in values]
