"""Generates parts of templates, privileges and documents from infra/consumers.yaml."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.consumer_checks import check, check_limits
from tools.documents.consumer_templates import AGE, ALARM, POLICIES, RESOURCES, VARIABLES, Template
from tools.documents.consumers import TABLE, consumers, unconsumed_events
from tools.documents.event_schemas import event_classes
from tools.documents.sections import with_parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tools.documents.consumers import Consumer

_ARN = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"
_NAME_OF_QUEUE = "@{queue}Name: !GetAtt Messaging.Outputs.@{queue}Name"


def documents() -> dict[Path, str]:
    """Returns the expected text of every file with generated parts.

    Raises:
        LocalProblem: the table has an error.
    """
    rows = consumers()
    check(rows, unconsumed_events(), event_classes())
    return {
        ROOT / name: with_parts((ROOT / name).read_text(encoding="utf-8"), TABLE, parts)
        for name, parts in parts(rows).items()
    }


def parts(rows: Sequence[Consumer]) -> dict[str, dict[str, str]]:
    """Returns the text of each generated part, by file and name of the part.

    Raises:
        LocalProblem: there are more consumers than AWS allows.
    """
    queues = [_queue_entry(row) for row in rows]
    queues_of_staff = [_queue_entry_of_staff(row) for row in rows]
    check_limits(rows, ",".join(queues))
    return {
        "infra/messaging.yaml": {
            "consumers": "\n".join(_resources(row) for row in rows),
            "dead-letter queues": _lines(rows, "- !GetAtt @{name}DeadLetterQueue.Arn"),
            "queues": _lines(rows, "- !GetAtt @{name}Queue.Arn"),
            "queues of consumers": _json_variable("QUEUES", queues),
            "rules": _lines(rows, "- !GetAtt @{name}Rule.Arn"),
            "rules of consumers": _json_variable("RULES", [f'"{row.name}":"${{{row.name}Rule.Arn}}"' for row in rows]),
            "names of queues": _of_queues(rows, "@{queue}Name:\n  Value: !GetAtt @{queue}.QueueName"),
        },
        "infra/observability.yaml": {
            "names of queues": _of_queues(rows, "@{queue}Name:\n  Type: String"),
            "dead letters": "\n".join(ALARM.substitute(name=row.name, missing=row.missing) for row in rows),
            "oldest events": _ages(rows),
        },
        "infra/backoffice.yaml": {
            "names of queues": _of_queues(rows, "@{queue}Name:\n  Type: String"),
            "dead-letter queues": _lines(rows, f'- !Sub "{_ARN}${{@{{name}}DeadLetterQueueName}}"'),
            "queues": _lines(rows, f'- !Sub "{_ARN}${{@{{name}}QueueName}}"'),
            "queues of consumers": _json_variable("QUEUES", queues_of_staff, anchor="&queues "),
            "inboxes": _inboxes(rows),
        },
        "infra/schedules.yaml": {"inboxes": _inboxes(rows)},
        "infra/privileges.yaml": {"consumers": _lines(rows, "@{permission}"), "operators": _operators(rows)},
        "template.yaml": {
            "names of queues": _of_queues(rows, _NAME_OF_QUEUE),
            "names of queues for staff": _of_queues(rows, _NAME_OF_QUEUE),
        },
        "docs/architecture.md": {"consumers": _consumer_table(rows)},
    }


def _resources(row: Consumer) -> str:
    variables = {name: value for need in row.needs for name, value in VARIABLES[need].items()} | dict(row.environment)
    return RESOURCES.substitute(
        name=row.name,
        description=row.description,
        function=row.function,
        function_id=row.function_id,
        max_concurrency=row.max_concurrency,
        events=_indented(8, *(f"- {event}" for event in row.events)),
        variables=_indented(8, *(f"{name}: !Ref {parameter}" for name, parameter in variables.items())) or "        {}",
        policies=_indented(6, *(POLICIES[need].rstrip() for need in row.needs)) or "      []",
    )


def _queue_entry(row: Consumer) -> str:
    entry = {
        "queue": f"${{{row.name}Queue}}",
        "dead_letters": f"${{{row.name}DeadLetterQueue}}",
        "consumer": row.function,
        "missing": row.missing,
    }
    return f'"{row.name}":{json.dumps(entry, separators=(",", ":"))}'


def _queue_entry_of_staff(row: Consumer) -> str:
    # Outputs of the stack have the names of queues: a URL of each would be a second output.
    url = "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/"
    return _queue_entry(row).replace("${", url + "${").replace("Queue}", "QueueName}")


def _ages(rows: Sequence[Consumer]) -> str:
    metrics = {row.name: row.name[0].lower() + row.name[1:] for row in rows}
    result = f"""\
- Id: result
  Expression: "MAX([{", ".join(metrics.values())}])"
  Label: "age of the oldest event in seconds"
"""
    return "".join(AGE.substitute(name=name, metric=metric) for name, metric in metrics.items()) + result


def _inboxes(rows: Sequence[Consumer]) -> str:
    entries = [f"{json.dumps(row.function)}:{json.dumps(sorted(row.events))}" for row in rows if row.has_inbox]
    return "INBOXES: >-\n" + _indented(2, "{" + ",\n".join(entries) + "}")


def _operators(rows: Sequence[Consumer]) -> str:
    dead_letters = _indented(4, _lines(rows, "- microshop-Messaging-@{name}DeadLetterQueue"))
    queues = _indented(4, _lines(rows, "- microshop-Messaging-@{name}Queue"))
    rules = _indented(4, _lines(rows, "- rule/microshop-dev/microshop-Messaging-@{name}Rule"))
    return f"""\
DeadLettersFunction:
  sqs:ReceiveMessage: &dead_letters
{dead_letters}
  sqs:DeleteMessage: *dead_letters
  sqs:ChangeMessageVisibility: *dead_letters
  sqs:SendMessage: &queues
{queues}
  sqs:GetQueueAttributes:
{dead_letters}
{queues}
ListDeadLetterQueuesFunction:
  sqs:GetQueueAttributes: *dead_letters
ListDeadLettersFunction:
  sqs:ReceiveMessage: *dead_letters
  sqs:ChangeMessageVisibility: *dead_letters
  sqs:GetQueueAttributes:
{dead_letters}
{queues}
GetDeadLetterFunction:
  <<: *database
  sqs:ReceiveMessage: *dead_letters
  sqs:ChangeMessageVisibility: *dead_letters
  sqs:GetQueueAttributes: *queues
RedriveDeadLettersFunction:
  <<: *database
  sqs:ReceiveMessage: *dead_letters
  sqs:DeleteMessage: *dead_letters
  sqs:ChangeMessageVisibility: *dead_letters
  sqs:SendMessage: *queues
  sqs:GetQueueAttributes: *dead_letters
ReplayEventsFunction:
  events:StartReplay: [archive/microshop-dev, event-bus/microshop-dev, "replay/microshop-dev-*"]
  events:DescribeReplay: ["replay/microshop-dev-*"]
  events:DescribeRule:
{rules}
"""


def _consumer_table(rows: Sequence[Consumer]) -> str:
    head = "| Queue | Consumer | Description |\n|---|---|---|\n"
    return head + _lines(rows, "| @{name} | `functions/consumers/@{function}.py` | @{description} |")


def _lines(rows: Sequence[Consumer], template: str) -> str:
    return "\n".join(
        Template(template).substitute(
            name=row.name, function=row.function, description=row.description, permission=_permission(row)
        )
        for row in rows
    )


def _permission(row: Consumer) -> str:
    permissions = [f"*{need}" for need in row.needs]
    if len(permissions) > 1:
        return f"{row.function_id}:\n  <<: [{', '.join(permissions)}]"
    return f"{row.function_id}: {permissions[0] if permissions else '{}'}"


def _of_queues(rows: Sequence[Consumer], template: str) -> str:
    queues = [f"{row.name}{kind}" for row in rows for kind in ("Queue", "DeadLetterQueue")]
    return "\n".join(Template(template).substitute(queue=queue) for queue in queues)


def _json_variable(name: str, entries: Sequence[str], anchor: str = "") -> str:
    return f"{name}: {anchor}!Sub >-\n" + _indented(2, "{" + ",\n".join(entries) + "}")


def _indented(depth: int, *texts: str) -> str:
    return textwrap.indent("\n".join(texts), " " * depth)
