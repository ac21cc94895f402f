"""The base class of the shop's rules. A finding names a resource and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from tools.lint.deployed import read
from tools.templates.model import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

# Logical id of a resource, parameter or output, and the rest of the sentence after it.
type Finding = tuple[str, str]


class Rule(CloudFormationLintRule):  # type: ignore[misc]  # cfn-lint is untyped here
    """A rule for the transformed template. cfn-lint creates an instance of each class in tools/lint/rules.

    Rule files import this module, not the class, because cfn-lint would create an instance of it too.
    """

    section = "Resources"

    def findings(self, template: Deployed) -> Iterator[Finding]:
        """Yields the violations of this rule in the template."""
        raise NotImplementedError

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Returns the findings for cfn-lint. Only one rule reports a template that SAM refuses."""
        try:
            template = read(Path(cfn.filename))
        except TemplateError as error:
            return self.refused(error)
        return [
            RuleMatch([self.section, self._place(template, name)], f"{name} {text}")
            for name, text in self.findings(template)
        ]

    def refused(self, error: TemplateError) -> list[RuleMatch]:  # noqa: ARG002
        """Returns the findings for a template that cannot be transformed."""
        return []

    def _place(self, template: Deployed, name: str) -> str:
        return template.source_id(name) if self.section == "Resources" else name
