"""The rule of the audit log: what staff and API keys change leaves a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools import ROOT
from tools.lint import policy
from tools.lint.allowances import WITHOUT_AUDIT_ROW
from tools.lint.audited import is_for_staff, writes_audit_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tools.lint.deployed import Deployed

_READING = frozenset({"get", "head", "options"})
_REMEDY = (
    "reaches no uow.audit.record(…): call it in the transaction of the use case, or list the handler with a reason in"
    " WITHOUT_AUDIT_ROW in tools/lint/allowances.py"
)


class WritesOfStaffAreAudited(policy.Rule):
    id = "E9701"
    shortdesc = "A write by staff or an API key leaves a row in the audit log"
    description = (
        "The handler of a route that changes data and requires a scope reaches uow.audit.record(…) in its use cases."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for name, resource in template.source["Resources"].items():
            if resource["Type"] != "AWS::Serverless::Function" or not _changes_data(resource):
                continue
            handler = _handler(template, name)
            if handler is None or handler.relative_to(ROOT).as_posix() in WITHOUT_AUDIT_ROW:
                continue
            if is_for_staff(handler) and not writes_audit_rows(handler):
                yield name, f"changes data for staff, but {handler.relative_to(ROOT)} {_REMEDY}"


def _changes_data(resource: dict[str, Any]) -> bool:
    events = (resource.get("Properties") or {}).get("Events") or {}
    methods = [event["Properties"]["Method"].lower() for event in events.values() if event["Type"] == "Api"]
    return any(method not in _READING for method in methods)


def _handler(template: Deployed, name: str) -> Path | None:
    """Returns the file of a function's handler, or None if there is none in the repository."""
    folder, handler = template.source_property(name, "CodeUri"), template.source_property(name, "Handler")
    file = (template.file.parent / str(folder) / f"{str(handler).partition('.')[0]}.py").resolve()
    return file if file.exists() and file.is_relative_to(ROOT) else None
