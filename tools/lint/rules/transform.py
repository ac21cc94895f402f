"""The rule that all others depend on: SAM accepts the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnlint.rules import RuleMatch

from tools.lint import policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed
    from tools.templates.model import TemplateError


class SamAcceptsTheTemplate(policy.Rule):
    id = "E9000"
    shortdesc = "SAM can transform the template"
    description = "A template that SAM refuses cannot be deployed, and no other rule of ours can read it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:  # noqa: ARG002
        """Yields nothing, because the template was transformed."""
        return iter(())

    def refused(self, error: TemplateError) -> list[RuleMatch]:
        return [RuleMatch(["Resources"], str(error))]
