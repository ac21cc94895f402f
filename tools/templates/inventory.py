"""Reads a template and its nested templates into the values that the local stack runs."""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any

from tools.templates import event_resources
from tools.templates.model import Function, Inventory, Rule, Schedule, Secret, TemplateError
from tools.templates.rest_api import read_apis
from tools.templates.sam import folder_of
from tools.templates.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def read_inventory(
    template: Path, *, parameters: Mapping[str, Any], aws_endpoint_url: str, stack_name: str = "microshop"
) -> Inventory:
    """Returns the resources of the template that the local stack runs.

    Raises:
        TemplateError: a resource is not supported or invalid; the message names resource and property.
    """
    root = Stack(template.resolve(), name=stack_name, parameters=parameters, aws_endpoint_url=aws_endpoint_url)
    stacks = list(root.walk())
    layers = dict(pair for stack in stacks for pair in _layers(stack))
    rules = [rule for stack in stacks for rule in event_resources.rules(stack)]
    return Inventory(
        files=tuple(dict.fromkeys(stack.file for stack in stacks)),
        functions={function.name: function for stack in stacks for function in _functions(stack, layers)},
        apis=tuple(api for stack in stacks for api in read_apis(stack)),
        queues=tuple(queue for stack in stacks for queue in event_resources.queues(stack)),
        buses=tuple(
            stack.physical_name(name) for stack in stacks for name, _ in stack.resources("AWS::Events::EventBus")
        ),
        rules=tuple(rule for rule in rules if isinstance(rule, Rule)),
        archives=tuple(archive for stack in stacks for archive in event_resources.archives(stack)),
        event_sources=tuple(source for stack in stacks for source in event_resources.event_sources(stack)),
        schedules=(
            *(rule for rule in rules if isinstance(rule, Schedule)),
            *(schedule for stack in stacks for schedule in event_resources.scheduler_schedules(stack)),
        ),
        mail_identities=tuple(dict.fromkeys(identity for stack in stacks for identity in _mail_identities(stack))),
        secrets=tuple(secret for stack in stacks for secret in _secrets(stack)),
        buckets=tuple(stack.physical_name(name) for stack in stacks for name, _ in stack.resources("AWS::S3::Bucket")),
    )


def _layers(stack: Stack) -> Iterator[tuple[str, Path]]:
    for logical_id, resource in stack.resources("AWS::Lambda::LayerVersion"):
        folder = folder_of(resource["Properties"].get("Content"))
        if folder is not None:
            # A built layer has a folder `python`; a source layer is that folder itself.
            yield stack.arn(logical_id), folder / "python" if (folder / "python").is_dir() else folder


def _functions(stack: Stack, layers: Mapping[str, Path]) -> Iterator[Function]:
    retries = {
        stack.property(name, "FunctionName"): stack.property(name, "MaximumRetryAttempts", 2)
        for name, _ in stack.resources("AWS::Lambda::EventInvokeConfig")
    }
    for logical_id, resource in stack.resources("AWS::Lambda::Function"):
        code = folder_of(resource["Properties"].get("Code"))
        if code is None:
            raise TemplateError(
                f"{stack.file.name}, {logical_id}, CodeUri: only a local folder of Python code is supported."
            )
        name = stack.physical_name(logical_id)
        reserved = stack.property(logical_id, "ReservedConcurrentExecutions")
        yield Function(
            logical_id=logical_id,
            name=name,
            code=code,
            layers=tuple(layers[arn] for arn in stack.property(logical_id, "Layers", []) if arn in layers),
            handler=stack.property(logical_id, "Handler"),
            timeout=float(stack.property(logical_id, "Timeout", 3)),
            memory=int(stack.property(logical_id, "MemorySize", 128)),
            environment=_environment(stack, logical_id),
            reserved=None if reserved is None else int(reserved),
            async_retries=int(retries.get(name, 2)),
        )


def _environment(stack: Stack, logical_id: str) -> dict[str, str]:
    variables = stack.property(logical_id, "Environment", {}).get("Variables", {})
    environment = {name: _variable(value) for name, value in variables.items()}
    for name, value in environment.items():
        if "{{resolve:" in value:
            raise TemplateError(
                f"{stack.file.name}, {logical_id}, Environment: {name} is a dynamic reference, which is not "
                "supported; read the secret at run time."
            )
    return environment


def _variable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _mail_identities(stack: Stack) -> Iterator[str]:
    for logical_id, _ in stack.resources("AWS::SES::EmailIdentity"):
        yield str(stack.property(logical_id, "EmailIdentity"))
    # If the operator verifies the sender manually, the template has it only as a parameter.
    for name, value in stack.parameters.items():
        if isinstance(value, str) and "@" in value and "://" not in value and ("Sender" in name or "From" in name):
            yield value


def _secrets(stack: Stack) -> Iterator[Secret]:
    for logical_id, _ in stack.resources("AWS::SecretsManager::Secret"):
        value = stack.property(logical_id, "SecretString")
        if value is None:
            value = _generated(stack.property(logical_id, "GenerateSecretString", {}))
        yield Secret(stack.physical_name(logical_id), str(value))


def _generated(rule: Mapping[str, Any]) -> str:
    length = int(rule.get("PasswordLength", 32))
    excluded = str(rule.get("ExcludeCharacters", ""))
    alphabet = [letter for letter in string.ascii_letters + string.digits if letter not in excluded]
    password = "".join(secrets.choice(alphabet) for _ in range(length))
    if "GenerateStringKey" not in rule:
        return password
    return json.dumps({**json.loads(rule.get("SecretStringTemplate", "{}")), rule["GenerateStringKey"]: password})
