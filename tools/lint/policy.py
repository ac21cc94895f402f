"""What the shop's rules have in common: a finding names a resource and says what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from tools.lint.deployed import read
from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

# Logical id of a resource, parameter or output, and a sentence that goes on after it.
type Finding = tuple[str, str]


class Rule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint is untyped here
    """A rule over the template as it is deployed. cfn-lint makes one of each class that it finds in tools/lint/rules.

    Rule files import this module, not the class: cfn-lint would take the class for a rule of theirs.
    """

    section = "Resources"

    def findings(self, template: Deployed) -> Iterator[Finding]:
        """What the template does not keep of this rule."""
        raise NotImplementedError

    def match(self, cfn: Any) -> list[RuleMatch]:
        """cfn-lint's way to ask; a template that SAM refuses is left to the one rule that says so."""
        try:
            template = read(Path(cfn.filename))
        except TemplateError as error:
            return self.refused(error)
        return [
            RuleMatch([self.section, self._place(template, name)], f"{name} {what}")
            for name, what in self.findings(template)
        ]

    def refused(self, error: TemplateError) -> list[RuleMatch]:  # noqa: ARG002
        """What to say of a template that cannot be transformed."""
        return []

    def _place(self, template: Deployed, name: str) -> str:
        return template.source_id(name) if self.section == "Resources" else name
