"""Exceptions from the rules, with reasons: permissions on resources without a name, and writes without an audit row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.lint.deployed import Deployed


@dataclass(frozen=True)
class Allowance:
    """An exception for statements with wildcards."""

    reason: str
    actions: frozenset[str] = frozenset()  # empty: all actions of the holders
    condition: str = ""  # the condition key that a statement must have
    holders: frozenset[str] = frozenset()  # template/LogicalId; empty: every role, but without wildcards in actions


ALLOWANCES = (
    Allowance(
        "The SES identity of the sender may be the address or its domain, with any default configuration set; the"
        " condition limits the sender.",
        actions=frozenset({"ses:SendEmail"}),
        condition="ses:FromAddress",
    ),
    Allowance(
        "The bucket contains only builds, and a build may have any name.",
        actions=frozenset({"s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"}),
        holders=frozenset({"github-oidc.yaml/DeployRole"}),
    ),
    Allowance(
        "CloudFormation creates, changes and deletes all resources of the templates, and some have no name before they"
        " exist. Only CloudFormation can assume this role, which is limited by names and region.",
        holders=frozenset(
            {"github-oidc.yaml/NamedResources", "github-oidc.yaml/UnnamedResources", "github-oidc.yaml/OneHost"}
        ),
    ),
)

# Handler → the reason why what it changes for staff needs no row.
WITHOUT_AUDIT_ROW: Mapping[str, str] = {
    "functions/backoffice/second_factor/begin_second_factor.py": "the secret takes effect with its confirmation.",
    "functions/backoffice/customers/search_customers.py": "a search with its criteria in the body.",
}


def allowance_of(template: Deployed, logical_id: str, statement: dict[str, Any]) -> Allowance | None:
    """Returns the allowance for all actions of a resource's statement, or None."""
    holder = f"{template.file.name}/{logical_id}"
    actions = set(map(str, template.items(statement, "Action")))
    conditions = statement.get("Condition") or {}
    for allowance in ALLOWANCES:
        is_bounded = not allowance.condition or any(allowance.condition in keys for keys in conditions.values())
        is_holder = not allowance.holders or holder in allowance.holders
        if is_bounded and is_holder and (not allowance.actions or actions <= allowance.actions):
            return allowance
    return None
