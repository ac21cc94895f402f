"""Rules for permissions: a role may do named actions on named resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.lint import policy, statements
from tools.lint.allowances import allowance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_OF_AWS = re.compile(r":aws:policy/(.+)$")
_NEEDED_BY_SERVICES = frozenset(
    {
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "service-role/AWSCodeDeployRoleForLambda",
        "service-role/AWSLambdaBasicExecutionRole",
        "service-role/AWSLambdaSQSQueueExecutionRole",
        "service-role/AWSLambdaVPCAccessExecutionRole",
        "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    }
)


class NoWildcardActions(policy.Rule):
    id = "E9301"
    shortdesc = "No statement allows actions by a wildcard"
    description = "A wildcard also allows what AWS adds to the service next year."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.identity_statements(template):
            actions = template.items(statement, "Action")
            wild = [str(action) for action in actions if not isinstance(action, str) or "*" in action]
            allowance = allowance_of(template, logical_id, statement)
            if (wild or "NotAction" in statement) and not (allowance and allowance.holders):
                yield logical_id, f"allows {wild[0] if wild else 'NotAction'}: name each action"


class NoUnboundedResources(policy.Rule):
    id = "E9302"
    shortdesc = "A wildcard in a resource opens at most a folder, or names with a prefix"
    description = (
        "A role is for the resources of this shop. Where an action has no resource, or a condition bounds it,"
        " tools/lint/allowances.py has an entry with the reason."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.identity_statements(template):
            resources = template.items(statement, "Resource")
            unbounded = [text for text in map(statements.text_of, resources) if statements.is_unbounded(text)]
            if "NotResource" in statement:
                unbounded.append("NotResource")
            if unbounded and allowance_of(template, logical_id, statement) is None:
                yield (
                    logical_id,
                    f"may act on {unbounded[0]}: name the resource, or give the reason in tools/lint/allowances.py",
                )


class NoPublicResourcePolicies(policy.Rule):
    id = "E9303"
    shortdesc = "No resource policy admits everybody"
    description = "A principal of * is the whole Internet, unless a condition names an account, a network or a rule."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.resource_statements(template):
            everybody = "*" in template.items(statement, "Principal") + template.items(statement, "Principal", "AWS")
            if everybody and not statement.get("Condition"):
                yield logical_id, "admits everybody: name the principal, or add a condition"


class ManagedPoliciesAreForServices(policy.Rule):
    id = "E9304"
    shortdesc = "AWS's managed policies of a role are those that the service itself needs"
    description = "Other managed policies of AWS allow their actions on every resource, and AWS adds to them."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for role in template.resources("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
            for arn in template.items(role.properties, "ManagedPolicyArns"):
                found = _OF_AWS.search(statements.text_of(arn))
                if found and found[1] not in _NEEDED_BY_SERVICES:
                    yield role.logical_id, f"has {found[1]}: write a statement with the actions that it needs"
