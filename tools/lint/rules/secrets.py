"""Rules for secrets: none is readable for somebody who may only read the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed


class NoSecretInEnvironment(policy.Rule):
    id = "E9151"
    shortdesc = "No secret is resolved into a function's environment"
    description = "Everybody who may read a function's configuration reads its environment. Pass the secret's ARN."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for function in template.resources("AWS::Lambda::Function"):
            for variables in template.values(function.properties, "Environment", "Variables"):
                for name, value in (variables or {}).items():
                    if any("{{resolve:" in text for text in _texts(value)):
                        yield (
                            function.logical_id,
                            f"gets a secret in {name}: pass the secret's ARN and read it at run time",
                        )


class NoSecretParameters(policy.Rule):
    id = "E9152"
    section = "Parameters"
    shortdesc = "No parameter is a secret"
    description = "A secret in a parameter ends in an environment, an output or a shell's history. Pass its ARN."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for name, declared in template.parameters.items():
            if is_true(declared.get("NoEcho")):
                yield name, "is a secret (NoEcho): pass the ARN of a secret in Secrets Manager"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
