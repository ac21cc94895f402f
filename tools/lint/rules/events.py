"""Rules for events: none is lost unnoticed, and a success is not repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import Unknown
from tools.templates.schedule_expressions import Rate, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed, Resource

_SQS_DEFAULT_VISIBILITY = 30
_LAMBDAS_DEFAULT_TIMEOUT = 3
_MARGIN = 6  # AWS's own advice: time for the batches that Lambda throttles and retries
_ATTEMPTS = range(5, 11)  # AWS advises at least five: a throttled batch counts as an attempt
_LAMBDAS_LONGEST_AGE = 21_600  # seconds that Lambda keeps an asynchronous event, and its default
_AN_HOUR = 3600
_NEEDS = "it needs EventInvokeConfig with MaximumRetryAttempts: 0 and a MaximumEventAgeInSeconds"
_CLOUDFORMATIONS_DEFAULT_WAIT = 3600  # for a custom resource's answer
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


class SchedulesAreNotRetried(policy.Rule):
    id = "E9206"
    shortdesc = "A scheduled run is neither delivered late nor retried behind the next one"
    description = (
        "EventBridge invokes functions asynchronously. It delivers an event up to 185 times within a day, and Lambda"
        " runs a failed one twice more and a throttled one for up to six hours: runs would pile up in an outage. The"
        " next run makes up for a failed one, and an alarm reports missing ones."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for owner, target, expression in _scheduled(template):
            if {str(each) for each in template.values(target, "RetryPolicy", "MaximumRetryAttempts")} != {"0"}:
                yield owner.logical_id, "needs RetryPolicy: {MaximumRetryAttempts: 0}, which is EventBridge's delivery"
            function = template.named(target.get("Arn"))
            if function is None or function.type != "AWS::Lambda::Function":
                yield owner.logical_id, "needs its function in this template"
            elif not _is_invoked_once(template, function, within=_longest_wait(expression)):
                age = _longest_wait(expression)
                yield function.logical_id, f"is invoked by a schedule: {_NEEDS} of at most {age}"


class CustomResourcesAreNotRetried(policy.Rule):
    id = "E9208"
    shortdesc = "A custom resource's function runs once, while CloudFormation waits for it"
    description = (
        "CloudFormation invokes it asynchronously. A throttled event would be run up to six hours later, when the"
        " deployment has long been rolled back, and a failed one up to three times."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for resource in template.by_id.values():
            function = template.named(resource.properties.get("ServiceToken"))
            if function is None:
                continue
            longest = max(_seconds(template, function, "Timeout", _LAMBDAS_DEFAULT_TIMEOUT))
            waiting = min(_seconds(template, resource, "ServiceTimeout", _CLOUDFORMATIONS_DEFAULT_WAIT))
            if not _is_invoked_once(template, function, within=waiting - longest):
                yield function.logical_id, f"serves a custom resource: {_NEEDS} of at most ServiceTimeout less Timeout"


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


def _scheduled(template: Deployed) -> Iterator[tuple[Resource, dict[str, Any], str]]:
    """Yields each rule or schedule with a target and its expression."""
    for rule in template.resources("AWS::Events::Rule"):
        if "ScheduleExpression" in rule.properties:
            for target in template.items(rule.properties, "Targets"):
                yield rule, target, str(rule.properties["ScheduleExpression"])
    for schedule in template.resources("AWS::Scheduler::Schedule"):
        for target in template.items(schedule.properties, "Target"):
            yield schedule, target, str(schedule.properties["ScheduleExpression"])


def _longest_wait(expression: str) -> int:
    """Returns the maximum age of an event in seconds: until the next one, but at most Lambda's limit."""
    schedule = parse(expression)
    return min(int(schedule.interval.total_seconds()), _LAMBDAS_LONGEST_AGE) if isinstance(schedule, Rate) else _AN_HOUR


def _is_invoked_once(template: Deployed, function: Resource, *, within: float) -> bool:
    """Whether its asynchronous invocations start within so many seconds, and are not retried."""
    for config in template.resources("AWS::Lambda::EventInvokeConfig"):
        if template.named(config.properties["FunctionName"]) == function:
            retries = {str(each) for each in template.values(config.properties, "MaximumRetryAttempts")}
            ages = _seconds(template, config, "MaximumEventAgeInSeconds", _LAMBDAS_LONGEST_AGE)
            return retries == {"0"} and all(0 <= age <= within for age in ages)
    return False


def _consumed(template: Deployed) -> Iterator[Resource]:
    for source in template.resources("AWS::Lambda::EventSourceMapping"):
        queue = template.named(source.properties.get("EventSourceArn"))
        if queue is not None and queue.type == "AWS::SQS::Queue":
            yield queue


def _dead_letter_queues(template: Deployed) -> set[str]:
    """Returns the logical ids of the dead-letter queues of queues, rules, schedules and functions."""
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
    """Returns all possible values of a property; an unknown value counts as the worst."""
    worst = float("inf") if name == "Timeout" else -1.0
    values = template.values(resource.properties, name)
    return [worst if isinstance(value, Unknown) else float(default if value is None else value) for value in values]
