"""Owns the rules about secrets: none stands where somebody who may only look can read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_NAME = re.compile(r"\$\{([^!][^}.]*)\}")


class NoSecretInAnEnvironment(policy.Rule):
    id = "E9151"
    shortdesc = "No secret is a function's environment variable"
    description = "Who may read a function's configuration reads its environment. A function gets the secret's ARN."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        secret = {name for name, declared in template.parameters.items() if is_true(declared.get("NoEcho"))}
        for function in template.resources("AWS::Lambda::Function"):
            for variables in template.values(function.properties, "Environment", "Variables"):
                for name, value in (variables or {}).items():
                    if any("{{resolve:" in text for text in _texts(value)):
                        yield function.logical_id, f"gets a secret in {name}: give it the secret's ARN and let it ask"
                    elif shown := sorted(_references(value) & secret):
                        yield function.logical_id, f"gets {shown[0]}, a secret, in {name}: give it where the secret is"


class NoSecretInATemplate(policy.Rule):
    id = "E9152"
    section = "Parameters"
    shortdesc = "A parameter that is a secret has no default"
    description = "A default stands in the repository. An empty one says that there is no secret, and is none."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for name, declared in template.parameters.items():
            if is_true(declared.get("NoEcho")) and declared.get("Default"):
                yield name, "is a secret (NoEcho) and must not have a default"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    names = set().union(*map(_references, value.values()))
    if isinstance(value.get("Ref"), str):
        names.add(value["Ref"])
    if "Fn::Sub" in value:
        names.update(name for text in _texts(value["Fn::Sub"]) for name in _NAME.findall(text))
    return names
