"""What no rule sees in one template alone: alarms in one for queues in another, and allowances that nobody uses."""

from typing import Any

from tests.support.deployment import Resource, Templates
from tools.lint.allowances import ALLOWANCES, allowance_of
from tools.lint.deployed import read
from tools.lint.statements import of_identities
from tools.templates.files import templates as linted_templates


def test_every_dead_letter_queue_has_an_alarm_that_tells_somebody(templates: Templates) -> None:
    watched = {
        dimension["Value"]: alarm
        for alarm in templates.of("AWS::CloudWatch::Alarm")
        # Redrives and what a queue itself puts aside never show in NumberOfMessagesSent.
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }

    queues = _dead_letter_queues(templates)

    assert queues
    for queue in queues:
        name = queue.stack.physical_name(queue.logical_id)
        assert name in watched, f"{queue.logical_id} has no alarm in infra/observability.yaml"
        assert watched[name]["AlarmActions"], f"the alarm of {queue.logical_id} tells nobody"


def test_the_lint_reads_every_template_of_a_deployment(templates: Templates) -> None:
    deployed = {stack.file for stack in templates.stacks}

    assert deployed <= set(linted_templates())


def test_every_allowance_has_a_reason_and_is_still_made_use_of() -> None:
    used = {
        allowance_of(template, logical_id, statement)
        for template in map(read, linted_templates())
        for logical_id, statement in of_identities(template)
    }

    assert [each for each in ALLOWANCES if each not in used] == []
    assert all(each.reason.endswith(".") for each in ALLOWANCES)


def _dead_letter_queues(templates: Templates) -> list[Resource]:
    arns: set[Any] = set()
    for queue in templates.of("AWS::SQS::Queue"):
        arns.add((queue["RedrivePolicy"] or {}).get("deadLetterTargetArn"))
    for rule in templates.of("AWS::Events::Rule"):
        arns.update((target.get("DeadLetterConfig") or {}).get("Arn") for target in rule["Targets"])
    return [queue for queue in templates.of("AWS::SQS::Queue") if queue.arn in arns]
