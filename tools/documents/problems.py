"""Computes the components of problems from the table of errors and the gateway's responses in template.yaml."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from microshop.http.problems import PROBLEMS, TYPE_PREFIX, UNEXPECTED
from tools import ROOT

if TYPE_CHECKING:
    from tools.documents.json_types import Schema

_TYPE = re.compile(re.escape(TYPE_PREFIX) + "[a-z-]+")
_TEMPLATES = (ROOT / "template.yaml", ROOT / "infra" / "edge.yaml")  # API Gateway's own responses, the firewall's


def problem_types() -> list[str]:
    """Returns every problem type that a client can receive."""
    gateway = {urn for file in _TEMPLATES for urn in _TYPE.findall(file.read_text(encoding="utf-8"))}
    return sorted({TYPE_PREFIX + problem.type for problem in (*PROBLEMS.values(), UNEXPECTED)} | gateway)


def component_name(problem: str) -> str:
    """Returns the name of a problem's component: `SkuTaken` for `sku-taken`."""
    return "".join(part.capitalize() for part in problem.split("-"))


def problem_schemas() -> dict[str, Schema]:
    """Returns the component of each problem in responses of functions."""
    schemas = {}
    for error, problem in (*PROBLEMS.items(), (Exception, UNEXPECTED)):
        names_fields = "problems" in inspect.signature(inspect.getattr_static(error, "__init__")).parameters
        schemas[component_name(problem.type)] = {
            "allOf": [{"$ref": "#/components/schemas/Problem"}],
            "required": ["status", "errors"] if names_fields else ["status"],
            "properties": {"type": {"const": TYPE_PREFIX + problem.type}, "status": {"const": problem.status}},
        }
    return schemas
