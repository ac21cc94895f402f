"""Generates the error catalogue, docs/errors.md, with a section per problem type, to which `help` in a problem links.

The types come from code and templates; descriptions, examples and operations come from docs/openapi.yaml.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml

from microshop.http.problems import TYPE_PREFIX
from tools import ROOT
from tools.documents.openapi import OPENAPI_FILE
from tools.documents.problems import component_name, problem_types
from tools.documents.sections import with_parts
from tools.problems import LocalProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILE = ROOT / "docs" / "errors.md"
_SOURCE = "docs/openapi.yaml"
# Advice for clients: the bold beginning of the second paragraph of each description.
_ACTIONS = {
    "Fix the request": "The client or a field of its form has an error. The same request always gets the same error.",
    "Ask the user": "The user must decide, or enter something else.",
    "Tell the user": "The user cannot solve it now. Say so, and do not send the request again.",
    "Log in": "The client has no valid token.",
    "Read again": "The data has changed. Read it again before you decide.",
    "Send it again": "The error is temporary. Wait, then send the same request with the same `Idempotency-Key`.",
}
_DESCRIPTION = re.compile(r"(?P<meaning>.+?)\n\n(?P<advice>\*\*(?P<action>[^*]+)\.\*\*.+)", re.DOTALL)
_MAX_EXCEPTIONS = 6
type Json = dict[str, Any]


def documents() -> dict[Path, str]:
    """Returns the catalogue and its expected text.

    Raises:
        LocalProblem: a problem type has no description or example; the message lists all of them.
    """
    return {_FILE: with_catalogue(_FILE.read_text(encoding="utf-8"), yaml.safe_load(OPENAPI_FILE.read_text("utf-8")))}


def with_catalogue(text: str, description: Json) -> str:
    """Returns the text of the catalogue with its generated parts.

    Raises:
        LocalProblem: a problem type has no description or example; the message lists all of them.
    """
    sections, missing = list[_Section](), list[str]()
    for urn in problem_types():
        try:
            sections.append(_Section(urn, description))
        except LocalProblem as problem:
            missing.append(str(problem))
    if missing:
        raise LocalProblem("\n".join(missing))
    rows = "".join(f"| [{each.anchor}](#{each.anchor}) | {each.status} | {each.action} |\n" for each in sections)
    parts = {
        "actions": "| | |\n|---|---|\n" + "".join(f"| **{name}** | {text} |\n" for name, text in _ACTIONS.items()),
        "list": "| Type | Status | What to do |\n|---|---|---|\n" + rows,
        "types": "\n".join(each.text() for each in sections),
    }
    return with_parts(text, _SOURCE, parts)


class _Section:
    """A problem type with its description in docs/openapi.yaml."""

    def __init__(self, urn: str, description: Json) -> None:
        self.urn = urn
        self.anchor = urn.removeprefix(TYPE_PREFIX)
        self._description = description
        self._name = component_name(self.anchor)
        component = description["components"]["schemas"].get(self._name, {})
        match = _DESCRIPTION.fullmatch(component.get("description", ""))
        if not match or match["action"] not in _ACTIONS:
            raise LocalProblem(
                f"{_SOURCE}, components/schemas/{self._name}: describe in two paragraphs what the error means and what "
                f"a client does. The second begins with one of {', '.join(f'**{each}.**' for each in _ACTIONS)}"
            )
        self.action, self._meaning, self._advice = match["action"], match["meaning"], match["advice"]
        self.status = component["properties"].get("status", {}).get("const", "4xx")
        self._example = self._found_example()

    def text(self) -> str:
        """Returns the section in Markdown; its heading is the anchor."""
        return (
            f"## {self.anchor}\n\n"
            f"**{self.status} {self._example['title']}**, `{self.urn}`\n\n"
            f"{self._meaning}\n\n{self._advice}\n\n"
            f"Operations: {self._operations()}.\n\n"
            f"```json\n{json.dumps(self._example, indent=2, ensure_ascii=False)}\n```\n"
        )

    def _found_example(self) -> Json:
        for example in self._description["components"]["examples"].values():
            if example["value"]["type"] == self.urn:
                value: Json = example["value"]
                return value
        raise LocalProblem(f"{_SOURCE}: components/examples has no example of {self.urn}")

    def _operations(self) -> str:
        every = list(_operations(self._description))
        found = [name for name, operation in every if self._name in _problems_of(operation, self._description)]
        groups = {
            "all": [name for name, _ in every],
            "all with a token": [name for name, operation in every if operation["security"]],
            "all with a body": [name for name, operation in every if "requestBody" in operation],
            # A search has its criteria in the body.
            "all that change data": [name for name, _ in every if not (name.startswith("GET ") or "/search" in name)],
        }
        for group, members in groups.items():
            exceptions = [name for name in members if name not in found]
            if set(found) <= set(members) and len(exceptions) <= _MAX_EXCEPTIONS < len(found):
                return group + (f" except {_listed(exceptions)}" if exceptions else "")
        return _listed(found)


def _listed(operations: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in operations)


def _operations(description: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _problems_of(operation: Json, description: Json) -> set[str]:
    """Returns the components of the operation's problems."""
    names = set[str]()
    for response in operation["responses"].values():
        shared = response.get("$ref", "").rpartition("/")[2]
        content = (description["components"]["responses"][shared] if shared else response).get("content", {})
        names.update(re.findall(r"'#/components/schemas/(\w+)'", str(content.get("application/problem+json"))))
    return names
