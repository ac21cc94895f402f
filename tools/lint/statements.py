"""Reads IAM statements in templates, and the scope of their resources."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tools.lint.deployed import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_IDENTITY_TYPES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
_POLICY_TYPES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_RESOURCE_POLICY_TYPES = (
    "AWS::Events::EventBusPolicy",
    "AWS::KMS::Key",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
)
# A folder, names with a prefix and their content, the streams of a log group. Substitutions are replaced by ${}.
_BOUNDED = re.compile(r"[^*?]+/[^*?/]+/\*|[^*?]*[^*?/:]-\*(?:/\*)?|[^*?]+:log-group:[^*?:]+:\*")


def identity_statements(template: Deployed) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields logical id and statement of permissions of roles."""
    for resource in template.resources(*_IDENTITY_TYPES):
        for policy in template.items(resource.properties, "Policies"):
            yield from _allow_statements(template, resource.logical_id, policy)
    for resource in template.resources(*_POLICY_TYPES):
        yield from _allow_statements(template, resource.logical_id, resource.properties)


def resource_statements(template: Deployed) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields logical id and statement of permissions in resource policies."""
    for resource in template.resources(*_RESOURCE_POLICY_TYPES):
        for name in ("PolicyDocument", "KeyPolicy", "ResourcePolicy"):
            yield from _allow_statements(template, resource.logical_id, resource.properties, name)
        if "Statement" in resource.properties:  # an event bus's policy has one statement and no document
            yield from _allow_statements(template, resource.logical_id, {"Document": resource.properties}, "Document")


def text_of(value: Any) -> str:
    """Returns a resource as text. Values that only a deployment knows are ${…}."""
    expression = value.expression if isinstance(value, Unknown) else value
    if not isinstance(expression, dict):
        return str(expression)
    if "Fn::Sub" in expression:
        argument = expression["Fn::Sub"]
        return str(argument if isinstance(argument, str) else argument[0])
    if "Fn::Join" in expression and isinstance(expression["Fn::Join"][1], list):
        separator, parts = expression["Fn::Join"]
        return str(separator).join(text_of(part) for part in parts)
    return f"${{{json.dumps(expression, default=str)}}}".replace(":", " ") if "*" not in str(expression) else "*"


def is_unbounded(resource: str) -> bool:
    """Whether a wildcard in a statement's resource covers more than a folder or names with a prefix.

    An empty text covers nothing: a parameter may be empty if the resource does not exist.
    """
    text = re.sub(r"\$\{[^}]*\}", "${}", resource)
    return bool(re.search(r"[*?]", text)) and not _BOUNDED.fullmatch(text)


def _allow_statements(
    template: Deployed, logical_id: str, holder: Any, name: str = "PolicyDocument"
) -> Iterator[tuple[str, dict[str, Any]]]:
    for statement in template.items(holder, name, "Statement"):
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            yield logical_id, statement
