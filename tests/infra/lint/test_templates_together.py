"""Checks that need several templates: alarms on queues of another template, and unused allowances."""

from typing import Any

from tests.support.deployment import Resource, Templates
from tools import ROOT
from tools.lint.allowances import ALLOWANCES, WITHOUT_AUDIT_ROW, allowance_of
from tools.lint.audited import is_for_staff, writes_audit_rows
from tools.lint.deployed import read
from tools.lint.statements import identity_statements
from tools.templates import stages
from tools.templates.files import templates as linted_templates


def test_every_dead_letter_queue_has_an_alarm_on_its_messages(templates: Templates) -> None:
    watched = {
        dimension["Value"]
        for alarm in templates.of("AWS::CloudWatch::Alarm")
        # NumberOfMessagesSent counts neither redrives nor messages that SQS moves to a dead-letter queue.
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }

    queues = {queue.logical_id: queue.stack.physical_name(queue.logical_id) for queue in _dead_letter_queues(templates)}

    assert queues
    assert {logical_id for logical_id, name in queues.items() if name not in watched} == set()


def test_every_stage_deploys_queues_with_the_values_that_lint_judged() -> None:
    # Lint judges a parameter by its default. The root template and the stages may pass another value to a nested stack.
    unjudged = {
        (stage, queue.logical_id, path)
        for stage in stages.NAMES
        for queue in Templates(**{name: str(value) for name, value in stages.parameters(stage).items()}).of(
            "AWS::SQS::Queue"
        )
        for path, value in _judged_values(queue).items()
        if str(value) not in _linted_values(queue, path)
    }

    assert unjudged == set()


def test_lint_reads_every_template_of_a_deployment(templates: Templates) -> None:
    deployed = {stack.file for stack in templates.stacks}

    assert deployed <= set(linted_templates())


def test_every_allowance_has_a_reason_and_is_used() -> None:
    used = {
        allowance_of(template, logical_id, statement)
        for template in map(read, linted_templates())
        for logical_id, statement in identity_statements(template)
    }

    assert [each for each in ALLOWANCES if each not in used] == []
    assert [each for each in ALLOWANCES if not each.reason.endswith(".")] == []


def test_every_handler_without_audit_row_has_a_reason_and_needs_it() -> None:
    files = {ROOT / name: reason for name, reason in WITHOUT_AUDIT_ROW.items()}

    assert [file for file in files if not is_for_staff(file) or writes_audit_rows(file)] == []
    assert [reason for reason in files.values() if not reason.endswith(".")] == []


def _judged_values(queue: Resource) -> dict[tuple[str, ...], Any]:
    redrive = queue["RedrivePolicy"] or {}
    return {
        ("VisibilityTimeout",): queue["VisibilityTimeout"],
        ("RedrivePolicy", "maxReceiveCount"): redrive.get("maxReceiveCount"),
    }


def _linted_values(queue: Resource, path: tuple[str, ...]) -> list[str]:
    linted = read(queue.stack.file)
    return [str(value) for value in linted.values(linted.by_id[queue.logical_id].properties, *path)]


def _dead_letter_queues(templates: Templates) -> list[Resource]:
    arns: set[Any] = set()
    for queue in templates.of("AWS::SQS::Queue"):
        arns.add((queue["RedrivePolicy"] or {}).get("deadLetterTargetArn"))
    for rule in templates.of("AWS::Events::Rule"):
        arns.update((target.get("DeadLetterConfig") or {}).get("Arn") for target in rule["Targets"])
    return [queue for queue in templates.of("AWS::SQS::Queue") if queue.arn in arns]
