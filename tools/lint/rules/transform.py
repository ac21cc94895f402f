"""Owns the rule without which no other means anything: SAM takes the template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cfnlint.rules import RuleMatch

from tools.lint import policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed
    from tools.templates.model import TemplateError


class SamTakesTheTemplate(policy.Rule):
    id = "E9000"
    shortdesc = "SAM can transform the template"
    description = "A template that SAM refuses is not deployed, and none of the shop's other rules can look at it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:  # noqa: ARG002
        """Nothing: that there is a transformed template is all."""
        return iter(())

    def refused(self, error: TemplateError) -> list[RuleMatch]:
        return [RuleMatch(["Resources"], str(error))]
