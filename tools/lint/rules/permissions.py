"""Owns the rules about permissions: a role may do what is named, to what is named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.lint import policy, statements
from tools.lint.allowances import allowance_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_TOO_MUCH = re.compile(r"policy/(?:.*/)?(?:AdministratorAccess|PowerUserAccess|\w*FullAccess)$")


class NoWildcardInAnAction(policy.Rule):
    id = "E9301"
    shortdesc = "No statement allows actions by a wildcard"
    description = "A wildcard also allows what AWS adds to the service next year."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.of_identities(template):
            actions = template.items(statement, "Action")
            wild = [str(action) for action in actions if not isinstance(action, str) or "*" in action]
            allowance = allowance_of(template, logical_id, statement)
            if (wild or "NotAction" in statement) and not (allowance and allowance.holders):
                yield logical_id, f"allows {wild[0] if wild else 'NotAction'}: name each action"


class NoUnboundedResource(policy.Rule):
    id = "E9302"
    shortdesc = "No statement allows an action on everything of a service"
    description = (
        "A role is for the resources of this shop. Where AWS knows no resource for an action, or something else bounds"
        " it, tools/lint/allowances.py says so with a reason."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.of_identities(template):
            resources = template.items(statement, "Resource")
            unbounded = [text for text in map(statements.text_of, resources) if statements.spans_a_service(text)]
            if "NotResource" in statement:
                unbounded.append("NotResource")
            if unbounded and allowance_of(template, logical_id, statement) is None:
                yield logical_id, f"may do it to {unbounded[0]}: name what, or say why in tools/lint/allowances.py"


class NoStatementForEverybody(policy.Rule):
    id = "E9303"
    shortdesc = "No resource's policy lets in everybody"
    description = "A principal of * is the whole Internet, unless a condition names an account, a network or a rule."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id, statement in statements.of_resources(template):
            everybody = "*" in template.items(statement, "Principal") + template.items(statement, "Principal", "AWS")
            if everybody and not statement.get("Condition"):
                yield logical_id, "lets in everybody: name the principal, or add a condition"


class NoManagedPolicyForEverything(policy.Rule):
    id = "E9304"
    shortdesc = "No role has a managed policy that allows everything of a service"
    description = "AWS's FullAccess policies are Resource * by another name."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for role in template.resources("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
            for arn in template.items(role.properties, "ManagedPolicyArns"):
                if _TOO_MUCH.search(statements.text_of(arn)):
                    yield role.logical_id, f"has {statements.text_of(arn)}: write a statement of what it needs"
