"""Permissions whose resource cannot be named, each with the reason and what bounds it instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.lint.deployed import Deployed


@dataclass(frozen=True)
class Allowance:
    """What a statement may allow beyond what it names."""

    reason: str
    actions: frozenset[str] = frozenset()  # none: whatever its holders are allowed
    condition: str = ""  # the condition key without which the allowance does not hold
    holders: frozenset[str] = frozenset()  # template/LogicalId; none: every role, but then no wildcard in an action


ALLOWANCES = (
    Allowance(
        "The sender's identity in SES may be the address or its domain, and have any default configuration set; the"
        " sender itself is bounded.",
        actions=frozenset({"ses:SendEmail"}),
        condition="ses:FromAddress",
    ),
    Allowance(
        "The bucket of builds holds nothing else, and a build may have any name.",
        actions=frozenset({"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"}),
        holders=frozenset({"github-oidc.yaml/DeployRole"}),
    ),
    Allowance(
        "CloudFormation makes, changes and deletes whatever the templates describe, some of which has no name before it"
        " is there; only CloudFormation can take this role, and its names and region bound it.",
        holders=frozenset({"github-oidc.yaml/NamedResources", "github-oidc.yaml/UnnamedResources"}),
    ),
)


def allowance_of(template: Deployed, logical_id: str, statement: dict[str, Any]) -> Allowance | None:
    """The entry that covers every action of a resource's statement, with the condition that it asks for."""
    holder = f"{template.file.name}/{logical_id}"
    actions = set(map(str, template.items(statement, "Action")))
    conditions = statement.get("Condition") or {}
    for allowance in ALLOWANCES:
        is_bounded = not allowance.condition or any(allowance.condition in keys for keys in conditions.values())
        is_holder = not allowance.holders or holder in allowance.holders
        if is_bounded and is_holder and (not allowance.actions or actions <= allowance.actions):
            return allowance
    return None
