"""Reads IAM statements in templates: where they are, and what their resources cover."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tools.lint.deployed import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_OF_IDENTITIES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_OF_RESOURCES = (
    "AWS::Events::EventBusPolicy",
    "AWS::KMS::Key",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
)
# A folder, names with a prefix and what is below them, the streams of a log group. Substitutions stand as ${}.
_BOUNDED = re.compile(r"[^*?]+/[^*?/]+/\*|[^*?]*[^*?/:]-\*(?:/\*)?|[^*?]+:log-group:[^*?:]+:\*")


def of_identities(template: Deployed) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and statement of everything that roles of this template are allowed."""
    for resource in template.resources(*_OF_IDENTITIES):
        for policy in template.items(resource.properties, "Policies"):
            yield from _allowing(template, resource.logical_id, policy)
    for resource in template.resources(*_POLICIES):
        yield from _allowing(template, resource.logical_id, resource.properties)


def of_resources(template: Deployed) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and statement of everything that resources of this template let others do to them."""
    for resource in template.resources(*_OF_RESOURCES):
        for name in ("PolicyDocument", "KeyPolicy", "ResourcePolicy"):
            yield from _allowing(template, resource.logical_id, resource.properties, name)
        if "Statement" in resource.properties:  # an event bus's policy has one statement and no document
            yield from _allowing(template, resource.logical_id, {"Document": resource.properties}, "Document")


def text_of(value: Any) -> str:
    """A resource as one text; what the deployment fills in stands as ${…}, which names something."""
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
    """Whether a wildcard in the text of a statement's resource opens more than a folder or names with a prefix.

    An empty text names nothing: a parameter that may be empty is given where there is something to name.
    """
    text = re.sub(r"\$\{[^}]*\}", "${}", resource)
    return bool(re.search(r"[*?]", text)) and not _BOUNDED.fullmatch(text)


def _allowing(
    template: Deployed, logical_id: str, holder: Any, name: str = "PolicyDocument"
) -> Iterator[tuple[str, dict[str, Any]]]:
    for statement in template.items(holder, name, "Statement"):
        if isinstance(statement, dict) and statement.get("Effect") == "Allow":
            yield logical_id, statement
